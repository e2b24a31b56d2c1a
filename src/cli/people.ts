/**
 * `tandem person`, `matches` and `match`: people of marketing come to Dynamics, and somebody decides who is who.
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { Candidate } from "../core/candidates.ts";
import type {
  DecisionAnswer,
  Filing,
  FilingAnswer,
  ListedMatch,
  MatchPreview,
  MergedPerson,
} from "../core/person-desk.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { Meant } from "./actions.ts";
import { about, addPersonActions, ask } from "./actions.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer, relative } from "./words.ts";

interface PeopleParts {
  readonly tandem: Pick<Tandem, "people" | "previewMatches">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** The time, for how long something has been waiting. */
  readonly now: () => Date;
}

interface Json {
  readonly json?: boolean;
}

interface GivenSync extends Meant {
  readonly as: PersonEntity;
  readonly owner?: string;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER = /^\d{1,18}$/;

export function addPeople(program: Command, parts: PeopleParts): void {
  addPerson(program, parts);
  addMatches(program, parts);
  addMatch(program, parts);
}

function addPerson(program: Command, parts: PeopleParts): void {
  const person = program.command("person").description("what concerns single persons of marketing");
  addSync(person, parts);
  addPersonActions(person, parts);
  addMerge(person, parts);
}

function addSync(program: Command, parts: PeopleParts): void {
  const { tandem, signal, write } = parts;
  about(
    program
      .command("sync")
      .description(
        "let people be found or made in Dynamics; asking again does no harm. One person goes at once",
      ),
  )
    .addOption(new Option("--as <kind>", "what they become").choices(["lead", "contact"]).default("lead"))
    .option("--owner <crm id>", "user or team of Dynamics that shall own the record")
    .action(async (ids: readonly string[], given: GivenSync) => {
      const { owner = null, as, json = false } = given;
      if (owner !== null && !GUID.test(owner))
        program.error("error: --owner takes the id of a user or a team of Dynamics");
      const [person = ""] = ids;
      if (ids.length !== 1 || given.when !== undefined || given.dryRun === true) {
        await ask(program, parts, { ids, given, wish: { kind: "sync", as, owner } });
        return;
      }
      if (!NUMBER.test(person)) program.error(NAMED_BY_NUMBER);
      const filing = { person, as, owner };
      const answer = await tandem.people((desk) => desk.syncPerson(filing), signal);
      write(json ? `${JSON.stringify({ person, answer })}\n` : `${filedText(filing, answer)}\n`);
      if (answer === null) process.exitCode = 2;
    });
}

const NAMED_BY_NUMBER = "error: a person is named by the number of their row in people";

function addMerge(program: Command, { tandem, signal, write }: PeopleParts): void {
  program
    .command("merge")
    .description(
      "make one person of several: the first stays, and takes what it does not have from the others",
    )
    .argument("<winner>", "row in people of the one who stays")
    .argument("<losers...>", "rows of the others, those that give first before the rest")
    .option("--json", "machine-readable output")
    .action(async (winner: string, losers: readonly string[], { json = false }: Json) => {
      if (![winner, ...losers].every((one) => NUMBER.test(one))) program.error(NAMED_BY_NUMBER);
      const merged = await tandem.people((desk) => desk.mergePeople({ winner, losers }), signal);
      write(json ? `${JSON.stringify({ winner, merged })}\n` : `${mergedText(winner, merged)}\n`);
    });
}

function mergedText(winner: string, merged: readonly MergedPerson[]): string {
  const lines = merged.map(
    ({ person, inDynamics }) => `Person ${person} is person ${winner} now; the record: ${inDynamics}.`,
  );
  return lines.join("\n");
}

function filedText({ person, as }: Filing, answer: FilingAnswer | null): string {
  switch (answer) {
    case null:
      return `There is no person ${person}.`;
    case "queued":
      return `Person ${person} will be a ${as} in Dynamics; a Tandem that runs does it at once.`;
    case "already queued":
      return `Person ${person} is queued already.`;
    case "already linked":
      return `Person ${person} is linked to Dynamics already; there is nothing to do.`;
    case "waiting":
      return `Person ${person} may be in Dynamics already: look at \`tandem matches\` and decide.`;
  }
}

function addMatches(program: Command, { tandem, signal, write, now }: PeopleParts): void {
  program
    .command("matches")
    .description("list people who could be a record of Dynamics, for somebody to decide")
    .option("--preview", "count instead whom matching would link, without changing anything")
    .option("--json", "machine-readable output")
    .action(async ({ preview = false, json = false }: Json & { readonly preview?: boolean }) => {
      if (preview) {
        const counts = await tandem.previewMatches(signal);
        write(json ? `${JSON.stringify(counts)}\n` : `${previewText(counts)}\n`);
        return;
      }
      const matches = await tandem.people((desk) => desk.matches(), signal);
      write(json ? `${JSON.stringify(matches)}\n` : `${matchesText(matches, now())}\n`);
    });
}

/** What matching would do, for people. */
export function previewText({ matchBy, people, certain, undecided, alone }: MatchPreview): string {
  if (people === 0) return "Nobody in people is of marketing alone: there is nobody to match.";
  const who = `${integer(people)} ${people === 1 ? "person is" : "people are"} of marketing alone.`;
  if (matchBy.length === 0) return `${who} Matching is off: nobody will be linked.`;
  return [
    `${who} By the same ${matchBy.join(", ")}:`,
    `  ${integer(certain)} will be linked to the record that is theirs`,
    `  ${integer(undecided)} could be several, and will wait for somebody to decide`,
    `  ${integer(alone)} are nobody in Dynamics, and stay as they are`,
  ].join("\n");
}

function matchesText(matches: readonly ListedMatch[], now: Date): string {
  if (matches.length === 0) return "Nobody waits for a decision.";
  const hint = "Decide with `tandem match <number> --with <id>`, or --new when it is somebody else.";
  return [...matches.map((match) => matchText(match, now)), hint].join("\n\n");
}

function matchText({ id, person, name, email, as, candidates, since }: ListedMatch, now: Date): string {
  const who = [name, email].filter((part) => part !== null).join(", ");
  const wish = as === null ? "could be in Dynamics already" : `shall be a ${as}`;
  const head = `${coloured("bold", id)}  person ${person}${who === "" ? "" : ` (${who})`} ${wish}; ${relative(since, now)}`;
  return [head, ...aligned(candidates.map(candidateCells), new Set()).map((line) => `  ${line}`)].join("\n");
}

function candidateCells({ id, entity, name, key, rowId }: Candidate): readonly string[] {
  return [id, entity, name ?? "", key ?? "", rowId === null ? "" : `person ${rowId}`];
}

function addMatch(program: Command, { tandem, signal, write }: PeopleParts): void {
  program
    .command("match")
    .description("decide who a person is; one who is linked already and this one become one row")
    .argument("<number>", "the number of the match, as `tandem matches` shows it")
    .option("--with <crm id>", "the person is this record")
    .option("--new", "the person is none of them")
    .option("--json", "machine-readable output")
    .action(async (id: string, given: Json & { readonly with?: string; readonly new?: boolean }) => {
      const record = given.with?.toLowerCase() ?? null;
      if (!NUMBER.test(id) || (record === null) !== (given.new === true)) {
        program.error("error: name a match by its number, and either --with <crm id> or --new");
      }
      const answer = await tandem.people((desk) => desk.decideMatch({ id, record }), signal);
      write(
        given.json === true ? `${JSON.stringify({ match: id, answer })}\n` : `${decidedText(id, answer)}\n`,
      );
      if (answer === null || answer === "no candidate") process.exitCode = 2;
    });
}

function decidedText(id: string, answer: DecisionAnswer | null): string {
  if (answer === null) return `There is no match ${id} to decide. \`tandem matches\` lists those there are.`;
  return {
    queued: "Decided; it goes with the next turn.",
    merged: "Decided: the two were one person, and are one row now.",
    "kept apart": "Decided: they are two people, and stay two rows.",
    "no candidate": `That record is none of the candidates of match ${id}.`,
  }[answer];
}
