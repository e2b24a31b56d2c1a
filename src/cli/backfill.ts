/**
 * `tandem backfill`: the values of fields are brought again from Dynamics, of all records or of chosen ones.
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Backfill, BackfillAnswer, BackfillWish } from "../core/backfill.ts";
import type { BackfillConditions, Span } from "../core/backfill-port.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, duration, integer, rate, relative } from "./words.ts";

export interface BackfillParts {
  readonly tandem: Pick<Tandem, "runs">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** The time, for how long something has been going on. */
  readonly now: () => Date;
}

interface Given {
  readonly createdFrom?: string;
  readonly createdTo?: string;
  readonly changedFrom?: string;
  readonly changedTo?: string;
  readonly where?: string;
  readonly rows?: readonly string[];
  readonly list?: string;
  readonly cancel?: string;
  readonly json?: boolean;
}

export function addBackfill(program: Command, parts: BackfillParts): void {
  const { tandem, signal, write, now } = parts;
  program
    .command("backfill")
    .description(
      "bring the values of fields again from Dynamics, beside the changes; without arguments, list what is going on",
    )
    .argument("[entity]", "logical name, such as contact")
    .argument("[attributes...]", "fields by logical name; those that are off are switched on")
    .option("--created-from <day>", "only records made on this day (UTC) or later")
    .option("--created-to <day>", "only records made up to this day, that day included")
    .option("--changed-from <day>", "only records changed on this day or later")
    .option("--changed-to <day>", "only records last changed up to this day, that day included")
    .option("--where <filter>", 'only records that meet it, such as "statecode = Active and city is blank"')
    .option("--rows <ids>", "only these rows, by number or by id of Dynamics, separated by commas", namesIn)
    .option("--list <file>", "only the rows named in a file, one a line")
    .option("--cancel <number>", "take a backfill back; what it brought stays")
    .option("--json", "machine-readable output")
    .action(async (entity: string | undefined, attributes: readonly string[], given: Given) => {
      const { json = false, cancel } = given;
      if (cancel !== undefined) {
        await cancelOne(program, parts, { id: cancel, json });
        return;
      }
      if (entity === undefined) {
        const backfills = await tandem.runs((desk) => desk.backfills(), signal);
        write(json ? `${JSON.stringify(backfills)}\n` : `${backfillsText(backfills, now())}\n`);
        return;
      }
      if (attributes.length === 0) program.error("error: name the fields whose values are to be brought");
      const wish = { entity, attributes, ...(await chosenBy(program, given)) };
      const answer = await tandem.runs((desk) => desk.backfill(wish), signal);
      write(json ? `${JSON.stringify(answer)}\n` : `${answerText(answer, now())}\n`);
    });
}

async function cancelOne(
  program: Command,
  { tandem, signal, write }: BackfillParts,
  { id, json }: { readonly id: string; readonly json: boolean },
): Promise<void> {
  if (!/^\d{1,18}$/.test(id)) program.error("error: --cancel takes the number of a backfill");
  const backfill = await tandem.runs((desk) => desk.cancelBackfill(id), signal);
  if (json) write(`${JSON.stringify(backfill)}\n`);
  else if (backfill === null) write(`There is no backfill ${id}.\n`);
  else write(`Backfill ${id} is ${backfill.state}; what it brought stays.\n`);
  if (backfill === null) process.exitCode = 2;
}

async function chosenBy(
  program: Command,
  given: Given,
): Promise<Pick<BackfillWish, "conditions" | "records">> {
  const { where } = given;
  const created = spanOf(program, given.createdFrom, given.createdTo);
  const changed = spanOf(program, given.changedFrom, given.changedTo);
  const conditions: BackfillConditions = {
    ...(created === undefined ? {} : { created }),
    ...(changed === undefined ? {} : { changed }),
    ...(where === undefined ? {} : { where }),
  };
  return { conditions, records: await recordsIn(program, given) };
}

async function recordsIn(program: Command, { rows, list }: Given): Promise<readonly string[] | null> {
  if (rows === undefined && list === undefined) return null;
  const listed = list === undefined ? [] : (await listIn(program, list)).split(/[\s,;]+/).filter(isName);
  const records = [...(rows ?? []), ...listed];
  const strange = records.find((name) => !NUMBER.test(name) && !GUID.test(name));
  if (strange !== undefined) program.error(`error: "${strange}" is neither the number of a row nor an id`);
  if (records.length === 0) program.error("error: no row is named");
  return records;
}

async function listIn(program: Command, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return program.error(`error: the file ${file} of --list cannot be read${reason}`);
  }
}

const NUMBER = /^\d{1,18}$/;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 3600 * 1000;

function namesIn(text: string): readonly string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter(isName);
}

function isName(text: string): boolean {
  return text !== "";
}

function spanOf(program: Command, from: string | undefined, to: string | undefined): Span | undefined {
  if (from === undefined && to === undefined) return undefined;
  return {
    ...(from === undefined ? {} : { from: instantOf(program, from, 0) }),
    ...(to === undefined ? {} : { before: instantOf(program, to, DAY_MS) }),
  };
}

/** A day of the calendar in UTC, or a moment. @param dayMs added to a day, to include it */
function instantOf(program: Command, text: string, dayMs: number): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) program.error(`error: "${text}" is no day: write it as 2026-01-31`);
  return new Date(time + (DAY.test(text) ? dayMs : 0)).toISOString();
}

function answerText({ backfills, unknown }: BackfillAnswer, now: Date): string {
  const strangers =
    unknown.count === 0
      ? []
      : [`${integer(unknown.count)} of them are no records here: ${unknown.first.join(", ")}`];
  const work =
    backfills.length === 0
      ? ["There is nothing to fill: nothing was asked."]
      : [backfillsText(backfills, now)];
  return [...strangers, ...work].join("\n");
}

/** A table of backfills; the newest last. */
export function backfillsText(backfills: readonly Backfill[], now: Date): string {
  if (backfills.length === 0) return "No field has been filled beside the changes yet.";
  const header = ["backfill", "entity", "fields", "records", "state", "read", "of", "rate", "left", "since"];
  const rows = backfills.map((backfill) => [
    backfill.id,
    backfill.entity,
    backfill.attributes.join(", "),
    chosenText(backfill),
    stateText(backfill),
    integer(backfill.read),
    backfill.expected === null ? "–" : integer(backfill.expected),
    rate(backfill.rate),
    backfill.secondsLeft === null ? "–" : duration(backfill.secondsLeft),
    relative(backfill.finishedAt ?? backfill.startedAt ?? backfill.requestedAt, now),
  ]);
  const [first = "", ...rest] = aligned([header, ...rows], new Set([5, 6, 7, 8]));
  return [coloured("dim", first), ...rest].join("\n");
}

function stateText({ state, outcome }: Backfill): string {
  return outcome === null ? state : `${state}: ${outcome}`;
}

/** Which records take part, in words. */
function chosenText({ way, conditions: { created, changed, where } }: Backfill): string {
  const spans = [
    ...spanText("created", created),
    ...spanText("changed", changed),
    ...(where === undefined ? [] : [where]),
  ];
  if (way === "ids") return ["named", ...spans].join(", ");
  return spans.length === 0 ? "all" : spans.join(", ");
}

function spanText(what: string, span: Span | undefined): readonly string[] {
  if (span === undefined) return [];
  const { from, before } = span;
  return [
    [what, from === undefined ? "" : ` from ${from}`, before === undefined ? "" : ` before ${before}`].join(
      "",
    ),
  ];
}
