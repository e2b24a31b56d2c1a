/**
 * `tandem pause` and `tandem resume`: the sync, or one entity of it, rests; nothing of what waits is lost.
 */
import type { Command } from "commander";
import type { Rested, SyncDesk } from "../core/sync-desk.ts";
import type { Tandem } from "./tandem.ts";

export interface PauseParts {
  readonly tandem: Pick<Tandem, "runs">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

export function addPause(program: Command, parts: PauseParts): void {
  add(program, parts, {
    name: "pause",
    description: "let the sync, or entities of it, rest: what waits is kept, edits are still noted",
    act: (desk, connection, entities) => desk.pause(connection, entities),
    text: pausedText,
  });
  add(program, parts, {
    name: "resume",
    description: "let what was paused go on where it stopped",
    act: (desk, connection, entities) => desk.resume(connection, entities),
    text: resumedText,
  });
}

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly act: (
    desk: SyncDesk,
    connection: number,
    entities: readonly string[],
  ) => Promise<readonly Rested[]>;
  readonly text: (rested: Rested) => string;
}

function add(program: Command, { tandem, signal, write }: PauseParts, verb: Verb): void {
  program
    .command(verb.name)
    .description(verb.description)
    .argument("[entity...]", "only these, by logical name; without any the whole connection")
    .option("--json", "machine-readable output")
    .action(async (entities: readonly string[], { json = false }: { readonly json?: boolean }) => {
      const rested = await tandem.runs(async (desk) => {
        const all: Rested[] = [];
        for (const id of await desk.connections()) all.push(...(await verb.act(desk, id, entities)));
        return all;
      }, signal);
      if (json) write(`${JSON.stringify(rested)}\n`);
      else if (rested.length === 0) write("Nothing is connected yet: run `tandem connect` first.\n");
      else for (const each of rested) write(`${verb.text(each)}\n`);
    });
}

function pausedText(rested: Rested): string {
  const { since = "", by = "" } = rested.paused ?? {};
  return (
    `${nameOf(rested)} is paused since ${since}, by ${by}. What waits is kept, and edits are still noted; ` +
    `\`tandem resume${rested.entity === null ? "" : ` ${rested.entity}`}\` lets it go on.`
  );
}

function resumedText(rested: Rested): string {
  return `${nameOf(rested)} goes on.`;
}

function nameOf({ connection, entity }: Rested): string {
  return entity ?? `The connection ${connection}`;
}
