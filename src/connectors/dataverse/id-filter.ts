/**
 * Asking about many records by id, in addresses short enough for every server and proxy on the way.
 */
import type { Entity } from "../../core/organization.ts";

/** About 9 KB of address; the service accepts 32. */
const IDS_IN_ONE_ADDRESS = 200;

/** Paths that between them read the given properties of all the given ids. */
export function pathsForIds(
  entity: Pick<Entity, "set" | "primaryId">,
  select: string,
  ids: readonly string[],
): readonly string[] {
  const paths: string[] = [];
  for (let start = 0; start < ids.length; start += IDS_IN_ONE_ADDRESS) {
    const values = JSON.stringify(ids.slice(start, start + IDS_IN_ONE_ADDRESS));
    const filter = `Microsoft.Dynamics.CRM.In(PropertyName='${entity.primaryId}',PropertyValues=${values})`;
    paths.push(`${entity.set}?$select=${select}&$filter=${encodeURIComponent(filter)}`);
  }
  return paths;
}
