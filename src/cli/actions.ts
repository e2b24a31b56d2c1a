/**
 * `tandem person owner`, `task` and `delete`, and `tandem actions`: what Dynamics shall do about people, and how it stands.
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { ActionFilter, Asking, AskingAnswer, ListedAction, Wish } from "../core/action-desk.ts";
import { DUE_IN_DAYS, UNCONFIRMED } from "../core/action-desk.ts";
import type { Condition } from "../core/person-desk.ts";
import { OPERATORS } from "../core/person-desk.ts";
import type { PersonEntity } from "../core/request-port.ts";
import { NO_CONDITION, collected, conditionOf } from "./condition.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer, relative } from "./words.ts";

export interface ActionParts {
  readonly tandem: Pick<Tandem, "people">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** The time, for how long ago something was asked for. */
  readonly now: () => Date;
}

/** Whom it is about, and how sure whoever asks is. */
export interface Meant {
  readonly when?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly now?: boolean;
  readonly json?: boolean;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NUMBER = /^\d{1,18}$/;
const DAYS = /^\d{1,4}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Adds the actions to `tandem person`. */
export function addPersonActions(person: Command, parts: ActionParts): void {
  addOwner(person, parts);
  addTask(person, parts);
  addDelete(person, parts);
}

const asOption = (): Option =>
  new Option("--as <kind>", "what they become who are not in Dynamics yet")
    .choices(["lead", "contact"])
    .default("lead");

function addOwner(person: Command, parts: ActionParts): void {
  about(person.command("owner").description("give people another owner in Dynamics"))
    .requiredOption("--to <crm id>", "user or team of Dynamics")
    .addOption(asOption())
    .action(
      async (ids: readonly string[], given: Meant & { readonly to: string; readonly as: PersonEntity }) => {
        const { to, as } = given;
        if (!GUID.test(to)) person.error("error: --to takes the id of a user or a team of Dynamics");
        await ask(person, parts, { ids, given, wish: { kind: "owner", owner: to.toLowerCase(), as } });
      },
    );
}

interface GivenTask extends Meant {
  readonly as: PersonEntity;
  readonly subject: string;
  readonly description?: string;
  readonly due: string;
  readonly owner?: string;
  readonly priority?: string;
  readonly status?: string;
  readonly campaign?: string;
}

function addTask(person: Command, parts: ActionParts): void {
  about(person.command("task").description("give somebody in Dynamics a task about people"))
    .requiredOption(
      "--subject <text>",
      "what it is about; {{first_name|there}} and other tokens are filled in",
    )
    .option("--description <text>", "more about it, with tokens too")
    .option("--due <when>", "in so many days, or a date such as 2027-01-31", String(DUE_IN_DAYS))
    .option("--owner <crm id>", "user or team who shall do it; otherwise whoever owns the person's record")
    .option("--priority <name>", "label or number, as tasks have them in your organization")
    .option("--status <reason>", "status reason, label or number")
    .option("--campaign <name>", "what {{campaign}} stands for")
    .addOption(asOption())
    .action(async (ids: readonly string[], given: GivenTask) => {
      const { as, subject, description = null, due, owner = null, priority = null, status = null } = given;
      if (!DAYS.test(due) && !DATE.test(due)) person.error("error: --due takes a number of days, or a date");
      if (owner !== null && !GUID.test(owner))
        person.error("error: --owner takes the id of a user or a team of Dynamics");
      const words = { subject, description, campaign: given.campaign ?? null };
      const dueWhen = DAYS.test(due) ? Number(due) : due;
      const wish = { kind: "task", as, ...words, due: dueWhen, owner, priority, status } as const;
      await ask(person, parts, { ids, given, wish });
    });
}

function addDelete(person: Command, parts: ActionParts): void {
  about(
    person
      .command("delete")
      .description(
        "delete people's records in Dynamics and keep their rows; only where `tandem policy` lets deletes travel",
      ),
  ).action(async (ids: readonly string[], given: Meant) => {
    await ask(person, parts, { ids, given, wish: { kind: "delete" } });
  });
}

/** Whom a command is about: rows, or everybody who meets conditions. */
export function about(command: Command): Command {
  return command
    .argument("[ids...]", "the people's rows in people")
    .option(
      "--when <condition>",
      `everybody who meets it instead: a column, one of ${OPERATORS.join(", ")}, and a value; given again, all must hold`,
      collected,
    )
    .option("--dry-run", "only say how many people it would concern")
    .option("--confirm <count>", `up to so many are meant; without it ${UNCONFIRMED} at most`)
    .option("--yes", "however many there are")
    .option("--now", "at once instead of with the next cycle, where a worker runs")
    .option("--json", "machine-readable output");
}

interface AskedWish {
  readonly ids: readonly string[];
  readonly given: Meant;
  readonly wish: Wish;
}

/** Asks, and says what came of it. */
export async function ask(
  command: Command,
  { tandem, signal, write }: Pick<ActionParts, "tandem" | "signal" | "write">,
  { ids, given, wish }: AskedWish,
): Promise<void> {
  const { dryRun = false, yes = false, confirm = String(UNCONFIRMED), now = false, json = false } = given;
  if (!NUMBER.test(confirm)) command.error("error: --confirm takes the number of people that are meant");
  const asking: Asking = {
    wish,
    concerned: concernedBy(command, ids, given.when),
    dry: dryRun,
    most: yes ? Number.MAX_SAFE_INTEGER : Number(confirm),
    now,
  };
  const answer = await tandem.people((desk) => desk.ask(asking), signal);
  write(json ? `${JSON.stringify(answer)}\n` : `${answerText(answer, asking)}\n`);
  if (answer.kind === "too-many") process.exitCode = 1;
  if (answer.kind === "refused") process.exitCode = 2;
}

function concernedBy(
  command: Command,
  ids: readonly string[],
  when: readonly string[] = [],
): Asking["concerned"] {
  if (ids.length > 0 === when.length > 0) {
    command.error("error: name people by the numbers of their rows, or say --when they are meant");
  }
  if (!ids.every((id) => NUMBER.test(id))) {
    command.error("error: a person is named by the number of their row in people");
  }
  if (ids.length > 0) return { people: ids };
  return { when: when.map((text): Condition => conditionOf(text) ?? command.error(NO_CONDITION(text))) };
}

function answerText(answer: AskingAnswer, { now, most }: Asking): string {
  if (answer.kind === "refused") return answer.detail;
  const people = answer.people === 1 ? "1 person" : `${integer(answer.people)} people`;
  switch (answer.kind) {
    case "counted":
      return `It would concern ${people}.`;
    case "too-many":
      return (
        `It would concern ${people}, more than ${integer(most)}: nothing was asked for. ` +
        `If so many are meant, say --confirm ${answer.people}.`
      );
    case "asked":
      return `Asked for ${people}; it goes ${now ? "at once, where a Tandem runs" : "with the next cycle"}. \`tandem actions\` shows how it stands.`;
  }
}

const STATES = ["open", "queued", "sent", "waiting", "parked", "done"] as const;
const KINDS = ["sync", "owner", "task", "delete"] as const;

interface GivenFilter {
  readonly state?: (typeof STATES)[number];
  readonly kind?: (typeof KINDS)[number];
  readonly person?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** Adds `tandem actions`. */
export function addActions(program: Command, { tandem, signal, write, now }: ActionParts): void {
  program
    .command("actions")
    .description("list what was asked about people, newest first, and what came of it")
    .addOption(new Option("--state <state>", "only these; open is all that has not ended").choices(STATES))
    .addOption(new Option("--kind <kind>", "only these").choices(KINDS))
    .option("--person <id>", "only about this row of people")
    .option("--limit <count>", "how many at most", "50")
    .option("--json", "machine-readable output")
    .action(async ({ state, kind, person, limit, json = false }: GivenFilter) => {
      if (!DAYS.test(limit)) program.error("error: --limit takes a number up to 9999");
      if (person !== undefined && !NUMBER.test(person))
        program.error("error: a person is named by the number of their row in people");
      const filter: ActionFilter = {
        ...(state === undefined ? {} : { state }),
        ...(kind === undefined ? {} : { kind }),
        ...(person === undefined ? {} : { person }),
        limit: Number(limit),
      };
      const actions = await tandem.people((desk) => desk.actions(filter), signal);
      write(json ? `${JSON.stringify(actions)}\n` : `${actionsText(actions, now())}\n`);
    });
}

function actionsText(actions: readonly ListedAction[], now: Date): string {
  if (actions.length === 0) return "Nothing of that kind was asked for.";
  const rows = actions.map(({ id, person, state, outcome, rule, requestedAt, code, detail }) => [
    id,
    person,
    outcome ?? state,
    rule ?? "",
    relative(requestedAt, now),
    [code, detail].filter((part) => part !== null).join(": "),
  ]);
  const header = ["action", "person", "state", "rule", "asked", ""];
  const [first = "", ...rest] = aligned([header, ...rows], new Set([1]));
  return [coloured("dim", first), ...rest].join("\n");
}
