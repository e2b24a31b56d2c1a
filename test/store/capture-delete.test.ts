import { expect, test } from "vitest";
import { openStoreScene, person } from "./scene.ts";

const MANY = 20_000;

test.each(["keep", "delete"])(
  "many rows are deleted at once (%s): each is looked up, none searched for",
  async (deletes) => {
    const scene = await openStoreScene();
    await scene.apply({ creates: Array.from({ length: MANY }, (_, at) => person(at + 1)) });
    await scene.rows("update entities set deletes = $1", [deletes]);
    await scene.rows(
      "insert into pending_changes (connection_id, table_name, row_id) select 1, 'people', id from marketing.people",
    );
    await scene.rows("delete from marketing.people");
    expect(await scene.rows("select state, count(*)::int as links from links group by state")).toEqual([
      { state: "t", links: MANY },
    ]);
    expect(await scene.rows("select from pending_changes")).toEqual([]);
    expect(await scene.rows("select from errands")).toHaveLength(deletes === "delete" ? MANY : 0);
  },
  20_000,
);
