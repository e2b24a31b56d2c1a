/**
 * `tandem rule`: whom an admin wants in Dynamics without asking for each.
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { RuleAction } from "../core/action-desk.ts";
import type { ListedRule, NewRule } from "../core/person-desk.ts";
import { OPERATORS } from "../core/person-desk.ts";
import type { PersonEntity } from "../core/request-port.ts";
import { NO_CONDITION, collected, conditionOf } from "./condition.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer } from "./words.ts";

interface RuleParts {
  readonly tandem: Pick<Tandem, "people">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

interface Json {
  readonly json?: boolean;
}

interface GivenRule extends Json {
  readonly when: readonly string[];
  readonly as: PersonEntity;
  readonly then?: readonly string[];
  readonly includePresent?: boolean;
}

export function addRules(program: Command, { tandem, signal, write }: RuleParts): void {
  const rule = program
    .command("rule")
    .description(
      "what to do with people without being asked for each: a filter over people, and what follows",
    );
  rule
    .command("add")
    .description("add a rule, or replace the one of that name; it holds from the next cycle on")
    .argument("<name>", "how to call it")
    .requiredOption(
      "--when <condition>",
      `a column, one of ${OPERATORS.join(", ")}, and a value; given again, all must hold`,
      collected,
    )
    .addOption(new Option("--as <kind>", "what they become").choices(["lead", "contact"]).default("lead"))
    .option(
      "--then <action>",
      "what to ask for once of everybody who begins to meet it: owner:<crm id>, task:<subject> or campaign:<number>; " +
        "may be given again. Without it: that they are in Dynamics",
      collected,
    )
    .option("--include-present", "with --then: for those too who meet it already")
    .option("--json", "machine-readable output")
    .action(async (name: string, given: GivenRule) => {
      const { as, when, then: asked = [], includePresent = false, json = false } = given;
      const conditions = when.map((text) => conditionOf(text) ?? program.error(NO_CONDITION(text)));
      const actions = asked.map((text) => ruleActionOf(text) ?? program.error(NO_ACTION(text)));
      const wish = { name, as, conditions, ...(actions.length === 0 ? {} : { actions, includePresent }) };
      const meets = await tandem.people((desk) => desk.addRule(wish), signal);
      write(json ? `${JSON.stringify({ name, meets })}\n` : addedText(wish, meets));
    });
  rule
    .command("list")
    .description("the rules, and how many people meet each now")
    .option("--json", "machine-readable output")
    .action(async ({ json = false }: Json) => {
      const rules = await tandem.people((desk) => desk.rules(), signal);
      write(json ? `${JSON.stringify(rules)}\n` : `${rulesText(rules)}\n`);
    });
  rule
    .command("remove")
    .description("remove a rule; requests it has filed stay")
    .argument("<name>", "the rule")
    .action(async (name: string) => {
      await tandem.people((desk) => desk.removeRule(name), signal);
      write(`The rule ${name} is gone.\n`);
    });
}

/** `owner:<id>`, `task:<subject>`, `campaign:<number>`; null when it is none. */
export function ruleActionOf(text: string): RuleAction | null {
  const [, kind = "", given = ""] = /^(\w+):(.+)$/s.exec(text) ?? [];
  const value = given.trim();
  if (kind === "owner" && GUID.test(value)) return { kind, owner: value.toLowerCase() };
  if (kind === "task" && value !== "") return { kind, subject: value };
  if (kind === "campaign" && /^\d{1,18}$/.test(value)) return { kind, campaign: value };
  return null;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const NO_ACTION = (text: string): string =>
  `error: "${text}" is nothing a rule can ask for: write owner:<crm id>, task:<subject> or campaign:<number>`;

function addedText({ name, actions = [], includePresent = false }: NewRule, meets: number): string {
  const people = meets === 1 ? "1 person meets" : `${integer(meets)} people meet`;
  const held = `The rule ${name} holds from the next cycle on; ${people} it now.`;
  if (actions.length === 0 || meets === 0) return `${held}\n`;
  return `${held} ${includePresent ? "It is for them too." : "It is for those who will, and not for them."}\n`;
}

function rulesText(rules: readonly ListedRule[]): string {
  if (rules.length === 0) return "There is no rule: nobody is synced without being asked for.";
  const rows = rules.map(({ name, as, conditions, actions = [], meets, applied = null, trouble }) => [
    name,
    actions.length === 0 ? as : actions.map(actionText).join(", "),
    conditions
      .map(({ column, operator, value }) => [column, operator, value ?? []].flat().join(" "))
      .join(" and "),
    meets === null ? "" : integer(meets),
    applied === null ? "" : integer(applied),
    trouble ?? "",
  ]);
  const [first = "", ...rest] = aligned(
    [["rule", "what for", "when", "meet it", "met so far", "trouble"], ...rows],
    new Set([3, 4]),
  );
  return [coloured("dim", first), ...rest].join("\n");
}

function actionText(action: RuleAction): string {
  switch (action.kind) {
    case "owner":
      return `owner ${action.owner}`;
    case "task":
      return `task "${action.subject}"`;
    case "campaign":
      return `campaign ${action.campaign}`;
  }
}
