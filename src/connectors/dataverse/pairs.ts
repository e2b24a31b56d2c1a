/**
 * The rows of an N:N relationship as an entity like any other: two references, and nothing of the platform's own.
 */
import type { Reference } from "../../core/entity-map.ts";
import type { SortedAttributes } from "./attributes.ts";

/** Its ids refer to its ends, which the definition of the columns alone does not say. Pure. */
export function pairsOf(
  { attributes, leftOut }: SortedAttributes,
  ends: readonly Reference[],
): SortedAttributes {
  const targets = Map.groupBy(ends, ({ attribute }) => attribute);
  const pairs = attributes.flatMap((attribute) => {
    if (attribute.name === VERSION) return [];
    const own = targets.get(attribute.name)?.map(({ target }) => target);
    return own === undefined ? [attribute] : [{ ...attribute, targets: own }];
  });
  return { attributes: pairs, leftOut };
}

/** The row version, which every record carries beside its columns. */
const VERSION = "versionnumber";
