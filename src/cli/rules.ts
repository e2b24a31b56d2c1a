/**
 * `tandem rule`: whom an admin wants in Dynamics without asking for each.
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { Condition, ListedRule, Operator } from "../core/person-desk.ts";
import { OPERATORS } from "../core/person-desk.ts";
import type { PersonEntity } from "../core/request-port.ts";
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

export function addRules(program: Command, { tandem, signal, write }: RuleParts): void {
  const rule = program
    .command("rule")
    .description("whom to sync without being asked for each: a filter over people");
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
    .option("--json", "machine-readable output")
    .action(
      async (name: string, given: Json & { readonly when: readonly string[]; readonly as: PersonEntity }) => {
        const { as, when, json = false } = given;
        const conditions = when.map((text) => conditionOf(text) ?? program.error(NO_CONDITION(text)));
        const meets = await tandem.people((desk) => desk.addRule({ name, as, conditions }), signal);
        write(json ? `${JSON.stringify({ name, meets })}\n` : addedText(name, meets));
      },
    );
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

export function collected(text: string, before?: readonly string[]): readonly string[] {
  return [...(before ?? []), text];
}

/** `score at-least 50`; null when it is none. */
export function conditionOf(text: string): Condition | null {
  const [, column = "", word = "", rest] = /^\s*(\S+)\s+(\S+)(?:\s+(.*?))?\s*$/s.exec(text) ?? [];
  const operator = OPERATORS.find((one) => one === word);
  if (operator === undefined) return null;
  const value = rest === undefined || rest === "" ? null : rest;
  return (value === null) === NEEDS_NO_VALUE.has(operator) ? { column, operator, value } : null;
}

const NEEDS_NO_VALUE: ReadonlySet<Operator> = new Set(["filled", "blank"]);

export const NO_CONDITION = (text: string): string =>
  `error: "${text}" is no condition: write a column, one of ${OPERATORS.join(", ")}, and a value where one is needed`;

function addedText(name: string, meets: number): string {
  const people = meets === 1 ? "1 person meets" : `${integer(meets)} people meet`;
  return `The rule ${name} holds from the next cycle on; ${people} it now.\n`;
}

function rulesText(rules: readonly ListedRule[]): string {
  if (rules.length === 0) return "There is no rule: nobody is synced without being asked for.";
  const rows = rules.map(({ name, as, conditions, meets, trouble }) => [
    name,
    as,
    conditions
      .map(({ column, operator, value }) => [column, operator, value ?? []].flat().join(" "))
      .join(" and "),
    meets === null ? "" : integer(meets),
    trouble ?? "",
  ]);
  const [first = "", ...rest] = aligned(
    [["rule", "as", "when", "meet it", "trouble"], ...rows],
    new Set([3]),
  );
  return [coloured("dim", first), ...rest].join("\n");
}
