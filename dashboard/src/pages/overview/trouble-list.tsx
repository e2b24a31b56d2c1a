import "./trouble-list.css";
import type { ConnectionStatus } from "../../../../src/core/status.ts";
import { Moment } from "../../components/moment.tsx";
import { Notice } from "../../components/notice.tsx";
import { groupTroubles } from "../../status/troubles.ts";
import type { TroubleGroup } from "../../status/troubles.ts";
import { RESPONSIBLE_WORDS } from "../../status/words.ts";

interface TroubleListProps {
  readonly connection: ConnectionStatus;
  readonly now: number;
}

/** What is in the way, one notice per cause, with the remedy and who must act. */
export function TroubleList({ connection, now }: TroubleListProps) {
  const groups = groupTroubles(connection);
  if (groups.length === 0) return null;
  return (
    <section className="trouble-list" aria-label="Troubles">
      {groups.map((group) => (
        <TroubleNotice key={`${group.code}/${group.weight}`} group={group} now={now} />
      ))}
    </section>
  );
}

function TroubleNotice({ group, now }: { readonly group: TroubleGroup; readonly now: number }) {
  const stops = group.weight === "stops" && group.who !== "nobody";
  return (
    <Notice
      tone={stops ? "attention" : "waiting"}
      icon={group.who === "nobody" ? "wait" : "alert"}
      title={group.message}
      facts={[
        <strong key="who">{RESPONSIBLE_WORDS[group.who]}</strong>,
        <span key="since">
          since <Moment at={group.since} now={now} /> (<Moment at={group.since} now={now} as="ago" />)
        </span>,
        ...(group.entities.length === 0 ? [] : [group.entities.join(", ")]),
        <code key="code">{group.code}</code>,
      ]}
    >
      {group.remedy}
    </Notice>
  );
}
