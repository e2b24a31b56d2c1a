import "./notices.css";
import { Button } from "@mantine/core";
import { useEffect } from "react";
import type { Notice as Told } from "../../../../src/core/notice.ts";
import { Notice } from "../../components/notice.tsx";
import { useLive } from "../../live/use-live.ts";
import { useNotices, useSeeNotices } from "../../notices/use-notices.ts";
import { RESPONSIBLE_WORDS } from "../../status/words.ts";
import { NoticeEntry } from "./notice-entry.tsx";

/** What people should know: what lasts, and what has happened. */
export function Notices() {
  const { data, error } = useNotices();
  const see = useSeeNotices();
  useEffect(() => {
    document.title = "Notices · Tandem";
  }, []);
  const notices = data?.notices ?? [];
  const unseen = notices.filter(({ seenAt }) => seenAt === null).map(({ id }) => id);
  const problem = see.error?.problem ?? (data === undefined ? error?.problem : undefined);
  return (
    <div className="notices">
      <header className="notices__head">
        <h1 className="notices__title">Notices</h1>
        {unseen.length > 0 && (
          <Button variant="default" loading={see.isPending} onClick={() => see.mutate(unseen)}>
            Mark all as seen
          </Button>
        )}
      </header>
      {problem !== undefined && (
        <div role="alert">
          <Notice
            tone="attention"
            icon="alert"
            title={problem.detail}
            facts={[RESPONSIBLE_WORDS[problem.who], <code key="code">{problem.code}</code>]}
          >
            {problem.remedy}
          </Notice>
        </div>
      )}
      {data !== undefined && notices.length === 0 && (
        <p className="notices__none">
          Nothing has happened yet that you should know. What lasts and what happens will stand here.
        </p>
      )}
      <Part
        title="Now"
        notices={notices.filter(({ closedAt }) => closedAt === null)}
        onSeen={(id) => see.mutate([id])}
      />
      <Part
        title="Earlier"
        notices={notices.filter(({ closedAt }) => closedAt !== null)}
        onSeen={(id) => see.mutate([id])}
      />
    </div>
  );
}

interface PartProps {
  readonly title: string;
  readonly notices: readonly Told[];
  readonly onSeen: (id: string) => void;
}

function Part({ title, notices, onSeen }: PartProps) {
  const { now } = useLive();
  if (notices.length === 0) return null;
  return (
    <section className="notices__part" aria-label={title}>
      <h2 className="notices__part-title">{title}</h2>
      {notices.map((notice) => (
        <NoticeEntry key={notice.id} notice={notice} now={now} onSeen={() => onSeen(notice.id)} />
      ))}
    </section>
  );
}
