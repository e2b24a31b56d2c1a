/**
 * The status as a person reads it on a terminal.
 */
import type { ConnectionStatus, EntityStatus, Status, Trouble } from "../core/status.ts";
import { trafficTable } from "./traffic-text.ts";
import { backfillsText } from "./backfill.ts";
import { aligned, coloured, duration, integer, rate, relative } from "./words.ts";

/** The whole status, several lines. */
export function statusText(status: Status): string {
  const now = new Date(status.at);
  if (status.connections.length === 0) {
    return "Nothing is connected yet. Set TANDEM_DYNAMICS_URL and run `tandem connect`, or `tandem start` for the demo.";
  }
  return status.connections.map((connection) => connectionText(connection, now)).join("\n\n");
}

/** One line for everything that is being copied: read, rate and time left. */
export function progressText(status: Status): string {
  const entities = status.connections.flatMap(({ entities: all }) => all);
  if (entities.length === 0) return "connecting: reading what the organization has";
  const copying = entities.filter(
    ({ state }) => state === "copying" || state === "queued" || state === "comparing",
  );
  const rows = entities.reduce((sum, entity) => sum + entity.rows, 0);
  const flow = entities.reduce((sum, entity) => sum + entity.rate, 0);
  const edits = entities.reduce((sum, { pending }) => sum + (pending?.waiting ?? 0), 0);
  const push = edits > 0 ? `, ${integer(edits)} ${edits === 1 ? "edit" : "edits"} to push` : "";
  if (copying.length === 0) return `${integer(rows)} records, following changes${push}`;
  // A number of records that is unknown, of one entity alone, makes the time of all unknown.
  const left = copying.reduce((sum, { backlog }) => sum + (backlog ?? Infinity), 0);
  const now = copying.find(({ state }) => state !== "queued") ?? copying[0];
  const time = flow > 0 && left < Infinity ? `, ${duration(left / flow)} left` : "";
  return `${integer(rows)} records · ${rate(flow)}${time} · ${now?.label ?? ""}`;
}

function connectionText(connection: ConnectionStatus, now: Date): string {
  const head = `${coloured("bold", connection.name)}  ${stateText(connection)}  ${coloured("dim", connection.url)}`;
  const lines = [head, ...pauseLines(connection, now), ...troubleLines(connection.trouble)];
  if (connection.waiting !== null) {
    lines.push(`  waiting, goes on ${relative(connection.waiting.until, now)}: ${connection.waiting.reason}`);
  }
  if (connection.entities.length > 0) {
    lines.push("", ...entityTable(connection.entities, now).map((line) => `  ${line}`));
    const traffic = trafficTable(connection.entities, now).map((line) => `  ${line}`);
    if (traffic.length > 0) lines.push("", ...traffic);
  }
  for (const entity of connection.entities) {
    const paused = pauseLines(entity, now);
    if (paused.length > 0) lines.push("", `  ${entity.entity}:`, ...paused);
    if (entity.trouble !== null) lines.push("", `  ${entity.entity}:`, ...troubleLines(entity.trouble));
  }
  if (connection.backfills.length > 0) lines.push("", indented(backfillsText(connection.backfills, now)));
  return [...lines, "", ...cycleLines(connection, now)].join("\n");
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

function entityTable(entities: readonly EntityStatus[], now: Date): string[] {
  const header = [
    "entity",
    "table",
    "state",
    "records",
    "read",
    "of",
    "rate",
    "left",
    "backlog",
    "edits",
    "last change",
  ];
  const rows = entities.map((entity) => [
    entity.entity,
    entity.table,
    entity.state + parkedText(entity),
    integer(entity.rows),
    integer(entity.read),
    entity.expected === null ? "–" : integer(entity.expected),
    rate(entity.rate),
    entity.secondsLeft === null ? "–" : duration(entity.secondsLeft),
    entity.backlog === null ? "–" : integer(entity.backlog),
    entity.pending === null ? "–" : integer(entity.pending.waiting),
    relative(entity.lastChangeAt, now),
  ]);
  const [first = "", ...rest] = aligned([header, ...rows], new Set([3, 4, 5, 6, 7, 8, 9]));
  return [coloured("dim", first), ...rest];
}

/** Records that were refused on either way; `tandem errors` lists them. */
function parkedText({ parked, pending }: EntityStatus): string {
  const all = parked + (pending?.parked ?? 0);
  return all > 0 ? ` (${integer(all)} parked)` : "";
}

function cycleLines(connection: ConnectionStatus, now: Date): string[] {
  const lines: string[] = [];
  const { cycle, lastCycle, nextCycleAt } = connection;
  if (cycle !== null) lines.push(`  cycle ${cycle.number} began ${relative(cycle.startedAt, now)}`);
  if (lastCycle !== null) {
    const { created, updated, deleted, unchanged, pushed } = lastCycle;
    lines.push(
      `  cycle ${lastCycle.number} ended ${relative(lastCycle.endedAt, now)} (${lastCycle.outcome}): ` +
        `${integer(created)} created, ${integer(updated)} updated, ${integer(deleted)} deleted, ` +
        `${integer(unchanged)} unchanged, ${integer(pushed)} pushed, ${integer(lastCycle.requests)} requests`,
    );
  }
  if (cycle === null && nextCycleAt !== null) lines.push(`  next cycle ${relative(nextCycleAt, now)}`);
  return lines;
}

/** Since when and by whom it rests. */
function pauseLines({ paused }: Pick<ConnectionStatus | EntityStatus, "paused">, now: Date): string[] {
  if (paused === null) return [];
  return [`  paused ${relative(paused.since, now)} by ${paused.by}; what waits is kept`];
}

function troubleLines(trouble: Trouble | null): string[] {
  if (trouble === null) return [];
  const who = {
    nobody: "passes by itself",
    admin: "Tandem admin",
    "dynamics-admin": "Dynamics admin",
    editor: "whoever edits in marketing",
  }[trouble.who];
  return [
    `  ${coloured(trouble.who === "nobody" ? "yellow" : "red", trouble.code)}: ${trouble.message}`,
    `  ${coloured("dim", `${who}:`)} ${trouble.remedy}`,
  ];
}

function stateText({ state }: ConnectionStatus): string {
  const colours = {
    connecting: "cyan",
    copying: "cyan",
    following: "green",
    resting: "green",
    waiting: "yellow",
    attention: "red",
    paused: "dim",
  } as const;
  return coloured(colours[state], state);
}
