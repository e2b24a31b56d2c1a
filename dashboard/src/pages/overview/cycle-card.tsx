import "./cycle-card.css";
import type { ConnectionStatus, CycleStatus } from "../../../../src/core/status.ts";
import { Card } from "../../components/card.tsx";
import { Moment } from "../../components/moment.tsx";
import { StateWord } from "../../components/state-word.tsx";
import { formatCount, formatDuration, formatMany } from "../../format.ts";
import { CYCLE_WORDS } from "../../status/words.ts";

interface CycleCardProps {
  readonly connection: ConnectionStatus;
  readonly now: number;
}

/** What the cycle under way has done so far, and what the last one did. */
export function CycleCard({ connection: { cycle, lastCycle }, now }: CycleCardProps) {
  return (
    <Card title="Cycles">
      <div className="cycle-card">
        {cycle !== null && <Cycle title="Now" cycle={cycle} now={now} />}
        {lastCycle !== null && <Cycle title="Last" cycle={lastCycle} now={now} />}
        {cycle === null && lastCycle === null && <p>No cycle has run yet.</p>}
      </div>
    </Card>
  );
}

interface CycleProps {
  readonly title: string;
  readonly cycle: CycleStatus;
  readonly now: number;
}

const PARTS = [
  { part: "created", label: "Created", colour: "well" },
  { part: "updated", label: "Updated", colour: "flow" },
  { part: "deleted", label: "Deleted", colour: "attention" },
  { part: "pushed", label: "To Dynamics", colour: "waiting" },
  { part: "unchanged", label: "Unchanged", colour: "off" },
] as const;

function Cycle({ title, cycle, now }: CycleProps) {
  const ended = cycle.endedAt === null ? now : Date.parse(cycle.endedAt);
  const seconds = (ended - Date.parse(cycle.startedAt)) / 1_000;
  return (
    <section className="cycle" aria-label={`${title}: cycle ${cycle.number}`}>
      <p className="cycle__head">
        <strong>
          {title}: cycle {formatCount(cycle.number)}
        </strong>
        <StateWord {...CYCLE_WORDS[cycle.outcome]} moving={cycle.outcome === "running"} />
      </p>
      <p className="cycle__facts">
        began <Moment at={cycle.startedAt} now={now} />, {cycle.endedAt === null ? "for" : "took"}{" "}
        {formatDuration(seconds)}, {formatMany(cycle.pages, "page")}, {formatMany(cycle.requests, "request")}
      </p>
      <div className="cycle__bar" aria-hidden="true">
        {PARTS.filter(({ part }) => cycle[part] > 0).map(({ part, colour }) => (
          <span key={part} style={{ flexGrow: cycle[part], background: `var(--t-${colour})` }} />
        ))}
      </div>
      <dl className="cycle__counts">
        {PARTS.map(({ part, label, colour }) => (
          <div key={part}>
            <dt>
              <span className="cycle__key" style={{ background: `var(--t-${colour})` }} aria-hidden="true" />
              {label}
            </dt>
            <dd>{formatCount(cycle[part])}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
