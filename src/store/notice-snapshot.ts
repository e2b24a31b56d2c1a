/**
 * Reads the state that notices are made from, but for what was refused (`failure-groups.ts`).
 */
import type { SeenBackfill, SeenConnection, SeenEntity } from "../core/notice-snapshot.ts";
import { BACKFILL_DAYS } from "../core/notices.ts";
import type { Queryable } from "./database.ts";

type ConnectionRow = Omit<SeenConnection, "entities" | "backfills" | "startedAt"> & {
  readonly startedAt: Date | null;
};

type EntityRow = Omit<SeenEntity, "rows" | "pageAt"> & {
  readonly connectionId: number;
  readonly rows: string;
  readonly pageAt: Date | null;
};

/** How every connection and entity stands. @param at now, ISO 8601 */
export async function readSeenConnections(client: Queryable, at: string): Promise<readonly SeenConnection[]> {
  const connections = await client.query<ConnectionRow>(
    `select k.id, k.name, k.url, k.paused, k.trouble,
            (select min(c.started_at) from cycles c where c.connection_id = k.id) as "startedAt",
            (select count(*)::int from sync_requests r where r.connection_id = k.id and r.state = 'waiting')
              as undecided
       from connections k order by k.id`,
  );
  const entities = await client.query<EntityRow>(
    `select e.id, e.connection_id as "connectionId", e.name, e.label, e.table_name as "table", e.complete,
            e.paused_at is not null as paused, e.rows, e.page_at as "pageAt", e.trouble, e.push_trouble as "pushTrouble",
            coalesce((select json_agg(json_build_object('attribute', f.attribute, 'reason', f.set_aside)
                                      order by f.attribute)
                        from fields f
                       where f.entity_id = e.id and f.enabled and f.set_aside is not null), '[]') as "setAside"
       from entities e where e.followed order by e.id`,
  );
  const backfills = await readEndedBackfills(client, at);
  return connections.rows.map(({ startedAt, ...connection }) => ({
    ...connection,
    startedAt: startedAt?.toISOString() ?? null,
    entities: entities.rows.filter(({ connectionId }) => connectionId === connection.id).map(seenEntity),
    backfills: backfills.filter(({ connectionId }) => connectionId === connection.id),
  }));
}

/** One that people took back is no news to them. */
async function readEndedBackfills(
  client: Queryable,
  at: string,
): Promise<readonly (SeenBackfill & { readonly connectionId: number })[]> {
  const { rows } = await client.query<SeenBackfill & { readonly connectionId: number }>(
    `select b.id, b.connection_id as "connectionId", e.label, e.table_name as "table", b.attributes,
            b.read::float8 as read,
            extract(epoch from b.finished_at - coalesce(b.started_at, b.finished_at))::float8 as seconds,
            case b.state when 'failed' then coalesce(b.outcome, '') end as failure
       from backfills b join entities e on e.id = b.entity_id
      where b.state in ('done', 'failed') and b.finished_at > $1::timestamptz - interval '${BACKFILL_DAYS} days'
        and not exists (select from notice_marks m where m.kind = 'backfill' and m.subject = b.id::text)
      order by b.id`,
    [at],
  );
  return rows;
}

function seenEntity({ rows, pageAt, ...entity }: EntityRow): SeenEntity {
  return { ...entity, rows: Number(rows), pageAt: pageAt?.toISOString() ?? null };
}
