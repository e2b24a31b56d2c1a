import type { Link } from "../core/link.ts";
import type { StoredEntity } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

const STATES = { l: "live", d: "deleted", t: "tombstone", m: "moved", f: "frozen" } as const;

/** Row of a link whose record never had one; row ids begin at 1. */
export const NO_ROW = "0";

/** Links of the given ids; ids without a link are absent. One index probe an id. */
export async function readLinks(
  client: Queryable,
  entity: StoredEntity,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Link>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{
    crm_id: string;
    row_id: string;
    version: string;
    state: keyof typeof STATES;
  }>({
    name: "read-links",
    // What our own last write made of a record is no reason to bring back whom marketing deleted after it.
    text: `select crm_id, row_id, case state when 't' then greatest(version, written) else version end as version, state
             from links where entity_id = $1 and crm_id = any($2::uuid[])`,
    values: [entity.id, ids],
  });
  return new Map(
    rows.map(({ crm_id, row_id, version, state }) => [
      crm_id,
      { rowId: row_id === NO_ROW ? null : row_id, version, state: STATES[state] },
    ]),
  );
}

/** Whether any record of the entity was ever linked. */
export async function hasLinks(client: Queryable, entity: StoredEntity): Promise<boolean> {
  const { rowCount } = await client.query("select from links where entity_id = $1 limit 1", [entity.id]);
  return rowCount === 1;
}
