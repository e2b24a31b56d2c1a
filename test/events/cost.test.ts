import { expect, test } from "vitest";
import { openEventScene } from "./scene.ts";

/** A page of events costs what it tells, and not what the history holds. */
test.each([
  ["from the oldest event", "select count(*)::int as told from marketing.events_after(null, 100)"],
  ["from the middle", "select count(*)::int as told from marketing.events_after('10000-2', 100)"],
  [
    "of some types",
    "select count(*)::int as told from marketing.events_after('10000-2', 100, '{person.changed,person.merged}')",
  ],
])("a page in SQL %s reads hardly more activities than it tells", async (_, page) => {
  const { database, rows } = await openEventScene();
  await rows(
    `insert into marketing.activities (connection_id, entity, table_name, row_id, kind, origin, changes)
     select (select min(id) from connections), 'contact', 'people', n, 'changed', 'dynamics', '{"city": {}}'
       from generate_series(1, 20000) as n`,
  );
  await rows("analyze marketing.activities");
  const client = await database.pool.connect();
  /** Activities that this session has read, as far as the server has not counted them elsewhere. */
  const read = async (): Promise<number> => {
    const counted = await client.query<{ read: number }>(
      `select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables
        where relid = 'marketing.activities'::regclass`,
    );
    return counted.rows[0]?.read ?? 0;
  };
  try {
    // As often as it takes until the server would keep a plan.
    for (let turn = 0; turn < 8; turn += 1) {
      await client.query("begin");
      const before = await read();
      const { rows: told } = await client.query<{ told: number }>(page);
      expect(told).toEqual([{ told: 100 }]);
      expect((await read()) - before).toBeLessThan(300);
      await client.query("commit");
    }
  } finally {
    client.release(true);
  }
});
