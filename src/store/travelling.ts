import type { EntityMapping } from "../core/mapping.ts";

/** Columns of an entity whose edits travel to Dynamics. */
export function travellingColumns({ fields }: Pick<EntityMapping, "fields">): readonly string[] {
  return fields
    .filter(({ enabled, setAside, direction }) => enabled && setAside === undefined && direction !== "pull")
    .flatMap(({ column, typeColumn }) => (typeColumn === undefined ? [column] : [column, typeColumn]));
}
