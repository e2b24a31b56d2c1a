/**
 * The body of a write: values in the words of the Web API, each on its own, so that nothing passes through a double.
 */
import type { Entity } from "../../core/organization.ts";
import type { OutValue, Outcome } from "../../core/sink-port.ts";
import { attributeFor } from "./outcome-words.ts";

/** Entity sets by logical name, for the targets of lookups. */
export type EntitySets = ReadonlyMap<string, string>;

/** `"firstname":"Ada"`, one for each value, in JSON of plain ASCII. */
export function bodyMembers(values: readonly OutValue[], sets: EntitySets): readonly string[] {
  return values.map((value) => ascii(member(value, sets)));
}

function member(value: OutValue, sets: EntitySets): string {
  switch (value.kind) {
    case "value":
      return `${JSON.stringify(value.property)}:${JSON.stringify(value.value)}`;
    case "exact":
      return `${JSON.stringify(value.property)}:${value.digits}`;
    case "reference": {
      const name = JSON.stringify(`${value.navigation}@odata.bind`);
      if (value.id === null) return `${name}:null`;
      return `${name}:${JSON.stringify(`/${sets.get(value.target) ?? ""}(${encodeURIComponent(value.id)})`)}`;
    }
  }
}

/** Readers of batches have been seen to guess the encoding of a part; escapes leave nothing to guess. */
function ascii(json: string): string {
  return json.replace(/[^ -~]/gu, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, place) => character.charCodeAt(place));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u;

/** The refusal of a value that cannot be written down at all; null when all can. Nothing is sent for such a record. */
export function unwritable(entity: Entity, values: readonly OutValue[], sets: EntitySets): Outcome | null {
  for (const value of values) {
    const detail = fault(value, sets);
    if (detail !== null)
      return { kind: "refused", code: "value_invalid", detail, field: attributeFor(entity, value) };
  }
  return null;
}

function fault(value: OutValue, sets: EntitySets): string | null {
  switch (value.kind) {
    case "value":
      // JSON would write null in its place, and so clear the field.
      return typeof value.value === "number" && !Number.isFinite(value.value) ? "It is not a number." : null;
    case "exact":
      return NUMBER.test(value.digits) ? null : "It is not a number.";
    case "reference":
      return value.id === null || sets.has(value.target)
        ? null
        : `Dynamics has no table ${value.target} that could be referred to.`;
  }
}
