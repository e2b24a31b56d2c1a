/**
 * Reads the feed of events: activities in the order of their ids, no further than nothing can come in between any more
 * (`feed_end` in migration 0021 says why that is not simply the newest one).
 */
import type { EventFeed, EventFilter, EventPage, EventQuery } from "../core/event-port.ts";
import { afterActivity, eventsOf, kindsFor } from "../core/event.ts";
import type { EventCursor, ToldActivity } from "../core/event.ts";
import type { Database } from "./database.ts";
import { marketingTable } from "./database.ts";

export function openEventFeed(database: Database): EventFeed {
  return {
    read: (query) => readEvents(database, query),
    end: async () => afterActivity(await feedEnd(database)),
  };
}

async function feedEnd({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ end: string }>("select feed_end() as end");
  return rows[0]?.end ?? "0";
}

async function readEvents(database: Database, query: EventQuery): Promise<EventPage> {
  const { after, most } = query;
  // A statement of its own before the one that reads: what is certain at its time can be seen by the next.
  const end = await feedEnd(database);
  if (BigInt(end) < BigInt(after.activity)) return { events: [], cursor: after, more: false };
  const activities = await readActivities(database, query, end);
  const events = activities
    .flatMap(eventsOf)
    .filter(({ cursor, event }) => isAfter(cursor, after) && (query.types?.includes(event.type) ?? true));
  const last = events[most - 1];
  if (events.length > most && last !== undefined) {
    return { events: events.slice(0, most), cursor: last.cursor, more: true };
  }
  // Fewer than asked for: everything up to the end was looked at.
  const lookedTo = activities.length < lookAt(most) ? end : (activities.at(-1)?.id ?? end);
  return { events, cursor: afterActivity(lookedTo), more: lookedTo !== end };
}

/** One more than events are wanted: the first may have been told already. */
function lookAt(most: number): number {
  return most + 1;
}

function isAfter(one: EventCursor, other: EventCursor): boolean {
  const ahead = BigInt(one.activity) - BigInt(other.activity);
  return ahead > 0n || (ahead === 0n && one.place > other.place);
}

async function readActivities(
  { pool, workspace }: Database,
  { after, most, types, tables }: EventQuery & EventFilter,
  end: string,
): Promise<readonly ToldActivity[]> {
  const { rows } = await pool.query<Omit<ToldActivity, "at"> & { readonly at: Date }>(
    `select id, at, entity, table_name as "table", row_id as "rowId", crm_id as "crmId", kind, origin, changes,
            rule, code, detail,
            people_of(table_name, row_id)::text[] as people
       from ${marketingTable(workspace, "activities")}
      where id between $1 and $2
        and ($3::text[] is null or kind = any($3)) and ($4::text[] is null or table_name = any($4))
      order by id limit $5`,
    [after.activity, end, kindsFor(types), tables, lookAt(most)],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
