import { expect, test } from "vitest";
import { listNotices, seeNotices } from "../../src/store/notices.ts";
import { openStoreScene } from "./scene.ts";

test("everything that nobody has seen can be seen, however much there is", async () => {
  const { database, rows } = await openStoreScene();
  await rows(
    `insert into notices (kind, subject, title, body, who, opened_at, grown_at, closed_at)
     select 'failures', n::text, 'Title', 'Body', 'admin', at, at, at
       from (select n, now() - n * interval '1 day' as at from generate_series(1, 201) as n) days`,
  );
  expect(await listNotices(database.pool)).toMatchObject({ unseen: 201 });
  for (const left of [1, 0]) {
    const { notices } = await listNotices(database.pool);
    expect(notices).toHaveLength(200);
    const times = notices.map(({ grownAt }) => grownAt);
    expect(times).toEqual(times.toSorted().toReversed());
    await seeNotices(
      database.pool,
      notices.map(({ id }) => id),
    );
    expect(await listNotices(database.pool)).toMatchObject({ unseen: left });
  }
});
