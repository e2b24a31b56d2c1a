/**
 * `tandem events`: what happened, as programs outside hear it.
 */
import type { Command } from "commander";
import { EVENT_TYPES, FEED_BEGIN, cursorText, readCursor } from "../core/event.ts";
import type { EventCursor, PlacedEvent, TandemEvent } from "../core/event.ts";
import type { EventFeed } from "../core/event-port.ts";
import type { Tandem } from "./tandem.ts";
import { coloured } from "./words.ts";

interface EventsParts {
  readonly tandem: Pick<Tandem, "events">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** Waits; ends early when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface EventsOptions {
  readonly follow?: boolean;
  readonly from?: string;
  readonly types?: readonly string[];
  readonly tables?: readonly string[];
  readonly json?: boolean;
}

/** How far back it begins when nothing is said, in activities: what fits on a screen. */
const SHOWN = 30n;
const PAGE = 500;
const LOOK_MS = 500;

export function addEvents(program: Command, { tandem, signal, write, sleep }: EventsParts): void {
  program
    .command("events")
    .description("what happened, oldest first: the newest, or all after a cursor")
    .option("--follow", "go on with what comes, until Ctrl-C")
    .option("--from <cursor>", "all that comes after a cursor, as --json gave it; `begin` and `now` are two")
    .option("--types <types>", "only these types, separated by commas", eventTypes(program))
    .option("--tables <tables>", "only what happened to rows of these tables", listed)
    .option("--json", "one JSON object a line, each with its cursor")
    .action(async ({ follow = false, from, types, tables, json = false }: EventsOptions) => {
      await tandem.events(async (feed) => {
        let after = await placeOf(feed, from);
        if (after === null)
          program.error(`error: "${from}" is no cursor: give back one that --json gave, or \`begin\``);
        for (;;) {
          const page = await feed.read({ after, most: PAGE, types: types ?? null, tables: tables ?? null });
          for (const placed of page.events)
            write(json ? `${jsonOf(placed)}\n` : `${eventLine(placed.event)}\n`);
          after = page.cursor;
          if (page.more) continue;
          if (!follow || signal.aborted) return;
          await sleep(LOOK_MS, signal);
        }
      }, signal);
    });
}

async function placeOf(feed: EventFeed, from: string | undefined): Promise<EventCursor | null> {
  if (from === "begin") return FEED_BEGIN;
  if (from !== undefined && from !== "now") return readCursor(from);
  const end = await feed.end();
  if (from === "now") return end;
  const back = BigInt(end.activity) - SHOWN;
  return back <= 0n ? FEED_BEGIN : { activity: String(back), place: end.place };
}

export function listed(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((one) => one !== "");
}

/** Reads types, and refuses one that does not exist. */
export function eventTypes(program: Command): (text: string) => readonly string[] {
  return (text) => {
    const types = listed(text);
    const strange = types.find((type) => !EVENT_TYPES.includes(type));
    if (strange === undefined) return types;
    return program.error(`error: there is no event type ${strange}. Types: ${EVENT_TYPES.join(", ")}`);
  };
}

function jsonOf({ cursor, event }: PlacedEvent): string {
  return JSON.stringify({ cursor: cursorText(cursor), ...event });
}

function eventLine({ at, type, subject, changes, detail, code }: TandemEvent): string {
  const columns = Object.entries(changes)
    .filter(([column]) => column !== MODIFIED)
    .map(([column, { from, to }]) => `${column}: ${shown(from)} → ${shown(to)}`);
  const more = columns.length > 3 ? [`and ${columns.length - 3} more`] : [];
  const facts = [code, detail, ...columns.slice(0, 3), ...more].filter((fact) => fact !== null);
  const when = at.slice(0, 19).replace("T", " ");
  return `${coloured("dim", when)}  ${type.padEnd(19)}  ${subject.table} ${subject.row}  ${facts.join("; ")}`.trimEnd();
}

/** Changes with everything else; people need not read it. */
const MODIFIED = "crm_modified_at";

const LONGEST = 30;

function shown(value: string | null | readonly string[]): string {
  if (value === null) return "–";
  const text = (typeof value === "string" ? value : value.join(", ")).replaceAll(/\s+/g, " ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
