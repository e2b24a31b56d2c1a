/**
 * Rows carry labels: when one is renamed in Dynamics, or a number gets its label at last, the rows follow. Pure.
 */
import type { EntityMapping } from "./mapping.ts";
import { columnsFor, pulls } from "./mapping.ts";
import type { Entity } from "./organization.ts";
import type { Relabelling, StoredChoice } from "./store-port.ts";

/**
 * What has to be renamed in the rows of an entity. Where a label spelt a number, nobody can tell whose it was, and the
 * rows stay with the label.
 * @param before choices as the rows were written with, those that had gone meanwhile among them
 */
export function relabellings(
  mapping: EntityMapping,
  entity: Entity,
  before: readonly StoredChoice[],
  now: readonly StoredChoice[],
): readonly Relabelling[] {
  const attributes = new Map(entity.attributes.map((attribute) => [attribute.name, attribute]));
  const byAttribute = Map.groupBy(renamed(before, now), ({ attribute }) => attribute);
  return mapping.fields.flatMap((field) => {
    const attribute = attributes.get(field.attribute);
    const choices = byAttribute.get(field.attribute);
    if (attribute === undefined || choices === undefined || !pulls(field, attribute)) return [];
    const [column] = columnsFor(field, attribute);
    // Yes/No columns have labels too, but their rows hold true and false.
    if (column === undefined || (column.type !== "text" && column.type !== "text[]")) return [];
    const renames = new Map(choices.map(({ old, label }) => [old, label]));
    return [{ column: { name: column.name, type: column.type }, renames }];
  });
}

interface Renamed {
  readonly attribute: string;
  readonly old: string;
  readonly label: string;
}

function renamed(before: readonly StoredChoice[], now: readonly StoredChoice[]): readonly Renamed[] {
  const known = new Map(before.map((choice) => [`${choice.attribute} ${choice.value}`, choice]));
  const spelt = new Set(before.map(({ attribute, label }) => `${attribute} ${label}`));
  const numbers = new Map(now.map(({ attribute, value, label }) => [`${attribute} ${label}`, value]));
  return now.flatMap(({ attribute, value, label }) => {
    const old = known.get(`${attribute} ${value}`);
    const number = spelt.has(`${attribute} ${value}`) ? [] : [String(value)];
    // While it was gone, its label may have become another choice's, whose rows are not to be touched.
    const taken = old?.gone === true && (numbers.get(`${attribute} ${old.label}`) ?? value) !== value;
    const labels = old === undefined || taken ? [] : [old.label];
    const readings = old === undefined || old.gone === true ? [...labels, ...number] : labels;
    return readings
      .filter((reading) => reading !== label)
      .map((reading) => ({ attribute, old: reading, label }));
  });
}
