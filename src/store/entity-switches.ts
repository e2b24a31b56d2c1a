/**
 * Which entities people want, and the list they choose from.
 */
import type { EntityListing, EntitySwitches, ListedEntity } from "../core/entity-desk.ts";
import type { EntityWishes } from "../core/entity-wish.ts";
import { ALWAYS_ON } from "../core/entity-wish.ts";
import { SyncError } from "../core/errors.ts";
import type { Queryable } from "./database.ts";

export async function readWishes(client: Queryable, connectionId: number): Promise<EntityWishes> {
  const { rows } = await client.query<{ name: string; wanted: boolean }>(
    "select name, wanted from entity_wishes where connection_id = $1 order by changed_at, name",
    [connectionId],
  );
  return new Map(rows.map(({ name, wanted }) => [name, wanted]));
}

/** As `EntityDesk.switchEntities` promises; all of them or none. */
export async function switchEntities(client: Queryable, { on, off }: EntitySwitches): Promise<void> {
  const connectionId = await connectionOf(client);
  const names = await resolved(client, connectionId, [...on, ...off]);
  const wishes = [
    ...on.map((name) => ({ name: names.get(name), wanted: true })),
    ...off.map((name) => ({ name: names.get(name), wanted: false })),
  ];
  const kept = wishes.find(({ name = "", wanted }) => !wanted && ALWAYS_ON.has(name));
  if (kept !== undefined) {
    throw refused(`${kept.name} cannot be switched off: it is who people are. Pause the connection instead.`);
  }
  const both = wishes.find(
    ({ name, wanted }) => !wanted && wishes.some((one) => one.wanted && one.name === name),
  );
  if (both !== undefined) throw refused(`${both.name} is to be switched on and off at once.`);
  await client.query(
    `insert into entity_wishes (connection_id, name, wanted)
     select distinct on (w.name) $1::int, w.name, w.wanted
       from json_to_recordset($2) as w(name text, wanted boolean)
     on conflict (connection_id, name) do update set wanted = excluded.wanted, changed_at = now()
      where entity_wishes.wanted <> excluded.wanted`,
    [connectionId, JSON.stringify(wishes)],
  );
}

async function connectionOf(client: Queryable): Promise<number> {
  const { rows } = await client.query<{ id: number | null }>("select min(id) as id from connections");
  const id = rows[0]?.id ?? null;
  if (id !== null) return id;
  throw refused("Nothing is connected yet: run `tandem connect` first.");
}

/** The entity of each given name. Before the map was read, every name that could be one is taken at its word. */
async function resolved(
  client: Queryable,
  connectionId: number,
  given: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ given: string; name: string | null; mapped: boolean }>(
    `select g.given,
            coalesce((select name from mapped_entities where connection_id = $1 and name = lower(g.given)),
                     (select name from mapped_entities
                       where connection_id = $1 and lower(g.given) in (select lower(r) from unnest(relationships) r)
                       order by name limit 1),
                     (select name from entities where connection_id = $1 and name = lower(g.given)),
                     (select name from entity_wishes where connection_id = $1 and name = lower(g.given))) as name,
            exists (select from mapped_entities where connection_id = $1) as mapped
       from unnest($2::text[]) as g(given)`,
    [connectionId, given],
  );
  return new Map(
    rows.map(({ given: asked, name, mapped }) => {
      const plain = asked.toLowerCase();
      if (name !== null) return [asked, name];
      if (!mapped && /^[a-z][a-z0-9_]*$/u.test(plain)) return [asked, plain];
      throw refused(
        `Dynamics has no entity or N:N relationship ${asked}. \`tandem entities --all\` lists what there is; ` +
          "`--refresh` asks Dynamics again.",
      );
    }),
  );
}

interface EntityRow extends Omit<ListedEntity, "rows"> {
  readonly rows: string;
}

/**
 * As `EntityDesk.entities` promises.
 * @param all also what a rule leaves out, and what no path leads to
 */
export async function listEntities(client: Queryable, all: boolean): Promise<EntityListing> {
  const { rows } = await client.query<EntityRow>(
    `with one as (select min(id) as id from connections),
          names as (
            select name from mapped_entities where connection_id = (select id from one)
            union select name from entities where connection_id = (select id from one)
            union select name from entity_wishes where connection_id = (select id from one))
     select n.name as entity, coalesce(m.label, e.label, n.name) as label, coalesce(m.kind, 'table') as kind,
            coalesce(m.relationships, '{}') as relationships, e.table_name as "table", coalesce(e.rows, 0) as rows,
            m.readable, coalesce(e.change_tracking, m.tracked, false) as tracked, coalesce(m.paths, '[]') as paths,
            m.noise, e.trouble ->> 'message' as trouble,
            case when w.wanted and not coalesce(e.followed, false) then 'starting'
                 when not w.wanted and e.followed then 'stopping'
                 when e.followed and e.trouble is not null then 'set-aside'
                 when e.followed then 'on'
                 else 'off' end as state
       from names n
       left join mapped_entities m on m.connection_id = (select id from one) and m.name = n.name
       left join entities e on e.connection_id = (select id from one) and e.name = n.name
       left join entity_wishes w on w.connection_id = (select id from one) and w.name = n.name
      where $1 or e.id is not null or w.wanted or (m.noise is null and m.paths <> '[]')
      order by jsonb_array_length(m.paths -> 0) nulls first, n.name`,
    [all],
  );
  const maps = await client.query<{ read_at: Date | null; trouble: string | null }>(
    "select read_at, trouble from entity_maps order by connection_id limit 1",
  );
  const [map] = maps.rows;
  return {
    entities: rows.map((row) => ({ ...row, rows: Number(row.rows) })),
    readAt: map?.read_at?.toISOString() ?? null,
    trouble: map?.trouble ?? null,
  };
}

function refused(message: string): SyncError {
  return new SyncError("configuration_invalid", message);
}
