/**
 * The store's side of a push, behind the engine's port.
 */
import type { ErrorCode } from "../core/errors.ts";
import type { PushStore } from "../core/push-port.ts";
import type { EntityTrouble, Lease, StoredEntity } from "../core/store-port.ts";
import { setPushTrouble } from "./cycles.ts";
import type { Database, Queryable } from "./database.ts";
import { asSyncError, marketingTable, transaction } from "./database.ts";
import { readDue } from "./due.ts";
import { requireLease } from "./lease.ts";
import { tableRefused } from "./refusal.ts";
import { ofKind } from "./row-place.ts";
import type { PushPlace } from "./settle.ts";
import { noteSent, settle } from "./settle.ts";

/** Opens it on a database that has been migrated. */
export function openPushStore(database: Database): PushStore {
  const { workspace } = database;
  const placed = (lease: Lease, entity: StoredEntity): PushPlace => ({ workspace, lease, entity });
  return {
    async due(lease, entity, wish) {
      try {
        return await readDue(database.pool, workspace, lease, { entity, wish });
      } catch (error) {
        const { table, entity: name } = entity.mapping;
        throw tableRefused(asSyncError(error), workspace, { table, columns: wish.columns, entity: name });
      }
    },
    noteSent: (lease, entity, sendings) =>
      transaction(database, async (client) => {
        await requireLease(client, lease);
        return noteSent(client, placed(lease, entity), sendings);
      }),
    settle: (lease, entity, settling) =>
      transaction(database, async (client) => {
        await requireLease(client, lease);
        return settle(client, placed(lease, entity), settling);
      }),
    setPushTrouble: (lease, entity, trouble) =>
      transaction(database, async (client) => {
        await requireLease(client, lease);
        await setPushTrouble(client, entity, trouble);
      }),
    reviewPushTrouble: (lease, entity) =>
      transaction(database, async (client) => {
        await requireLease(client, lease);
        return reviewPushTrouble(client, placed(lease, entity));
      }),
  };
}

/** Clears the trouble when nothing waits for a later moment, neither an edit nor a person to be made; changes that are parked have their own reason. */
async function reviewPushTrouble(client: Queryable, place: PushPlace): Promise<EntityTrouble | null> {
  const { workspace, lease, entity } = place;
  const { rowCount } = await client.query(
    `select from pending_changes p join ${marketingTable(workspace, entity.mapping.table)} t on t.id = p.row_id
      where p.connection_id = $1 and p.table_name = $2 and p.attempts > 0 and p.parked is null
        and not t.crm_deleted and ${ofKind(entity)}
     union all
     select from sync_requests
      where connection_id = $1 and entity = $3 and attempts > 0 and state in ('queued', 'creating', 'qualifying')
     union all
     select from errands where entity_id = $4 and parked is null and (kind = 'delete' or attempts > 0)
     union all
     select from ${marketingTable(workspace, "campaign_members")}
      where $3 = 'list' and state in ('asked-to-add', 'asked-to-remove') and attempts > 0
      limit 1`,
    [lease.connectionId, entity.mapping.table, entity.mapping.entity, entity.id],
  );
  if (rowCount === 0) await setPushTrouble(client, entity, null);
  const { rows } = await client.query<{ code: ErrorCode | null; message: string }>(
    "select push_trouble ->> 'code' as code, push_trouble ->> 'message' as message from entities where id = $1",
    [entity.id],
  );
  const [row] = rows;
  return row === undefined || row.code === null ? null : { code: row.code, message: row.message };
}
