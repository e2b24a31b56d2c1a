import type pg from "pg";
import { onTestFinished } from "vitest";
import type { Activity } from "../../src/core/activity.ts";
import type { EventFeed, EventPage, EventQuery } from "../../src/core/event-port.ts";
import type { EventCursor, TandemEvent } from "../../src/core/event.ts";
import { FEED_BEGIN } from "../../src/core/event.ts";
import { recordActivities } from "../../src/store/activities.ts";
import { connect, transaction } from "../../src/store/database.ts";
import { openEventFeed } from "../../src/store/event-feed.ts";
import { guid } from "../support/entity.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { openWorkspace } from "../support/workspace.ts";

/** A workspace with a history that a test writes, and its feed. */
export interface EventScene extends TestWorkspace {
  readonly feed: EventFeed;
  /** Tells activities in a transaction of their own. */
  readonly tell: (...activities: readonly Partial<Told>[]) => Promise<void>;
  /** A transaction that stays open until the test ends it. */
  readonly begin: () => Promise<OpenTransaction>;
  readonly read: (query?: Partial<EventQuery>) => Promise<EventPage>;
  /** Everything there is now, by a chain of pages of the given size. */
  readonly readAll: (size: number, from?: EventCursor) => Promise<readonly TandemEvent[]>;
}

export interface Told extends Activity {
  readonly entity: string;
  readonly table: string;
}

export interface OpenTransaction {
  readonly tell: (...activities: readonly Partial<Told>[]) => Promise<void>;
  query(sql: string): Promise<pg.QueryResult>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export async function openEventScene(): Promise<EventScene> {
  const workspace = await openWorkspace();
  const { database, lease } = workspace;
  const feed = openEventFeed(database);
  const record = async (client: pg.ClientBase, activities: readonly Partial<Told>[]): Promise<void> => {
    for (const { entity = "contact", table = "people", ...activity } of activities) {
      const mapping = { entity, table, crmType: "contact", fields: [] } as const;
      const place = { workspace: database.workspace, entity: { mapping }, cycle: null };
      await recordActivities(client, lease, place, [{ ...CHANGED, ...activity }]);
    }
  };
  const read = (query: Partial<EventQuery> = {}): Promise<EventPage> =>
    feed.read({ after: FEED_BEGIN, most: 100, types: null, tables: null, ...query });
  return {
    ...workspace,
    feed,
    read,
    tell: (...activities) => transaction(database, (client) => record(client, activities)),
    async begin() {
      const client = await connect(database);
      await client.query("begin");
      let open = true;
      const end = async (how: "commit" | "rollback"): Promise<void> => {
        if (!open) return;
        open = false;
        await client.query(how);
        client.release();
      };
      onTestFinished(() => end("rollback"));
      return {
        tell: (...activities) => record(client, activities),
        query: (sql) => client.query(sql),
        commit: () => end("commit"),
        rollback: () => end("rollback"),
      };
    },
    async readAll(size, from = FEED_BEGIN) {
      const events: TandemEvent[] = [];
      for (let after = from; ;) {
        const page = await read({ after, most: size });
        events.push(...page.events.map(({ event }) => event));
        if (!page.more) return events;
        after = page.cursor;
      }
    },
  };
}

const CHANGED: Activity = {
  rowId: "1",
  crmId: guid(1),
  kind: "changed",
  origin: "dynamics",
  changes: { first_name: { from: "Ann", to: "Anna" } },
};
