/**
 * A record takes over the row of another: the row keeps its id, its history, what marketing alone owns, and the edits
 * that still have to travel.
 */
import type pg from "pg";
import type { Activity } from "../core/activity.ts";
import type { Adoption } from "../core/life-plan.ts";
import { recordActivities } from "./activities.ts";
import type { Queryable } from "./database.ts";
import type { RowPlace } from "./row-place.ts";
import { travellingColumns } from "./travelling.ts";

/**
 * Makes leads' rows those of the contacts they became, before the contacts' values are written: the same row is a
 * contact's from here on. A lead whose row is gone gives nothing; its contact gets a row with its values.
 */
export async function adoptRows(
  client: pg.ClientBase,
  place: RowPlace,
  adopts: readonly Adoption[],
): Promise<void> {
  if (adopts.length === 0) return;
  const contacts = adopts.map(({ row }) => row.id);
  const { rows } = await client.query<Adopted>(
    `update ${place.table} t set crm_id = a.contact, crm_type = 'contact', updated_at = now()
       from unnest($1::uuid[], $2::uuid[]) as a(lead, contact)
      where t.crm_id = a.lead and (t.crm_type = 'lead' or t.crm_type is null)
        and not exists (select from ${place.table} other where other.crm_id = a.contact)
     returning t.id, a.lead, a.contact`,
    [adopts.map(({ lead }) => lead), contacts],
  );
  await client.query(
    `insert into links (entity_id, crm_id, row_id, version) select $1, crm_id, 0, 0 from unnest($2::uuid[]) as crm_id
     on conflict (entity_id, crm_id) do update set state = 'l'`,
    [place.entity.id, contacts],
  );
  await countAdopted(client, place, rows.length);
  const kept = await keepTravelling(client, place, rows);
  await moveLeads(client, place, { adopts, kept });
  const told = place.told ? rows.map(qualified) : [];
  await recordActivities(client, place, { ...place, cycle: null }, [...told, ...kept.map(keptApart)]);
}

/** Rows change hands; the counters that people see follow. */
async function countAdopted(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  count: number,
): Promise<void> {
  await client.query(
    `update entities set rows = rows + case when id = $2 then $3::int else -$3::int end
      where id = $2 or (connection_id = $1 and name = 'lead')`,
    [connectionId, entity.id, count],
  );
}

/** The leads' persons are the contacts' from here on. */
async function moveLeads(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  { adopts, kept }: { readonly adopts: readonly Adoption[]; readonly kept: readonly Kept[] },
): Promise<void> {
  const columnsOf = new Map(kept.map(({ adopted, columns }) => [adopted.lead, columns]));
  const moves = adopts.map(({ lead, row }) => ({ lead, contact: row.id, kept: columnsOf.get(lead) ?? [] }));
  await client.query(
    `with moved as (
       insert into moves (entity_id, crm_id, to_entity_id, to_crm_id, kind, state, kept)
       select e.id, m.lead, $2, m.contact, 'qualified', 'd', m.kept
         from json_to_recordset($3) as m(lead uuid, contact uuid, kept text[])
         join entities e on e.connection_id = $1 and e.name = 'lead'
       returning entity_id, crm_id
     )
     update links l set state = 'm' from moved m where l.entity_id = m.entity_id and l.crm_id = m.crm_id`,
    [connectionId, entity.id, JSON.stringify(moves)],
  );
}

interface Adopted {
  readonly id: string;
  readonly lead: string;
  readonly contact: string;
}

function qualified({ id, lead, contact }: Adopted): Activity {
  return {
    rowId: id,
    crmId: contact,
    kind: "qualified",
    origin: "dynamics",
    changes: { crm_id: { from: lead, to: contact }, crm_type: { from: "lead", to: "contact" } },
  };
}

/** Columns of an adopted row with an edit that cannot travel any more. */
interface Kept {
  readonly adopted: Adopted;
  readonly columns: readonly string[];
}

/**
 * Edits go along and are due at once, whatever became of them as the lead's. Those of columns that a contact does not
 * have cannot travel any more: the row keeps their values.
 */
async function keepTravelling(
  client: Queryable,
  { connectionId, entity }: RowPlace,
  adopted: readonly Adopted[],
): Promise<readonly Kept[]> {
  const { table } = entity.mapping;
  const rowIds = adopted.map(({ id }) => id);
  const travelling = travellingColumns(entity.mapping);
  const { rows } = await client.query<{ row_id: string; columns: readonly string[] }>(
    `select row_id, array(select jsonb_object_keys(agreed) except select unnest($4::text[])) as columns
       from pending_changes where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])`,
    [connectionId, table, rowIds, travelling],
  );
  if (rows.length === 0) return [];
  const only = (cells: string): string =>
    `coalesce((select jsonb_object_agg(key, value) from jsonb_each(${cells}) where key = any($4)), '{}')`;
  await client.query(
    `update pending_changes set agreed = ${only("agreed")}, sent = ${only("sent")},
                                parked = null, attempts = 0, retry_at = null
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])`,
    [connectionId, table, rowIds, travelling],
  );
  await client.query(
    `delete from pending_changes
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[]) and agreed = '{}'`,
    [connectionId, table, rowIds],
  );
  const columnsOf = new Map(rows.map(({ row_id, columns }) => [row_id, columns]));
  return adopted
    .map((each) => ({ adopted: each, columns: columnsOf.get(each.id) ?? [] }))
    .filter(({ columns }) => columns.length > 0);
}

function keptApart({ adopted: { id, contact }, columns }: Kept): Activity {
  return {
    rowId: id,
    crmId: contact,
    kind: "kept-apart",
    origin: "sync",
    changes: {},
    detail: `${columns.join(", ")}: only a lead has this in Dynamics, so the edit stays in marketing.`,
  };
}
