/**
 * Entities of a connection with their mapping and their feed's position.
 */
import type { ApprovedDeletes } from "../core/guard.ts";
import type { Direction, EntityMapping, FieldMapping } from "../core/mapping.ts";
import type { FieldRule, Winner } from "../core/policy.ts";
import { isOptOut } from "../core/policy.ts";
import type {
  DescribedAttribute,
  EntityDescription,
  Lease,
  StoredChoice,
  StoredEntity,
} from "../core/store-port.ts";
import { captureEdits } from "./capture.ts";
import { beginCompare } from "./compare.ts";
import type { Queryable, Workspace } from "./database.ts";
import { noteFills } from "./feed-backfills.ts";
import { relabelRows } from "./relabel.ts";

interface EntityRow {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly table_name: string;
  readonly crm_type: "lead" | "contact" | null;
  readonly winner: Winner | null;
  readonly position: string | null;
  readonly complete: boolean;
  readonly rows: string;
  readonly held: number;
  readonly approved: ApprovedDeletes;
  readonly compare: "owed" | "open" | null;
  readonly backfill: boolean;
  readonly backfill_position: string | null;
  readonly refill: boolean;
  readonly troubled: boolean;
  readonly push_troubled: boolean;
  readonly fields_revision: string;
  readonly witness_id: string | null;
  readonly witness_version: string | null;
  readonly fields: readonly FieldRow[] | null;
}

interface FieldRow {
  readonly attribute: string;
  readonly column: string;
  readonly typeColumn: string | null;
  readonly direction: Direction;
  readonly enabled: boolean;
  readonly unfilled: boolean;
  readonly setAside: string | null;
  readonly refused: boolean;
  readonly insteadOf: string | null;
  readonly asText: boolean;
  readonly winner: Winner | null;
  readonly rule: FieldRule | null;
}

const ENTITIES = `
  select e.id, e.name, e.label, e.table_name, e.crm_type, e.winner, e.position, e.complete, e.rows,
         (select count(*)::int from held_deletes h where h.entity_id = e.id) as held, e.compare, e.backfill,
         (select json_build_object(
                   'fromDynamics', a.count * coalesce(e.held_peak > 0 or e.compare = 'open'
                                                      and e.trouble ->> 'code' = 'mass_change', false)::int,
                   'errands', a.count * (e.errands_peak > 0)::int, 'actions', a.count * (e.actions_peak > 0)::int)
            from (select case when e.approved_at > now() - interval '1 day' then e.approved else 0 end as count) a)
           as approved,
         e.backfill_position, e.refill, e.trouble is not null as troubled,
         e.push_trouble is not null as push_troubled, e.fields_revision, e.witness_id, e.witness_version,
         (select json_agg(json_build_object(
                   'attribute', f.attribute, 'column', f.column_name, 'typeColumn', f.type_column,
                   'direction', f.direction, 'enabled', f.enabled, 'unfilled', f.unfilled, 'setAside', f.set_aside,
                   'refused', coalesce(f.set_aside is not null and f.refused_until > now(), false),
                   'insteadOf', f.instead_of, 'asText', f.as_text,
                   'winner', f.winner, 'rule', f.rule)
                   order by f.column_name)
            from fields f where f.entity_id = e.id) as fields
    from entities e`;

/** The connection's entities, in the order they were connected. */
export async function readEntities(
  client: Queryable,
  connectionId: number,
): Promise<readonly StoredEntity[]> {
  const { rows } = await client.query<EntityRow>(`${ENTITIES} where e.connection_id = $1 order by e.id`, [
    connectionId,
  ]);
  return rows.map(storedEntity);
}

/** Stores an entity, new or known: its mapping becomes the given one, its position stays. */
export async function saveEntity(
  client: Queryable,
  lease: Lease,
  { workspace, description }: { readonly workspace: Workspace; readonly description: EntityDescription },
): Promise<StoredEntity> {
  const { mapping, label, changeTracking, attributes } = description;
  const { rows } = await client.query<{ id: number; returned: boolean }>(
    `insert into entities (connection_id, name, label, table_name, crm_type, change_tracking, available)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (connection_id, name) do update
       set label = excluded.label, change_tracking = excluded.change_tracking, available = excluded.available,
           followed = true
     returning id, coalesce(trouble ->> 'code' = 'entity_missing' and position is not null, false) as returned`,
    [
      lease.connectionId,
      mapping.entity,
      label,
      mapping.table,
      mapping.crmType ?? null,
      changeTracking,
      attributes.size,
    ],
  );
  const id = rows[0]?.id ?? 0;
  if (rows[0]?.returned === true) await takeBack(client, id);
  await saveFields(client, id, description);
  await captureEdits(client, workspace, { connectionId: lease.connectionId, table: mapping.table });
  for (const relabelling of description.relabellings) {
    await relabelRows(client, workspace, mapping, relabelling);
  }
  await saveChoices(client, id, description.choices);
  if (description.terms !== undefined) await saveTerms(client, lease, { id, mapping }, description.terms);
  const saved = await client.query<EntityRow>(`${ENTITIES} where e.id = $1`, [id]);
  const [row] = saved.rows;
  if (row === undefined) throw new Error(`entity ${mapping.entity} vanished while it was being saved`);
  return storedEntity(row);
}

/** What is there again under the name may be another table: its feed is not trusted, and everything is compared. */
async function takeBack(client: Queryable, id: number): Promise<void> {
  await beginCompare(client, { id });
  await client.query("update entities set trouble = null where id = $1", [id]);
}

/** When Dynamics asks something else of the values than before, those that did not fit get another chance. */
async function saveTerms(
  client: Queryable,
  { connectionId }: Lease,
  { id, mapping }: Pick<StoredEntity, "id" | "mapping">,
  terms: string,
): Promise<void> {
  const { rowCount } = await client.query(
    "update entities set terms = md5($2) where id = $1 and terms is distinct from md5($2)",
    [id, terms],
  );
  if (rowCount === 0) return;
  await client.query(
    `update pending_changes set parked = null, attempts = 0, retry_at = null
      where connection_id = $1 and table_name = $2 and parked ->> 'code' = 'value_invalid'`,
    [connectionId, mapping.table],
  );
}

/**
 * Stores fields and their descriptions; switches that people set stay. A field that joins, or comes back after it was
 * set aside, waits for a backfill when records were read already: the feed that is followed does not select it.
 */
async function saveFields(
  client: Queryable,
  entityId: number,
  description: EntityDescription,
): Promise<void> {
  const { mapping, attributes } = description;
  const fields = mapping.fields.map((field) => ({
    attribute: field.attribute,
    column_name: field.column,
    type_column: field.typeColumn ?? null,
    direction: field.direction,
    enabled: field.enabled,
    opt_out: isOptOut(field.attribute),
    set_aside: field.setAside ?? null,
    ...described(field.attribute, attributes.get(field.attribute)),
    ...(field.asText === true ? { column_type: "text" } : {}),
  }));
  await client.query(
    `with waiting as (
       select attribute, column_name from fields where entity_id = $1 and unfilled and set_aside is null
     ), saved as (
       insert into fields (entity_id, attribute, label, type, column_name, type_column, column_type, direction,
                           enabled, writable, opt_out, set_aside, targets, unfilled)
       select e.id, f.attribute, f.label, f.type, f.column_name, f.type_column, f.column_type, f.direction, f.enabled,
              f.writable, f.opt_out, f.set_aside, array(select json_array_elements_text(f.targets)),
              f.enabled and f.direction <> 'push' and f.set_aside is null and e.position is not null
         from entities e, json_to_recordset($2) as f(
                attribute text, label text, type text, column_name text, type_column text, column_type text,
                direction text, enabled boolean, writable boolean, opt_out boolean, set_aside text,
                targets json)
        where e.id = $1
       on conflict (entity_id, attribute, column_name) do update
         set label = excluded.label, type = excluded.type, column_type = excluded.column_type,
             writable = excluded.writable, opt_out = excluded.opt_out, set_aside = excluded.set_aside,
             targets = excluded.targets,
             unfilled = fields.unfilled or (fields.enabled and fields.set_aside is not null and excluded.unfilled)
       returning attribute, column_name, unfilled, set_aside
     )
     update entities set backfill = true, backfill_position = null
      where id = $1 and exists (
        select from saved where unfilled and set_aside is null
           and (attribute, column_name) not in (select attribute, column_name from waiting))`,
    [entityId, JSON.stringify(fields)],
  );
  await noteFills(client);
}

/** What is known of a field's attribute, in the words of the table. */
function described(name: string, attribute: DescribedAttribute | undefined): object {
  return {
    label: attribute?.label ?? name,
    type: attribute?.type ?? "unknown",
    column_type: attribute?.columnType ?? null,
    writable: attribute?.writable ?? true,
    targets: attribute?.targets ?? [],
  };
}

async function saveChoices(
  client: Queryable,
  entityId: number,
  choices: readonly StoredChoice[],
): Promise<void> {
  const now = [entityId, JSON.stringify(choices)];
  await client.query(
    `insert into choices (entity_id, attribute, value, label)
     select $1, attribute, value, label
       from json_to_recordset($2) as c(attribute text, value int, label text)
     on conflict (entity_id, attribute, value) do update set label = excluded.label, gone = false
      where choices.gone or choices.label is distinct from excluded.label`,
    now,
  );
  await client.query(
    `with now as (select attribute, value from json_to_recordset($2) as c(attribute text, value int))
     update choices set gone = true
      where entity_id = $1 and not gone and attribute in (select attribute from now)
        and (attribute, value) not in (select attribute, value from now)`,
    now,
  );
}

export async function readChoices(client: Queryable, entity: StoredEntity): Promise<readonly StoredChoice[]> {
  const { rows } = await client.query<StoredChoice>(
    "select attribute, value, label, gone from choices where entity_id = $1",
    [entity.id],
  );
  return rows;
}

function storedEntity(row: EntityRow): StoredEntity {
  const mapping: EntityMapping = {
    entity: row.name,
    table: row.table_name,
    ...(row.crm_type === null ? {} : { crmType: row.crm_type }),
    ...(row.winner === null ? {} : { winner: row.winner }),
    fields: (row.fields ?? []).map(fieldMapping),
  };
  return {
    id: row.id,
    mapping,
    label: row.label,
    position: row.position,
    complete: row.complete,
    rows: Number(row.rows),
    held: row.held,
    approved: row.approved,
    compare: row.compare,
    backfill: row.backfill,
    backfillPosition: row.backfill_position,
    refill: row.refill,
    troubled: row.troubled,
    pushTroubled: row.push_troubled,
    fieldsRevision: row.fields_revision,
    witness:
      row.witness_id === null || row.witness_version === null
        ? null
        : { id: row.witness_id, version: row.witness_version },
  };
}

function fieldMapping(row: FieldRow): FieldMapping {
  return {
    attribute: row.attribute,
    column: row.column,
    direction: row.direction,
    enabled: row.enabled,
    ...(row.typeColumn === null ? {} : { typeColumn: row.typeColumn }),
    ...(row.unfilled ? { unfilled: true } : {}),
    ...(row.setAside === null ? {} : { setAside: row.setAside }),
    ...(row.refused ? { refused: true } : {}),
    ...(row.insteadOf === null ? {} : { insteadOf: row.insteadOf }),
    ...(row.asText ? { asText: true } : {}),
    ...(row.winner === null ? {} : { winner: row.winner }),
    ...(row.rule === null ? {} : { rule: row.rule }),
  };
}
