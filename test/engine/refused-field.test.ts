import { expect, test } from "vitest";
import { switchFields } from "../../src/store/fields.ts";
import type { World } from "./world.ts";
import { ORDER, openWorld } from "./world.ts";

/** A field that Dynamics describes and refuses to be asked for is tried less and less often; the rest flows. */

const ENTITY = "new_order";
const FIELD = "new_count";

interface Tried {
  readonly refusals: number;
  readonly aside: boolean;
  readonly backfills: number;
}

async function tried(world: World): Promise<Tried | undefined> {
  const [row] = await world.rows<Tried & Record<string, unknown>>(
    `select refusals, set_aside is not null as aside, (select count(*)::int from backfills) as backfills
       from fields where attribute = '${FIELD}'`,
  );
  return row;
}

/** Cycles that each read the description anew, as after a trouble or an hour. */
async function cycles(world: World, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    world.restart();
    await world.cycle();
  }
}

test("is tried once more at once, then after ever longer, and the rest of the entity flows", async () => {
  const world = await openWorld(ORDER);
  const { pool } = world.database;
  world.source.put(ENTITY, 1, { new_name: "First", new_count: 2 });
  await world.cycle();
  await switchFields(pool, { entity: ENTITY, on: [], off: [FIELD] });
  world.source.refuseField(ENTITY, FIELD);
  await switchFields(pool, { entity: ENTITY, on: [FIELD], off: [] });

  await cycles(world, 8);
  expect(await tried(world)).toEqual({ refusals: 2, aside: true, backfills: 2 });
  world.source.put(ENTITY, 1, { new_name: "Flows" });
  await cycles(world, 1);
  expect(await world.table("custom_new_order")).toMatchObject([{ new_name: "Flows" }]);

  await world.rows("update fields set refused_until = now() - interval '1 second'");
  await cycles(world, 4);
  expect(await tried(world)).toEqual({ refusals: 3, aside: true, backfills: 3 });
});

test("is tried at once when it is switched on again", async () => {
  const world = await openWorld(ORDER);
  const { pool } = world.database;
  await world.cycle();
  world.source.refuseField(ENTITY, FIELD);
  await cycles(world, 5);
  expect(await tried(world)).toMatchObject({ refusals: 2 });
  await switchFields(pool, { entity: ENTITY, on: [], off: [FIELD] });
  await switchFields(pool, { entity: ENTITY, on: [FIELD], off: [] });
  expect(await tried(world)).toMatchObject({ refusals: 0 });
});
