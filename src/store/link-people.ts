/**
 * The one transaction in which people are linked: rows, links, what has to travel from here on, history and requests,
 * under the lease.
 */
import type pg from "pg";
import type { Cell } from "../core/cell.ts";
import type { FirstLink, FirstLinked } from "../core/first-link.ts";
import { firstLinkActivities, linkFirst } from "../core/first-link.ts";
import type { Column } from "../core/mapping.ts";
import type { Cells } from "../core/pending.ts";
import type { Linked, Linking } from "../core/request-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { recordActivities } from "./activities.ts";
import { cellText } from "./cell-text.ts";
import type { Database, Queryable } from "./database.ts";
import { quoted, transaction } from "./database.ts";
import { countHour } from "./hours.ts";
import { requireLease } from "./lease.ts";
import { isCollision, isRefusal, refusalOf, tableRefused } from "./refusal.ts";
import { UNLINKED } from "./requests.ts";
import type { RowPlace } from "./row-place.ts";
import { rowPlace } from "./row-place.ts";
import { updateRows } from "./rows.ts";

/** How often a transaction that collides with somebody else's is tried again. */
const REPEATS = 3;

/**
 * Links as many of the people as can be linked. Where the database refuses a value, they are halved until the person it
 * refuses is alone.
 */
export async function linkPeople(
  database: Database,
  lease: Lease,
  entity: StoredEntity,
  linking: Linking,
): Promise<Linked> {
  if (linking.links.length === 0) return { rows: new Set(), refused: new Map() };
  for (let repeats = 0; ;) {
    try {
      const rows = await transaction(database, (client) =>
        linkAll(client, { database, lease, entity }, linking),
      );
      return { rows, refused: new Map() };
    } catch (error) {
      if (repeats < REPEATS && isCollision(error)) repeats += 1;
      else if (isRefusal(error)) return linkHalves(database, lease, entity, { linking, error });
      else throw refusedTable(database, entity, linking, error);
    }
  }
}

type Refusal = Parameters<typeof refusalOf>[0];

async function linkHalves(
  database: Database,
  lease: Lease,
  entity: StoredEntity,
  { linking, error }: { readonly linking: Linking; readonly error: Refusal },
): Promise<Linked> {
  const { links, rules } = linking;
  const [only] = links;
  if (only !== undefined && links.length === 1) {
    return { rows: new Set(), refused: new Map([[only.rowId, refusalOf(error, rules.pulled)]]) };
  }
  const middle = Math.ceil(links.length / 2);
  const first = await linkPeople(database, lease, entity, { ...linking, links: links.slice(0, middle) });
  const second = await linkPeople(database, lease, entity, { ...linking, links: links.slice(middle) });
  return {
    rows: new Set([...first.rows, ...second.rows]),
    refused: new Map([...first.refused, ...second.refused]),
  };
}

function refusedTable(
  { workspace }: Database,
  { mapping }: StoredEntity,
  { rules }: Linking,
  error: unknown,
): unknown {
  return tableRefused(error, workspace, {
    entity: mapping.entity,
    table: mapping.table,
    columns: rules.pulled,
  });
}

interface Scene {
  readonly database: Database;
  readonly lease: Lease;
  readonly entity: StoredEntity;
}

/** A person whose row is locked, and what becomes of it. */
interface Person {
  readonly link: FirstLink;
  /** The record that Dynamics has deleted; null for a person who never had one. */
  readonly before: string | null;
  readonly linked: FirstLinked;
}

async function linkAll(
  client: pg.PoolClient,
  { database, lease, entity }: Scene,
  linking: Linking,
): Promise<ReadonlySet<string>> {
  await requireLease(client, lease);
  const columns = linking.rules.pulled;
  const place = { ...rowPlace(database.workspace, lease, { entity, columns, lane: "live" }), told: false };
  const people = await lockPeople(client, place, linking);
  await giveRecords(client, place, people);
  const rows = people.map(({ link, linked }) => ({
    id: link.record.id,
    version: appliedVersion(link),
    cells: columns.map(({ name }) => linked.row.get(name) ?? null),
  }));
  await updateRows(client, place, rows);
  await leavePending(client, place, people);
  const told = people.flatMap(({ link, linked }) => firstLinkActivities(link, linked));
  await recordActivities(client, lease, { ...place, cycle: linking.cycle }, told);
  const done = new Set(people.map(({ link }) => link.rowId));
  await closeRequests(client, place, { done, linking });
  await entomb(client, place, linking);
  await countHour(client, entity.id, {
    made: told.filter(({ kind }) => kind === "created-in-dynamics").length,
  });
  return done;
}

/** Locks the rows that can be linked, and decides with the values they have under the lock. */
async function lockPeople(
  client: Queryable,
  place: RowPlace,
  { links, rules }: Linking,
): Promise<readonly Person[]> {
  const columns = [...new Map([...rules.pulled, ...rules.pushed].map((one) => [one.name, one])).values()];
  const now = columns.map(({ name, type }, at) => `${cellText(`t.${quoted(name)}`, type)} as "now ${at}"`);
  const { rows } = await client.query<PersonRow>(
    `select ${["t.id", "t.crm_id", ...now].join(", ")} from ${place.table} t
      where t.id = any($1::bigint[]) and ${UNLINKED} order by t.id for update`,
    [links.map(({ rowId }) => rowId)],
  );
  const unlinked = new Map(rows.map((row) => [row.id, row]));
  const taken = await readTaken(client, place, links);
  return links.flatMap((link): Person[] => {
    const row = unlinked.get(link.rowId);
    if (row === undefined || taken.has(link.record.id)) return [];
    return [{ link, before: row.crm_id, linked: linkFirst(link, valuesOf(row, columns), rules) }];
  });
}

interface PersonRow {
  readonly id: string;
  readonly crm_id: string | null;
  readonly [now: `now ${number}`]: Cell;
}

function valuesOf(row: PersonRow, columns: readonly Column[]): Cells {
  return new Map(columns.map(({ name }, at) => [name, row[`now ${at}`] ?? null]));
}

/** Records that are somebody's. */
async function readTaken(
  client: Queryable,
  { table, entity }: RowPlace,
  links: readonly FirstLink[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ crm_id: string }>(
    `select t.crm_id from ${table} t where t.crm_id = any($1::uuid[])
     union all
     select l.crm_id from links l where l.entity_id = $2 and l.crm_id = any($1::uuid[]) and l.state = 'm'`,
    [links.map(({ record }) => record.id), entity.id],
  );
  return new Set(rows.map(({ crm_id }) => crm_id));
}

/** The rows become the records'. A record that a person had before and Dynamics deleted is no longer theirs. */
async function giveRecords(client: Queryable, place: RowPlace, people: readonly Person[]): Promise<void> {
  const { table, entity, connectionId } = place;
  const given = [
    people.map(({ link }) => link.rowId),
    people.map(({ link }) => link.record.id),
    people.map(({ link }) => appliedVersion(link)),
    people.map(({ link }) => link.record.version),
  ];
  await client.query(
    `update links l set state = 't' from entities e
      where e.connection_id = $1 and l.entity_id = e.id and l.crm_id = any($2::uuid[]) and l.state in ('l', 'd')`,
    [connectionId, people.flatMap(({ before }) => before ?? [])],
  );
  await client.query(
    `update ${table} t set crm_id = g.crm_id, crm_type = $3, crm_deleted = false, updated_at = now()
       from unnest($1::bigint[], $2::uuid[]) as g(id, crm_id) where t.id = g.id`,
    [given[0], given[1], entity.mapping.crmType],
  );
  const { rows } = await client.query<{ fresh: boolean }>(
    `insert into links as l (entity_id, crm_id, row_id, version, written)
     select $1, g.crm_id, g.id, g.version, g.written
       from unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[]) as g(id, crm_id, version, written)
     on conflict (entity_id, crm_id) do update
       set row_id = excluded.row_id, state = 'l', version = excluded.version, written = excluded.written
     returning l.xmax = 0 as fresh`,
    [entity.id, ...given],
  );
  const fresh = rows.filter((row) => row.fresh).length;
  await client.query("update entities set rows = rows + $2 where id = $1", [entity.id, fresh]);
}

/**
 * The feed tells the record once more: whatever Dynamics made of what was sent comes home, and what the record says about
 * whose person it is is heard.
 */
function appliedVersion({ record }: FirstLink): string {
  return String(BigInt(record.version) - 1n);
}

/** What has to travel takes the place of what was pending before, which was against a record that is gone. */
async function leavePending(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  people: readonly Person[],
): Promise<void> {
  const own = [connectionId, entity.mapping.table];
  await client.query(
    "delete from pending_changes where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])",
    [...own, people.map(({ link }) => link.rowId)],
  );
  const left = people.filter(({ linked }) => linked.pending.size > 0);
  if (left.length === 0) return;
  await client.query(
    `insert into pending_changes (connection_id, table_name, row_id, agreed)
     select $1, $2, p.row_id, p.agreed from json_to_recordset($3) as p(row_id bigint, agreed jsonb)`,
    [
      ...own,
      JSON.stringify(
        left.map(({ link, linked }) => ({
          row_id: link.rowId,
          agreed: Object.fromEntries(linked.pending),
        })),
      ),
    ],
  );
}

interface Closing {
  readonly done: ReadonlySet<string>;
  readonly linking: Linking;
}

/** Whoever is linked has nothing left to ask for; one who shall be a contact goes on to become one. */
async function closeRequests(
  client: Queryable,
  { connectionId }: RowPlace,
  { done, linking: { qualifying, links } }: Closing,
): Promise<void> {
  const made = new Set(links.flatMap(({ rowId, sent }) => (sent === null ? [] : [rowId])));
  const closed = [...done].map((rowId) =>
    qualifying?.has(rowId) === true
      ? { row_id: rowId, state: "qualifying" }
      : { row_id: rowId, state: "done", outcome: made.has(rowId) ? "created" : "linked" },
  );
  await client.query(
    `update sync_requests r
        set state = d.state, outcome = d.outcome, code = null, field = null, detail = null,
            sent = null, attempts = 0, retry_at = null, changed_at = now()
       from json_to_recordset($2) as d(row_id bigint, state text, outcome text)
      where r.connection_id = $1 and r.row_id = d.row_id and r.state <> 'done'`,
    [connectionId, JSON.stringify(closed)],
  );
}

/**
 * A person who was deleted while their record was made is not made again from it: the record is remembered as one whose
 * person marketing deleted.
 */
async function entomb(
  client: Queryable,
  { table, entity, connectionId }: RowPlace,
  { links }: Linking,
): Promise<void> {
  const made = links.filter(({ sent }) => sent !== null);
  const given = [
    made.map(({ rowId }) => rowId),
    made.map(({ record }) => record.id),
    made.map(({ record }) => record.version),
  ];
  await client.query(
    `with gone as (
       select g.* from unnest($2::bigint[], $3::uuid[], $4::bigint[]) as g(id, crm_id, version)
        where not exists (select from ${table} t where t.id = g.id)
     ), closed as (
       update sync_requests r set state = 'done', outcome = 'gone', sent = null, changed_at = now()
         from gone where r.connection_id = $5 and r.row_id = gone.id and r.state <> 'done'
     )
     insert into links (entity_id, crm_id, row_id, version, state)
     select $1, crm_id, id, version, 't' from gone
     on conflict (entity_id, crm_id) do nothing`,
    [entity.id, ...given, connectionId],
  );
}
