/**
 * What a record that takes over a row does not have of it, noted before its values are written.
 */
import type { Cell } from "../core/cell.ts";
import { linkFirst } from "../core/first-link.ts";
import type { Linking } from "../core/request-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { cellText } from "./cell-text.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";

interface OwedPlace {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly entity: StoredEntity;
}

/** An edit that is pending already keeps what was agreed on. */
export async function oweFirst(
  client: Queryable,
  { workspace, lease, entity }: OwedPlace,
  { links, rules }: Pick<Linking, "links" | "rules">,
): Promise<void> {
  const { table } = entity.mapping;
  const now = rules.pushed.map(
    ({ name, type }, at) => `${cellText(`t.${quoted(name)}`, type)} as "now ${at}"`,
  );
  const { rows } = await client.query<{ readonly id: string; readonly [now: `now ${number}`]: Cell }>(
    `select ${["t.id", ...now].join(", ")} from ${marketingTable(workspace, table)} t
      where t.id = any($1::bigint[]) order by t.id for update`,
    [links.map(({ rowId }) => rowId)],
  );
  const byRow = new Map(rows.map((row) => [row.id, row]));
  const owed = links.flatMap((link) => {
    const row = byRow.get(link.rowId);
    if (row === undefined) return [];
    const values = new Map(rules.pushed.map(({ name }, at) => [name, row[`now ${at}`] ?? null]));
    const { pending } = linkFirst(link, values, rules);
    return pending.size === 0 ? [] : [{ row_id: link.rowId, agreed: Object.fromEntries(pending) }];
  });
  await client.query(
    `insert into pending_changes as p (connection_id, table_name, row_id, agreed)
     select $1, $2, o.row_id, o.agreed from json_to_recordset($3) as o(row_id bigint, agreed jsonb)
     on conflict (connection_id, table_name, row_id)
     do update set agreed = excluded.agreed || p.agreed, revision = p.revision + 1, changed_at = now()`,
    [lease.connectionId, table, JSON.stringify(owed)],
  );
}
