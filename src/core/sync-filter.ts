/**
 * The sync filter: a yes/no column with which people in Dynamics say which records take part.
 *
 * As in the native sync, it is an ordinary column of an entity and leaves out only what says an explicit No: a record
 * without an answer takes part, and so does every record of an entity that does not have the column.
 */
import type { WireValue } from "./change.ts";
import type { FilterExpressions } from "./filter-expression.ts";
import type { Attribute, Entity } from "./organization.ts";

/**
 * What becomes of the row of a record that is left out after it took part.
 * - `freeze`: it stays as it is and follows its record no longer. - `flag`: it is marked as deleted in Dynamics.
 * - `remove`: it is deleted.
 */
export type FilterExit = "freeze" | "flag" | "remove";

export interface SyncFilter {
  /** Logical name of the column, on whichever entities have it. */
  readonly column: string;
  readonly exit: FilterExit;
  /** Further conditions, by entity. */
  readonly expressions?: FilterExpressions;
}

/** The name and the exit of the native sync. */
export const NATIVE_FILTER: SyncFilter = { column: "new_synctomkto", exit: "freeze" };

/** The entity's filter column, where it has one. A column of that name that is not a yes/no filters nothing. */
export function filterAttribute(
  { attributes }: Pick<Entity, "attributes">,
  column: string,
): Attribute | undefined {
  return attributes.find(({ name, type, readable }) => name === column && type === "Boolean" && readable);
}

/** True only for an explicit No. */
export function isExcluded(answer: WireValue | undefined): boolean {
  return answer === false;
}
