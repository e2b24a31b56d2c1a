/**
 * Backfills as people ask for them, look at them and take them back.
 */
import type { Backfill, BackfillAnswer, BackfillWish } from "../core/backfill.ts";
import type { BackfillConditions } from "../core/backfill-port.ts";
import { SyncError } from "../core/errors.ts";
import { parseConditions } from "../core/filter-expression.ts";
import { forgetRecords } from "./backfill-store.ts";
import type { Database, Queryable } from "./database.ts";
import { marketingTable, transaction } from "./database.ts";

interface BackfillRow {
  readonly id: string;
  readonly entity: string;
  readonly attributes: readonly string[];
  readonly way: Backfill["way"];
  readonly conditions: BackfillConditions;
  readonly state: Backfill["state"];
  readonly read: string;
  readonly expected: string | null;
  readonly rate: number;
  readonly requested_by: string | null;
  readonly requested_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly outcome: string | null;
}

/** Which backfills to list, newest last. */
export interface BackfillList {
  readonly connectionId?: number;
  readonly id?: string;
  /** Only those that are not at their end. */
  readonly open?: boolean;
}

/** Those that are open, and the last that ended: as many as people look at. */
export async function listBackfills(
  client: Queryable,
  { connectionId, id, open = false }: BackfillList = {},
): Promise<readonly Backfill[]> {
  const { rows } = await client.query<BackfillRow>(
    `select * from (
       select b.id, e.name as entity, b.attributes, b.way, b.conditions, b.state, b.read, b.expected,
              case when b.state = 'running' and b.page_at > now() - interval '5 seconds' then b.rate else 0 end as rate,
              b.requested_by, b.requested_at, b.started_at, b.finished_at, b.outcome
         from backfills b join entities e on e.id = b.entity_id
        where ($1::int is null or b.connection_id = $1) and ($2::bigint is null or b.id = $2)
          and (not $3 or b.state in ('queued', 'running'))
        order by b.state in ('queued', 'running') desc, b.id desc limit 100) b
      order by id`,
    [connectionId ?? null, id ?? null, open],
  );
  return rows.map(backfillOf);
}

function backfillOf(row: BackfillRow): Backfill {
  const read = Number(row.read);
  const expected = row.expected === null ? null : Math.max(Number(row.expected), read);
  const left = row.finished_at !== null || expected === null || row.rate <= 0 ? null : expected - read;
  return {
    id: row.id,
    entity: row.entity,
    attributes: row.attributes,
    way: row.way,
    conditions: row.conditions,
    state: row.state,
    read,
    expected,
    rate: row.rate,
    secondsLeft: left === null ? null : Math.ceil(left / row.rate),
    requestedAt: row.requested_at.toISOString(),
    requestedBy: row.requested_by,
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    outcome: row.outcome,
  };
}

interface WishedField {
  readonly attribute: string;
  readonly enabled: boolean;
  readonly unfilled: boolean;
  readonly direction: string;
  readonly set_aside: string | null;
  /** Of the entity: that its feed has begun, and that it is kept in step. */
  readonly read: boolean;
  readonly followed: boolean;
}

/**
 * Of the wished attributes, those that are off and have to be switched on first.
 * @throws SyncError `configuration_invalid` when the wish cannot be fulfilled, with the reason; nothing is changed
 */
export async function fieldsToSwitchOn(client: Queryable, wish: BackfillWish): Promise<readonly string[]> {
  const { entity, attributes, conditions, records } = wish;
  if (records !== null && (conditions.created ?? conditions.changed) !== undefined) {
    throw invalid("Records that are named are not chosen by time as well.");
  }
  const { rows } = await client.query<WishedField>(
    `select f.attribute, f.enabled, f.unfilled, f.direction, f.set_aside, e.position is not null as read,
            e.followed
       from fields f join entities e on e.id = f.entity_id where e.name = $1`,
    [entity],
  );
  if (rows.length === 0) throw invalid(`There is no entity ${entity} here.`);
  const known = new Set(rows.map(({ attribute }) => attribute));
  const named = [...attributes, ...conditionFields(conditions)];
  const strange = named.filter((attribute) => !known.has(attribute));
  if (strange.length > 0) throw invalid(`${entity} has no field ${strange.join(", ")}.`);
  demandFollowed(entity, rows[0]);
  const wanted = rows.filter(({ attribute }) => attributes.includes(attribute));
  for (const { attribute, direction, set_aside } of wanted) {
    if (direction === "push") throw invalid(`${attribute} travels only to Dynamics: nothing of it is read.`);
    if (set_aside !== null) throw invalid(`${attribute} is set aside: ${set_aside}`);
  }
  return wanted.filter(({ enabled }) => !enabled).map(({ attribute }) => attribute);
}

function demandFollowed(
  entity: string,
  { followed, read }: Pick<WishedField, "followed" | "read"> = { followed: false, read: false },
): void {
  if (!followed) throw invalid(`${entity} is off: \`tandem entities --on ${entity}\` brings all its values.`);
  if (!read) throw invalid(`${entity} is still to be read for the first time: that brings all its values.`);
}

/** Fields that the conditions are about. */
function conditionFields({ created, changed, where }: BackfillConditions): readonly string[] {
  return [
    ...(created === undefined ? [] : ["createdon"]),
    ...(changed === undefined ? [] : ["modifiedon"]),
    ...(where === undefined ? [] : parseConditions(where).map(({ attribute }) => attribute)),
  ];
}

/**
 * Files a backfill of chosen records. Fields that wait for the whole read of their feed are in it only where records were
 * chosen, which then have them sooner.
 * @throws SyncError `configuration_invalid` when none of the named records is one of the entity's
 */
export async function fileBackfill(
  database: Database,
  wish: BackfillWish,
  by: string,
): Promise<Omit<BackfillAnswer, "backfills"> & { readonly id: string | null }> {
  return transaction(database, async (client) => {
    const place = await placeOf(client, wish);
    if (place.attributes.length === 0) return { id: null, unknown: NONE };
    const { rows } = await client.query<{ id: string }>(
      `insert into backfills (connection_id, entity_id, attributes, way, conditions, expected, requested_by)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [
        place.connectionId,
        place.entityId,
        place.attributes,
        wish.records === null ? "filter" : "ids",
        JSON.stringify(wish.conditions),
        wish.conditions.created === undefined && wish.conditions.changed === undefined
          ? place.expected
          : null,
        by,
      ],
    );
    const id = rows[0]?.id ?? "0";
    if (wish.records === null) return { id, unknown: NONE };
    const unknown = await nameRecords(client, marketingTable(database.workspace, place.table), {
      id,
      entityId: place.entityId,
      records: wish.records,
    });
    return { id, unknown: { count: unknown.length, first: unknown.slice(0, MOST_NAMED) } };
  });
}

const NONE = { count: 0, first: [] };
const MOST_NAMED = 10;

interface Place {
  readonly connectionId: number;
  readonly entityId: number;
  readonly table: string;
  readonly expected: string | null;
  readonly attributes: readonly string[];
}

async function placeOf(client: Queryable, wish: BackfillWish): Promise<Place> {
  const { rows } = await client.query<Place & { readonly filled: readonly string[] }>(
    `select e.connection_id as "connectionId", e.id as "entityId", e.table_name as "table", e.expected,
            array(select distinct f.attribute from fields f
                   where f.entity_id = e.id and f.attribute = any($2) and f.enabled and not f.unfilled) as filled
       from entities e where e.name = $1`,
    [wish.entity, wish.attributes],
  );
  const [place] = rows;
  if (place === undefined) throw invalid(`There is no entity ${wish.entity} here.`);
  const chosen = wish.records !== null || Object.keys(wish.conditions).length > 0;
  return { ...place, attributes: chosen ? wish.attributes : place.filled };
}

interface NamedRecords {
  readonly id: string;
  readonly entityId: number;
  readonly records: readonly string[];
}

/** Notes records that were named by row or by id. Returns the names of nobody. */
async function nameRecords(
  client: Queryable,
  table: string,
  { id, entityId, records }: NamedRecords,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; crm_id: string | null }>(
    `select n.name, l.crm_id
       from unnest($2::text[]) as n(name)
       left join ${table} t on t.id = case when n.name !~ '-' then n.name::bigint end
       left join links l on l.entity_id = $1 and l.state in ('l', 'm')
                        and l.crm_id = case when n.name ~ '-' then n.name::uuid else t.crm_id end`,
    [entityId, [...new Set(records)]],
  );
  const known = rows.flatMap(({ crm_id }) => crm_id ?? []);
  const unknown = rows.filter(({ crm_id }) => crm_id === null).map(({ name }) => name);
  if (known.length === 0)
    throw invalid(`None of them is a record here: ${unknown.slice(0, MOST_NAMED).join(", ")}.`);
  await client.query(
    "insert into backfill_records (backfill_id, crm_id) select $1, unnest($2::uuid[]) on conflict do nothing",
    [id, known],
  );
  await client.query(
    "update backfills set expected = (select count(*) from backfill_records where backfill_id = $1) where id = $1",
    [id],
  );
  return unknown;
}

/**
 * Takes a backfill back; what it brought stays. One that is at its end stays what it is; null when there is none of that
 * number.
 * @throws SyncError `configuration_invalid` for one that goes along with the feed
 */
export async function cancelBackfill(database: Database, id: string): Promise<Backfill | null> {
  const [backfill] = await listBackfills(database.pool, { id });
  if (backfill === undefined) return null;
  const { way, entity, attributes, finishedAt } = backfill;
  if (way === "feed" && finishedAt === null) {
    throw invalid(
      `It fills fields that were switched on. Switch them off instead: \`tandem fields ${entity} --off ${attributes.join(",")}\`.`,
    );
  }
  await transaction(database, async (client) => {
    await client.query(
      `update backfills set state = 'cancelled', finished_at = now()
        where id = $1 and state in ('queued', 'running')`,
      [id],
    );
    await forgetRecords(client, id);
  });
  return (await listBackfills(database.pool, { id }))[0] ?? null;
}

function invalid(message: string): SyncError {
  return new SyncError("configuration_invalid", message);
}
