/**
 * Which entities are kept in step: those that are named from the start, and what people switched since.
 */

/** By entity: true where somebody switched it on, false where off; absent where nobody did. */
export type EntityWishes = ReadonlyMap<string, boolean>;

/** Entities without which there are no people: they cannot be switched off. */
export const ALWAYS_ON: ReadonlySet<string> = new Set(["lead", "contact"]);

/** What is wanted now, in the order in which it is read: a later switch counts before what was named. Pure. */
export function wantedEntities(named: readonly string[], wishes: EntityWishes): readonly string[] {
  const on = [...wishes].filter(([, wanted]) => wanted).map(([name]) => name);
  return [...new Set([...named, ...on])].filter((name) => wishes.get(name) !== false);
}
