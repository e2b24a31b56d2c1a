/**
 * `tandem errors` and `tandem retry`: what was refused, and letting it be tried again.
 */
import type { Command } from "commander";
import { ERROR_CODES } from "../core/errors.ts";
import { chosenRefused, refusedCsv } from "../core/refused.ts";
import type { Refused, RefusedWish, RetryWish } from "../core/refused.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer, relative } from "./words.ts";

interface ErrorsParts {
  readonly tandem: Pick<Tandem, "errors" | "retry">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** The time, for how long something has been waiting. */
  readonly now: () => Date;
}

interface ErrorsOptions extends RefusedWish {
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** Longer lists are for a script. */
const SHOWN = 50;

export function addErrors(program: Command, { tandem, signal, write, now }: ErrorsParts): void {
  program
    .command("errors")
    .description("list the records that were refused one by one, on either way, with what to do about them")
    .option("--entity <entity>", "only this entity, by logical name")
    .option("--code <code>", "only this cause")
    .option("--search <text>", "only those in which it stands, in any column, without regard to case")
    .option("--csv", "all of them as CSV, for a spreadsheet")
    .option("--json", "machine-readable output")
    .action(async (options: ErrorsOptions) => {
      const chosen = chosenRefused(await tandem.errors(signal), options);
      write(errorsOutput(chosen, options, now()));
    });
}

function errorsOutput(lines: readonly Refused[], { csv, json }: ErrorsOptions, now: Date): string {
  if (json === true) return `${JSON.stringify(lines)}\n`;
  return csv === true ? refusedCsv(lines) : `${errorsText(lines, now)}\n`;
}

export function addRetry(program: Command, { tandem, signal, write }: Omit<ErrorsParts, "now">): void {
  program
    .command("retry")
    .description("let refused edits be tried again with the next cycle; all, or those that are named")
    .option("--entity <entity>", "only this entity, by logical name")
    .option("--code <code>", "only this cause, as `tandem errors` shows it")
    .option("--id <row>", "only this row of the marketing table")
    .option("--json", "machine-readable output")
    .action(
      async ({ id, json = false, ...filter }: Omit<RetryWish, "row"> & { id?: string; json?: boolean }) => {
        if (id !== undefined && !/^\d{1,18}$/.test(id)) {
          program.error("error: --id takes the number of a row, as `tandem errors` shows it");
        }
        const retried = await tandem.retry({ ...filter, ...(id === undefined ? {} : { row: id }) }, signal);
        write(json ? `${JSON.stringify({ retried })}\n` : retryText(retried));
      },
    );
}

function retryText(retried: number): string {
  if (retried === 0) return "Nothing of that kind is waiting. `tandem errors` lists what is.\n";
  const edits = retried === 1 ? "1 edit is" : `${integer(retried)} edits are`;
  return `${edits} tried again with the next cycle; \`tandem sync\` runs it now.\n`;
}

function errorsText(lines: readonly Refused[], now: Date): string {
  if (lines.length === 0) return "Nothing was refused.";
  const header = ["entity", "way", "row", "code", "field", "since", "reason"];
  const rows = lines
    .slice(0, SHOWN)
    .map(({ entity, way, row, crmId, code, field, since, detail }) => [
      entity,
      way === "push" ? "to Dynamics" : "to marketing",
      row ?? crmId ?? "–",
      code,
      field ?? "–",
      relative(since, now),
      detail,
    ]);
  const [first = "", ...rest] = aligned([header, ...rows], new Set([2]));
  const more = lines.length - rows.length;
  const remedies = [...new Set(lines.map(({ code }) => code))].map(
    (code) => `${coloured("yellow", code)}: ${ERROR_CODES[code].remedy}`,
  );
  return [
    coloured("dim", first),
    ...rest,
    ...(more > 0 ? [`… and ${integer(more)} more; --csv and --json have them all`] : []),
    "",
    ...remedies,
  ].join("\n");
}
