import type { ConnectionStatus } from "../../../../src/core/status.ts";
import { Figure } from "../../components/figure.tsx";
import { formatCount, formatCountdown, formatDuration, formatMany, formatRate } from "../../format.ts";
import type { Sample } from "../../live/history.ts";
import { totalsOf } from "../../status/totals.ts";
import { CYCLE_WORDS, secondsToNextCycle } from "../../status/words.ts";

interface TotalsStripProps {
  readonly connection: ConnectionStatus;
  readonly samples: readonly Sample[];
  readonly now: number;
}

/** The connection in five numbers. */
export function TotalsStrip({ connection, samples, now }: TotalsStripProps) {
  const totals = totalsOf(connection);
  const highest = Math.max(0, ...samples.map(({ rate }) => rate ?? 0));
  return (
    <dl className="figures">
      <Figure
        label="Records here"
        value={formatCount(totals.rows)}
        note={`in ${formatMany(new Set(connection.entities.map(({ table }) => table)).size, "table")}`}
      />
      <Figure
        label="Records per second"
        value={formatRate(samples.at(-1)?.rate ?? 0)}
        note={`highest ${formatRate(highest)}`}
      />
      <TimeFigure connection={connection} secondsLeft={totals.secondsLeft} now={now} />
      <Figure
        label="Backlog"
        value={formatCount(totals.backlog)}
        note={backlogNote(totals.backlog, totals.parked)}
      />
      <CycleFigure connection={connection} now={now} />
    </dl>
  );
}

interface TimeFigureProps {
  readonly connection: ConnectionStatus;
  readonly secondsLeft: number | null;
  readonly now: number;
}

function TimeFigure({ connection, secondsLeft, now }: TimeFigureProps) {
  const toNext = secondsToNextCycle(connection, now);
  if (toNext === null && connection.state !== "copying" && secondsLeft === null) {
    return (
      <Figure
        label="Next cycle in"
        value="–"
        note={connection.cycle === null ? "none planned" : "one is running"}
      />
    );
  }
  if (toNext === null || secondsLeft !== null) {
    return <Figure label="Time left" value={formatDuration(secondsLeft)} note={endNote(secondsLeft, now)} />;
  }
  return (
    <Figure
      label="Next cycle in"
      value={formatCountdown(toNext)}
      note={`${formatDuration(connection.pauseSeconds)} after each cycle`}
    />
  );
}

function CycleFigure({ connection, now }: { readonly connection: ConnectionStatus; readonly now: number }) {
  const { cycle, lastCycle } = connection;
  if (cycle !== null) {
    const seconds = (now - Date.parse(cycle.startedAt)) / 1_000;
    return (
      <Figure
        label="Cycle"
        value={formatCount(cycle.number)}
        note={`running for ${formatDuration(seconds)}`}
      />
    );
  }
  const note = lastCycle === null ? "none yet" : CYCLE_WORDS[lastCycle.outcome].word.toLowerCase();
  return <Figure label="Cycle" value={formatCount(lastCycle?.number ?? null)} note={note} />;
}

function endNote(secondsLeft: number | null, now: number): string {
  if (secondsLeft === null) return "nothing to measure by";
  const end = new Date(now + secondsLeft * 1_000);
  return `until about ${end.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}

function backlogNote(backlog: number | null, parked: number): string {
  const still = backlog === 0 ? "all applied" : "still to come";
  return parked === 0 ? still : `${still}, ${formatCount(parked)} parked`;
}
