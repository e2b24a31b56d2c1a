/**
 * Faults that are planted to see whether the simulation finds them: each is a mistake that a sync has made somewhere.
 * They stand between the product and its ports, or in the database of the simulation; the product itself is as it is.
 */
import type { DataverseSource } from "../../src/connectors/dataverse/source.ts";
import type { SyncStore } from "../../src/core/store-port.ts";
import type { Database } from "../../src/store/database.ts";
import { asSyncError } from "../../src/store/database.ts";
import { SYNC } from "./stage.ts";

export interface Plant {
  readonly name: string;
  /** Run on the database once it is migrated. */
  readonly sql?: string;
  /** What becomes of each statement of a worker. */
  readonly statement?: (text: string) => string;
  /** What becomes of each address that is asked. */
  readonly url?: (url: string) => string;
  readonly store?: (store: SyncStore, database: Database) => SyncStore;
  readonly source?: (source: DataverseSource) => DataverseSource;
}

export const PLANTS: readonly Plant[] = [
  {
    name: "checkpoint before apply",
    store: (store, { pool }) => ({
      ...store,
      async apply(lease, effects) {
        const { entity, page } = effects;
        await run(pool, "update entities set position = $2 where id = $1", [entity.id, page.next]);
        return store.apply(lease, effects);
      },
    }),
  },
  {
    // Whatever is edited while a cycle runs is taken for the sync's own.
    name: "echo by flag",
    sql: `create function ${SYNC}.current_setting(name text, quietly boolean) returns text language sql stable as $$
            select case when name = 'tandem.connection' and exists (select from ${SYNC}.cycles where outcome = 'running')
                        then (select id::text from ${SYNC}.connections limit 1)
                        else pg_catalog.current_setting(name, quietly) end $$`,
  },
  {
    // Of an entity that is read by time: what changed in the very second of the last change is never read.
    name: "lost tie",
    url: (url) =>
      url.replace(/modifiedon%20ge%20([^&]*)/u, (_all, since: string) => `modifiedon%20gt%20${later(since)}`),
  },
  {
    // Whoever is not in a page of changes has been deleted.
    name: "absence read as deletion",
    source: (source) => {
      const met = new Map<string, Set<string>>();
      return {
        ...source,
        async *changes(request, signal) {
          const known = met.get(request.entity.name) ?? new Set<string>();
          met.set(request.entity.name, known);
          for await (const page of source.changes(request, signal)) {
            const here = new Set(page.upserts.map(({ id }) => id));
            const absent =
              page.phase === "changes" && here.size > 0 ? [...known].filter((id) => !here.has(id)) : [];
            for (const id of here) known.add(id);
            yield { ...page, deletes: [...page.deletes, ...absent] };
          }
        },
      };
    },
  },
  {
    // Each try has an id of its own.
    name: "create without stored id",
    statement: (text) => text.replace("r.crm_id as record_id", "gen_random_uuid() as record_id"),
  },
  {
    name: "lease without fence",
    statement: (text) =>
      text.includes("for share") ? text.replace("and epoch = $2", "and $2::text is not null") : text,
  },
  {
    // What lost in marketing is put back, as an edit of marketing.
    name: "conflict loser pushed later",
    store: (store, database) => ({
      ...store,
      async apply(lease, effects) {
        const applied = await store.apply(lease, effects);
        await putBack(database);
        return applied;
      },
    }),
  },
  {
    // A merge gives the opt-out of the winner, whatever the loser had said.
    name: "opt-out weakened by a merge",
    store: (store, { pool }) => ({
      ...store,
      async apply(lease, effects) {
        const applied = await store.apply(lease, effects);
        await run(pool, FORGET_OPT_OUTS);
        return applied;
      },
    }),
  },
  {
    name: "stale page after own write",
    store: (store) => ({
      ...store,
      async links(entity, ids) {
        const links = await store.links(entity, ids);
        return new Map([...links].map(([id, link]) => [id, { ...link, version: "0" }]));
      },
    }),
  },
  {
    name: "batch outcome taken as success",
    source: (source) => ({
      ...source,
      async write(entity, writes, signal) {
        const outcomes = await source.write(entity, writes, signal);
        return new Map([...outcomes.keys()].map((id) => [id, { kind: "written", version: null }]));
      },
    }),
  },
];

/** An overlap taken back: five minutes are what the feed reads again. */
function later(since: string): string {
  const text = new Date(Date.parse(decodeURIComponent(since)) + OVERLAP_MS).toISOString();
  return text.replace(".000Z", "Z");
}

const OVERLAP_MS = 5 * 60_000;

async function run(pool: Database["pool"], sql: string, values: readonly unknown[] = []): Promise<void> {
  await pool.query(sql, [...values]).catch((error: unknown) => {
    throw asSyncError(error);
  });
}

async function putBack({ pool }: Database): Promise<void> {
  await run(
    pool,
    `do $$ declare told record; begin
       for told in select a.id, row_id, key, value ->> 'lost' as lost
                     from marketing.activities a, jsonb_each(changes)
                    where kind = 'conflict' and rule like '%dynamics%' and value ->> 'lost' like 'm-%'
                      and not exists (select from marketing.activities p where p.kind = 'pushed' and p.row_id = a.row_id
                                         and p.id > a.id and p.changes -> key ->> 'to' = value ->> 'lost')
       loop
         execute format('update marketing.people set %I = $1 where id = $2 and %I is distinct from $1', told.key, told.key)
           using told.lost, told.row_id;
       end loop;
     end $$`,
  );
}

/** What a fold has kept of the loser is taken back, as the sync's own write. */
const FORGET_OPT_OUTS = `
  do $$ begin
    perform set_config('tandem.connection', (select id::text from connections), true);
    update marketing.people p set do_not_call = false
      from pending_changes c
     where c.row_id = p.id and c.agreed ? 'do_not_call'
       and exists (select from marketing.activities a where a.kind = 'merged' and a.row_id = p.id);
    update pending_changes c set agreed = agreed - 'do_not_call'
     where exists (select from marketing.activities a where a.kind = 'merged' and a.row_id = c.row_id);
    delete from pending_changes where agreed = '{}' and sent = '{}';
  end $$`;
