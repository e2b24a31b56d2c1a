/**
 * Conditions over people as somebody types them: `score at-least 50`.
 */
import type { Condition, Operator } from "../core/person-desk.ts";
import { OPERATORS } from "../core/person-desk.ts";

/** Gathers an option that may be given several times. */
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
