/**
 * The map of the organization as it is stored for people.
 */
import type { OrganizationMap } from "../core/entity-map.ts";
import { HUBS, ROOTS } from "../core/entity-map.ts";
import { pathsToEnds } from "../core/entity-paths.ts";
import type { Lease } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

/** Entities come and go seldom, and whoever has just made one asks. */
const LIFE = "1 hour";

/** Paths of one entity that are kept at most, the shortest. */
const MOST_PATHS = 24;

export async function isMapDue(client: Queryable, connectionId: number): Promise<boolean> {
  const { rows } = await client.query<{ due: boolean }>(
    `select tried_at < now() - $2::interval or coalesce(asked_at > tried_at, false) as due
       from entity_maps where connection_id = $1 and tried_at is not null`,
    [connectionId, LIFE],
  );
  return rows[0]?.due ?? true;
}

/** As `EntityStore.saveMap` promises. */
export async function saveMap(
  client: Queryable,
  { connectionId }: Lease,
  { entities, references }: OrganizationMap,
): Promise<void> {
  const relations = new Set(entities.filter(({ kind }) => kind === "relation").map(({ name }) => name));
  const noise = entities.filter((entity) => entity.noise !== null).map(({ name }) => name);
  const known = new Set(entities.map(({ name }) => name));
  const unknown = references.flatMap(({ entity, target }) =>
    [entity, target].filter((name) => !known.has(name)),
  );
  const closed = new Set([...HUBS, ...noise, ...unknown]);
  const paths = pathsToEnds(references, { ends: ROOTS, closed, relations, most: MOST_PATHS });
  const relationships = Map.groupBy(
    references.filter(({ entity }) => relations.has(entity)),
    ({ entity }) => entity,
  );
  const stored = entities.map((entity) => ({
    ...entity,
    relationships: [...new Set(relationships.get(entity.name)?.map(({ relationship }) => relationship))],
    paths: paths.get(entity.name) ?? [],
  }));
  await client.query("delete from mapped_entities where connection_id = $1", [connectionId]);
  await client.query(
    `insert into mapped_entities (connection_id, name, label, kind, readable, tracked, noise, relationships, paths)
     select $1, m.name, m.label, m.kind, m.readable, m.tracked, m.noise,
            array(select json_array_elements_text(m.relationships)), m.paths
       from json_to_recordset($2) as m(name text, label text, kind text, readable text, tracked boolean, noise text,
                                       relationships json, paths jsonb)`,
    [connectionId, JSON.stringify(stored)],
  );
  await noteTry(client, connectionId, null);
}

export async function saveMapTrouble(
  client: Queryable,
  { connectionId }: Lease,
  trouble: string,
): Promise<void> {
  await noteTry(client, connectionId, trouble);
}

async function noteTry(client: Queryable, connectionId: number, trouble: string | null): Promise<void> {
  await client.query(
    `insert into entity_maps (connection_id, read_at, tried_at, trouble)
     values ($1, case when $2::text is null then now() end, now(), $2)
     on conflict (connection_id) do update
       set read_at = coalesce(excluded.read_at, entity_maps.read_at), tried_at = excluded.tried_at,
           trouble = excluded.trouble`,
    [connectionId, trouble],
  );
}

/** Lets the map be read anew with the next cycle of every connection. */
export async function askForMap(client: Queryable): Promise<void> {
  await client.query(
    `insert into entity_maps (connection_id, asked_at) select id, now() from connections
     on conflict (connection_id) do update set asked_at = excluded.asked_at`,
  );
}
