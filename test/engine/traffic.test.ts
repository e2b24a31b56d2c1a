/** What people see of the traffic: what waits to go to Dynamics, since when, and what moved in the last full hour. */
import { expect, test } from "vitest";
import { readConnectionStatuses } from "../../src/store/status.ts";
import type { EntityStatus, MovedInHour } from "../../src/core/status.ts";
import { attribute, entity, guid } from "../support/entity.ts";
import { openPeople } from "./create-scene.ts";
import { edit } from "./edits.ts";
import type { World } from "./world.ts";
import { CONTACT, openWorld } from "./world.ts";

const HOUR_MS = 3_600_000;

const STILL = { created: 0, updated: 0, deleted: 0, pushed: 0, made: 0 };

/** As it is shown an hour from now, when the hour of the test is the last full one. */
async function shownLater({ database }: World, name: string): Promise<EntityStatus> {
  const [status] = await readConnectionStatuses(database, new Date(Date.now() + HOUR_MS));
  const found = status?.entities.find((one) => one.entity === name);
  if (found === undefined) throw new Error(`there is no entity ${name}`);
  return found;
}

/** Takes what was counted into one hour, should the clock have struck during the test. */
async function hourOf(world: World, name: string): Promise<Omit<MovedInHour, "from">> {
  await world.rows(
    `with gone as (delete from hours returning *)
     insert into hours select entity_id, date_trunc('hour', now(), 'UTC'), sum(created), sum(updated), sum(deleted),
                              sum(pushed), sum(made) from gone group by entity_id`,
  );
  const { from: _, ...moved } = (await shownLater(world, name)).lastHour;
  return moved;
}

test("the last full hour counts what came, changed and went, and a page that is told again only once", async () => {
  const world = await openWorld(CONTACT);
  for (const id of [1, 2, 3]) world.source.put("contact", id, { firstname: `P${id}` });
  await world.cycle();
  world.source.put("contact", 1, { firstname: "Changed" });
  world.source.remove("contact", 3);
  await world.cycle();
  expect(await hourOf(world, "contact")).toEqual({ ...STILL, created: 3, updated: 1, deleted: 1 });
  await world.rows("update entities set position = null, complete = false");
  world.restart();
  await world.cycle();
  expect(await hourOf(world, "contact")).toEqual({ ...STILL, created: 3, updated: 1, deleted: 1 });
});

test("counts what was pushed", async () => {
  const world = await openWorld(CONTACT);
  for (const id of [1, 2]) world.source.put("contact", id, { firstname: `P${id}` });
  await world.cycle();
  for (const id of [1, 2]) await edit(world, id, { first_name: "Ours" });
  await world.cycle();
  expect(await hourOf(world, "contact")).toMatchObject({ created: 2, pushed: 2 });
});

test("nothing is shown of an hour that is not over, nor of an older one", async () => {
  const world = await openWorld(CONTACT);
  world.source.put("contact", 1, { firstname: "P1" });
  await world.cycle();
  expect(await hourOf(world, "contact")).toMatchObject({ created: 1 });
  expect((await world.entityStatus("contact")).lastHour).toMatchObject(STILL);
  await world.rows("update hours set hour = hour - interval '1 hour'");
  expect((await world.entityStatus("contact")).lastHour).toMatchObject({ created: 1 });
  await world.rows("update hours set hour = hour - interval '1 hour'");
  expect((await world.entityStatus("contact")).lastHour).toMatchObject(STILL);
});

test("hours are kept for a fortnight", async () => {
  const world = await openWorld(CONTACT);
  world.source.put("contact", 1, { firstname: "P1" });
  await world.cycle();
  await world.rows("update hours set hour = hour - interval '15 days'");
  await world.cycle();
  expect(await world.rows("select * from hours")).toEqual([]);
});

test("what waits is told by inserts and updates, each with its oldest", async () => {
  const world = await openPeople();
  world.source.put("lead", 1, { firstname: "Ada", lastname: "L", emailaddress1: "ada@firm.example" });
  await world.cycle();
  const first = await world.add({ last_name: "Wanted" });
  await world.sync(first, "lead");
  await world.sync(await world.add({ last_name: "Wanted too" }), "lead");
  await world.sync(await world.add({ last_name: "Other" }), "contact");
  await world.rows("update sync_requests set requested_at = '2026-01-01' where row_id = $1", [first]);
  await world.rows("update marketing.people set first_name = 'Augusta' where crm_id = $1", [guid(1)]);
  await world.rows("update pending_changes set since = '2026-02-02'");
  expect(await world.entityStatus("lead")).toMatchObject({
    wanted: { waiting: 2, parked: 0, oldestAt: "2026-01-01T00:00:00.000Z" },
    pending: { waiting: 1, oldestAt: "2026-02-02T00:00:00.000Z" },
  });
  expect(await world.entityStatus("contact")).toMatchObject({
    wanted: { waiting: 1 },
    pending: { waiting: 0 },
  });
  await world.untilQuiet();
  expect(await world.entityStatus("lead")).toMatchObject({
    wanted: { waiting: 0, oldestAt: null },
    pending: { waiting: 0, oldestAt: null },
  });
  expect(await hourOf(world, "lead")).toMatchObject({ made: 3 });
});

test("who cannot be made, or waits for a decision, is parked; of other entities nobody is wanted", async () => {
  const world = await openPeople();
  await world.cycle();
  await world.sync(await world.add({ first_name: "Nameless" }), "lead");
  await world.untilQuiet();
  expect(await world.entityStatus("lead")).toMatchObject({ wanted: { waiting: 0, parked: 1 } });

  const orders = await openWorld(entity("new_order", [attribute("new_name", "String")]));
  await orders.cycle();
  expect(await orders.entityStatus("new_order")).toMatchObject({ wanted: null });
});
