import { afterEach, beforeEach, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** The history is kept for two years, unless a setting says otherwise. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  await scene.sync();
});

afterEach(() => scene.close());

test("a worker removes what is older than two years, with its first cycle", async () => {
  await scene.sql.query(
    `insert into marketing.activities (at, connection_id, entity, table_name, row_id, kind, origin)
     select now() - age * interval '1 day', 1, 'contact', 'people', age, 'changed', 'dynamics'
       from unnest(array[731, 729]) as age`,
  );
  await scene.sync();
  const left = "select row_id from marketing.activities where row_id in (729, 731) order by id";
  expect((await scene.sql.query(left)).rows).toHaveLength(2);
  await scene.restart();
  await scene.sync();
  expect((await scene.sql.query(left)).rows).toEqual([{ row_id: "729" }]);
});
