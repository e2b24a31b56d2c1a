/**
 * Reads the state that notices are made from, but for what was refused (`failure-groups.ts`).
 */
import type { SeenConnection, SeenEntity } from "../core/notice-snapshot.ts";
import type { Queryable } from "./database.ts";

type ConnectionRow = Omit<SeenConnection, "entities" | "startedAt"> & { readonly startedAt: Date | null };

type EntityRow = Omit<SeenEntity, "rows" | "pageAt"> & {
  readonly connectionId: number;
  readonly rows: string;
  readonly pageAt: Date | null;
};

/** How every connection and entity stands. */
export async function readSeenConnections(client: Queryable): Promise<readonly SeenConnection[]> {
  const connections = await client.query<ConnectionRow>(
    `select k.id, k.name, k.url, k.paused, k.trouble,
            (select min(c.started_at) from cycles c where c.connection_id = k.id) as "startedAt",
            (select count(*)::int from sync_requests r where r.connection_id = k.id and r.state = 'waiting')
              as undecided
       from connections k order by k.id`,
  );
  const entities = await client.query<EntityRow>(
    `select e.id, e.connection_id as "connectionId", e.name, e.label, e.table_name as "table", e.complete, e.backfill,
            e.paused_at is not null as paused, e.rows, e.page_at as "pageAt", e.trouble, e.push_trouble as "pushTrouble",
            array(select distinct f.attribute from fields f
                   where f.entity_id = e.id and f.enabled and f.unfilled order by 1) as unfilled,
            array(select distinct f.attribute from fields f join notice_marks m
                      on m.kind = 'backfill' and m.subject = e.id::text and f.attribute = any(m.parts)
                   where f.entity_id = e.id and f.enabled and not f.unfilled and f.set_aside is null
                   order by 1) as filled,
            coalesce((select json_agg(json_build_object('attribute', f.attribute, 'reason', f.set_aside)
                                      order by f.attribute)
                        from fields f
                       where f.entity_id = e.id and f.enabled and f.set_aside is not null), '[]') as "setAside"
       from entities e where e.followed order by e.id`,
  );
  return connections.rows.map(({ startedAt, ...connection }) => ({
    ...connection,
    startedAt: startedAt?.toISOString() ?? null,
    entities: entities.rows.filter(({ connectionId }) => connectionId === connection.id).map(seenEntity),
  }));
}

function seenEntity({ rows, pageAt, ...entity }: EntityRow): SeenEntity {
  return { ...entity, rows: Number(rows), pageAt: pageAt?.toISOString() ?? null };
}
