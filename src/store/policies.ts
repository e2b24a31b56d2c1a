/**
 * Which way fields travel, who wins a conflict over them, what their rule is, and whether deletes travel: as people set
 * it.
 */
import { SyncError } from "../core/errors.ts";
import type { Direction } from "../core/mapping.ts";
import type { Deletes, FieldRule, Winner } from "../core/policy.ts";
import { defaultWinner } from "../core/policy.ts";
import type { Queryable } from "./database.ts";
import { noteFills } from "./feed-backfills.ts";
import { noteFieldsChanged } from "./fields.ts";

/** A field's policy as people see it. */
export interface ListedPolicy {
  readonly entity: string;
  readonly attribute: string;
  readonly table: string;
  readonly column: string;
  readonly direction: Direction;
  /** Who wins now, by the field's own rule or the entity's. */
  readonly winner: Winner;
  /** True where the field has a winner of its own. */
  readonly own: boolean;
  readonly rule: FieldRule | null;
  /** What becomes in Dynamics of a record of the entity whose row marketing deletes. */
  readonly deletes: Deletes;
}

/** A change of policy. What is absent stays; null takes back what was set. */
export interface PolicyWish {
  readonly entity: string;
  /** Attribute; without one, the wish is about the whole entity, and only a winner and `deletes` can be set. */
  readonly field?: string;
  readonly winner?: Winner | null;
  readonly rule?: FieldRule | null;
  readonly direction?: Direction;
  /** Of the whole entity only. */
  readonly deletes?: Deletes;
}

/** Policies of the fields that are on, of one entity or of all. */
export async function listPolicies(client: Queryable, entity?: string): Promise<readonly ListedPolicy[]> {
  const { rows } = await client.query<Omit<ListedPolicy, "winner"> & { readonly winner: Winner | null }>(
    `select e.name as entity, f.attribute, e.table_name as "table", f.column_name as "column", f.direction,
            coalesce(f.winner, e.winner) as winner, f.winner is not null as own, f.rule, e.deletes
       from fields f join entities e on e.id = f.entity_id
      where f.enabled and ($1::text is null or e.name = $1)
      order by e.id, f.column_name`,
    [entity ?? null],
  );
  return rows.map((row) => ({ ...row, winner: row.winner ?? defaultWinner(row.entity) }));
}

/**
 * Sets a policy; it holds from the next page and the next push on.
 *
 * A field that begins to be read from Dynamics is filled by a backfill when records were read already.
 * @throws SyncError `configuration_invalid` when the entity or its field is not known
 */
export async function setPolicy(client: Queryable, wish: PolicyWish): Promise<void> {
  const found = await client.query<{ id: number }>("select id from entities where name = $1", [wish.entity]);
  const [entity] = found.rows;
  if (entity === undefined) throw unknown(`There is no entity ${wish.entity} here.`);
  await noteFieldsChanged(client, wish.entity);
  if (wish.field === undefined) {
    if (wish.rule !== undefined || wish.direction !== undefined) {
      throw unknown("A rule and a direction belong to a field: name it with --field.");
    }
    await setEntityPolicy(client, entity.id, wish);
    return;
  }
  if (wish.deletes !== undefined) {
    throw unknown("Whether deletes travel is decided for a whole entity: leave --field out.");
  }
  const { rowCount } = await client.query(
    `update fields
        set winner = case when $3 then $4 else winner end,
            rule = case when $5 then $6 else rule end,
            direction = coalesce($7, direction),
            unfilled = unfilled or (enabled and direction = 'push' and $7 in ('pull', 'both')
                                    and (select position is not null from entities where id = $1))
      where entity_id = $1 and attribute = $2`,
    [
      entity.id,
      wish.field,
      wish.winner !== undefined,
      wish.winner ?? null,
      wish.rule !== undefined,
      wish.rule ?? null,
      wish.direction ?? null,
    ],
  );
  if (rowCount === 0) throw unknown(`${wish.entity} has no field ${wish.field}.`);
  await client.query(
    `update entities set backfill = true, backfill_position = null
      where id = $1 and exists (select from fields where entity_id = $1 and attribute = $2 and unfilled and enabled)`,
    [entity.id, wish.field],
  );
  await noteFills(client);
}

/** Deletes that wait are let go of when the records are to be kept after all. */
async function setEntityPolicy(
  client: Queryable,
  entityId: number,
  { winner, deletes }: PolicyWish,
): Promise<void> {
  await client.query(
    `update entities set winner = case when $2 then $3 else winner end, deletes = coalesce($4, deletes) where id = $1`,
    [entityId, winner !== undefined, winner ?? null, deletes ?? null],
  );
  if (deletes === "keep") {
    await client.query("delete from errands where entity_id = $1 and kind = 'delete'", [entityId]);
  }
}

function unknown(message: string): SyncError {
  return new SyncError("configuration_invalid", message);
}
