import { Button } from "@mantine/core";
import type { Notice as Told } from "../../../../src/core/notice.ts";
import { Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import { Worded } from "../../components/worded.tsx";
import { lookOf, standingOf, untoldOf } from "../../notices/words.ts";
import { RESPONSIBLE_WORDS } from "../../status/words.ts";

interface NoticeEntryProps {
  readonly notice: Told;
  readonly now: number;
  readonly onSeen: () => void;
}

/** One notice, with what to do about it and whether anybody has seen it. */
export function NoticeEntry({ notice, now, onSeen }: NoticeEntryProps) {
  const { title, body, seenAt } = notice;
  const remedy = standingOf(notice) === "passed" ? null : notice.remedy;
  const untold = untoldOf(notice);
  return (
    <Notice
      {...lookOf(notice)}
      title={title}
      facts={factsOf(notice, now)}
      action={
        seenAt === null ? (
          <Button variant="default" size="xs" aria-label={`Mark as seen: ${title}`} onClick={onSeen}>
            Mark as seen
          </Button>
        ) : undefined
      }
    >
      {body.split("\n\n").map((paragraph) => (
        <p key={paragraph} className="notices__body">
          <Worded text={paragraph} />
        </p>
      ))}
      {remedy !== null && (
        <p className="notices__remedy">
          <strong>What to do:</strong> <Worded text={remedy} />
        </p>
      )}
      {untold.map((line) => (
        <p key={line} className="notices__body">
          {line}
        </p>
      ))}
    </Notice>
  );
}

function factsOf(notice: Told, now: number) {
  const { who, openedAt, grownAt, closedAt, seenAt } = notice;
  const standing = standingOf(notice);
  return [
    ...(seenAt === null
      ? [
          <span key="new" className="notices__new">
            Not seen yet
          </span>,
        ]
      : []),
    ...(who === "nobody" && standing !== "lasts"
      ? []
      : [<strong key="who">{RESPONSIBLE_WORDS[who]}</strong>]),
    standing === "passed" && closedAt !== null ? (
      <span key="when">
        Over: from <Moment at={openedAt} now={now} /> to <Moment at={closedAt} now={now} />
      </span>
    ) : (
      <span key="when">
        <Moment at={grownAt} now={now} /> (<Moment at={grownAt} now={now} as="ago" />)
      </span>
    ),
  ];
}
