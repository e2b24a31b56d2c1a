/**
 * Whose person a record's person is: what records say about it, remembered whatever the order in which they come.
 */
import type { Move, Versioned } from "../core/life-plan.ts";
import type { StoredEntity } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";
import type { RowPlace } from "./row-place.ts";

/** Leads of the entity's connection with a row that nobody has taken over, nor is about to. */
export async function readFreeLeads(
  client: Queryable,
  contacts: StoredEntity,
  leads: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ crm_id: string }>(
    `select l.crm_id from links l
      where l.entity_id = ${LEADS("(select connection_id from entities where id = $1)")}
        and l.crm_id = any($2::uuid[]) and l.state in ('l', 'd')
        and not exists (select from moves m where m.entity_id = l.entity_id and m.crm_id = l.crm_id)`,
    [contacts.id, leads],
  );
  return new Set(rows.map(({ crm_id }) => crm_id));
}

/** SQL of the id of a connection's leads. */
const LEADS = (connection: string): string =>
  `(select id from entities where connection_id = ${connection} and name = 'lead')`;

/**
 * Remembers what a page's records say; what was said of a record before stands. Where both have a person, the two
 * become one at the end of the walk. A lead without a person of its own is the contact's from here on, so that it
 * never becomes one; also one that was not seen yet.
 */
export async function noteMoves(
  client: Queryable,
  { connectionId, entity }: Pick<RowPlace, "connectionId" | "entity">,
  moves: readonly Move[],
): Promise<void> {
  if (moves.length === 0) return;
  await client.query(
    `with told as (
       select case m.kind when 'qualified' then ${LEADS("$2")} else $1 end as entity_id, m.*
         from unnest($3::uuid[], $4::uuid[], $5::text[]) with ordinality as m(crm_id, to_crm_id, kind, place)
     ), noted as (
       insert into moves (entity_id, crm_id, to_entity_id, to_crm_id, kind, state)
       select t.entity_id, t.crm_id, $1, t.to_crm_id, t.kind,
              case when l.state in ('l', 'd') or (l.state = 'f' and l.row_id > 0 and t.kind = 'merged')
                   then 'n' else 'd' end
         from told t left join links l using (entity_id, crm_id)
        where t.entity_id is not null
        order by t.place
       on conflict do nothing
       returning *
     )
     insert into links (entity_id, crm_id, row_id, version, state)
     select n.entity_id, n.crm_id, c.row_id, 0, 'm'
       from noted n join links c on c.entity_id = n.to_entity_id and c.crm_id = n.to_crm_id
      where n.kind = 'qualified' and n.state = 'd'
     on conflict (entity_id, crm_id)
     do update set state = 'm', row_id = excluded.row_id where links.state in ('t', 'f')`,
    [
      entity.id,
      connectionId,
      moves.map(({ from }) => from),
      moves.map(({ to }) => to),
      moves.map(({ kind }) => kind),
    ],
  );
}

/** Links records that never become persons of their own. */
export async function linkMoved(
  client: Queryable,
  { entity }: Pick<RowPlace, "entity">,
  records: readonly Versioned[],
): Promise<void> {
  if (records.length === 0) return;
  await client.query(
    `insert into links (entity_id, crm_id, row_id, version, state)
     select $1, r.crm_id, 0, r.version, 'm' from unnest($2::uuid[], $3::bigint[]) as r(crm_id, version)
     on conflict (entity_id, crm_id) do update set state = 'm', version = excluded.version`,
    [entity.id, records.map(({ id }) => id), records.map(({ version }) => version)],
  );
}

/**
 * Notes the contacts of the qualified leads among those that were written, and forgets those of the others: a lead
 * that was reopened has none.
 */
export async function noteHeirs(
  client: Queryable,
  { entity }: Pick<RowPlace, "entity">,
  written: readonly Versioned[],
  heirs: ReadonlyMap<string, string>,
): Promise<void> {
  if (entity.mapping.entity !== "lead" || written.length === 0) return;
  await client.query(
    `update links l set heir = w.heir
       from unnest($2::uuid[], $3::uuid[]) as w(crm_id, heir)
      where l.entity_id = $1 and l.crm_id = w.crm_id and l.heir is distinct from w.heir`,
    [entity.id, written.map(({ id }) => id), written.map(({ id }) => heirs.get(id) ?? null)],
  );
}

/**
 * SQL that is true where it is settled whose person the record of link `l` is. While it is not, edits of the person
 * wait: told to a record that is about to give its person away, they would be lost with it. Of a qualified lead they wait
 * for its contact, however long that cannot be read.
 * @param connection SQL of the connection's id
 */
export function isSettled(connection: string): string {
  return `not exists (select from moves m
                       where m.entity_id = l.entity_id and m.crm_id = l.crm_id and m.state = 'n')
      and (l.heir is null
           or not exists (select from entities e
                           where e.connection_id = ${connection} and e.name = 'contact'
                             and not exists (select from links c where c.entity_id = e.id and c.crm_id = l.heir)))`;
}
