import { describe, expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import { attribute, guid } from "../support/entity.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, ORDER, openWorld } from "./world.ts";

const HOUR = 3_600_000;
const denied = new SyncError("permission_missing", "no read on contact");

/** Contacts, leads and orders with one record each, copied. */
async function copied(): Promise<World> {
  const world = await openWorld(CONTACT, LEAD, ORDER);
  world.source.put("contact", 1, { firstname: "Ada", numberofchildren: 2 });
  world.source.put("lead", 2, { firstname: "Bo" });
  world.source.put("new_order", 3, { new_name: "First", new_count: 3 });
  await world.cycle();
  return world;
}

const without = (name: string) => (entity: typeof ORDER) => ({
  ...entity,
  attributes: entity.attributes.filter((one) => one.name !== name),
});

describe("a lost permission", () => {
  test("sets its entity aside while the others flow, and clears by itself", async () => {
    const world = await copied();
    world.source.deny("contact", denied);
    world.source.put("contact", 1, { firstname: "Unread" });
    world.source.put("lead", 2, { firstname: "Read" });
    const report = await world.cycle();
    expect(report).toMatchObject({
      outcome: "partial",
      troubles: [{ entity: "contact", code: "permission_missing" }],
    });
    expect(await world.table("people")).toMatchObject([{ first_name: "Ada" }, { first_name: "Read" }]);
    expect(await world.entityStatus("contact")).toMatchObject({
      state: "set-aside",
      trouble: { who: "dynamics-admin" },
    });
    expect(await world.entityStatus("lead")).toMatchObject({ state: "following", trouble: null });
    // Still denied: now the description itself says so.
    expect(await world.cycle()).toMatchObject({ outcome: "partial", troubles: [{ entity: "contact" }] });
    world.source.deny("contact", null);
    expect(await world.cycle()).toMatchObject({ outcome: "done", troubles: [] });
    expect(await world.table("people")).toMatchObject([{ first_name: "Unread" }, {}]);
    expect(await world.entityStatus("contact")).toMatchObject({ state: "following", trouble: null });
  });

  test("from the start is noticed to be over with the next cycle", async () => {
    const world = await openWorld(CONTACT);
    world.source.put("contact", 1, { firstname: "Ada" });
    world.source.deny("contact", denied);
    expect(await world.cycle()).toMatchObject({ outcome: "partial", counts: { created: 0 } });
    world.source.deny("contact", null);
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { created: 1 } });
    expect(await world.entityStatus("contact")).toMatchObject({ state: "following", trouble: null });
  });

  test("takes no record for deleted (P20)", async () => {
    const world = await copied();
    world.source.deny("contact", denied);
    await world.cycle();
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ crm_deleted: false }, { crm_deleted: false }]);
  });

  test("does not stop the question whether the organization was restored", async () => {
    const world = await copied();
    world.source.deny("new_order", new SyncError("permission_missing", "no read"));
    const report = await world.cycle({ checkHistory: true });
    expect(report).toMatchObject({ outcome: "partial", troubles: [{ entity: "new_order" }] });
    const { complete, compare } = await world.stored("contact");
    expect({ complete, compare }).toEqual({ complete: true, compare: null });
  });
});

describe("an entity that does not exist", () => {
  test("is shown with its reason, and flows once it is there", async () => {
    const world = await openWorld(CONTACT);
    world.source.put("contact", 1, { firstname: "Ada" });
    const entities = ["contact", "new_missing"];
    expect(await world.cycle({ entities })).toMatchObject({
      outcome: "partial",
      counts: { created: 1 },
      troubles: [{ entity: "new_missing", code: "entity_missing" }],
    });
    expect(await world.entityStatus("new_missing")).toMatchObject({ state: "set-aside", rows: 0 });
    expect(await world.cycle({ entities })).toMatchObject({ outcome: "partial" });
  });
});

describe("a column that disappears", () => {
  test("is set aside and the rest of its entity flows, in the same cycle", async () => {
    const world = await copied();
    world.source.redescribe("new_order", without("new_count"));
    world.source.put("new_order", 3, { new_name: "Second" });
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { updated: 1 } });
    expect(await world.table("custom_new_order")).toMatchObject([{ new_name: "Second", new_count: 3 }]);
    const { mapping } = await world.stored("new_order");
    expect(mapping.fields.find(({ column }) => column === "new_count")?.setAside).toContain("new_count");
    world.source.put("new_order", 4, { new_name: "Third" });
    expect(await world.cycle()).toMatchObject({ outcome: "done", counts: { created: 1 } });
  });

  test("stays aside when the description is read again, without trouble", async () => {
    const world = await copied();
    world.source.redescribe("new_order", without("new_count"));
    world.clock.now += 2 * HOUR;
    expect(await world.cycle()).toMatchObject({ outcome: "done", troubles: [] });
    const { mapping } = await world.stored("new_order");
    expect(mapping.fields.find(({ column }) => column === "new_count")?.setAside).toBeDefined();
  });

  test("is filled for all records when it comes back", async () => {
    const world = await copied();
    world.source.redescribe("new_order", without("new_count"));
    await world.cycle();
    world.source.put("new_order", 3, { new_count: 7 });
    await world.cycle();
    world.source.redescribe("new_order", () => ORDER);
    world.clock.now += 2 * HOUR;
    await world.cycle();
    await world.cycle();
    expect(await world.table("custom_new_order")).toMatchObject([{ new_name: "First", new_count: 7 }]);
    expect(await world.stored("new_order")).toMatchObject({ backfill: false });
  });
});

describe("a column that joins a custom entity", () => {
  test("is filled for the records that were read before", async () => {
    const world = await copied();
    world.source.redescribe("new_order", (entity) => ({
      ...entity,
      attributes: [...entity.attributes, attribute("new_city", "String")],
    }));
    world.source.put("new_order", 3, { new_city: "Graz" });
    world.clock.now += 2 * HOUR;
    await world.cycle();
    await world.cycle();
    expect(await world.table("custom_new_order")).toMatchObject([{ new_city: "Graz" }]);
  });
});

describe("what concerns the whole connection", () => {
  test("ends the cycle, is shown, and clears with the next good one", async () => {
    const world = await copied();
    world.source.before = () => {
      throw new SyncError("sign_in_failed", "the secret has expired");
    };
    await expect(world.cycle()).rejects.toMatchObject({ code: "sign_in_failed" });
    expect(await world.status()).toMatchObject({
      state: "attention",
      trouble: { code: "sign_in_failed", who: "admin" },
      lastCycle: { outcome: "failed" },
    });
    world.source.before = () => undefined;
    await world.cycle();
    expect(await world.status()).toMatchObject({ state: "resting", trouble: null });
  });

  test("an organization exchanged behind its address is refused", async () => {
    const world = await copied();
    const described = world.source.describe.bind(world.source);
    world.source.describe = async (names) => ({ ...(await described(names)), organizationId: guid(5) });
    world.restart();
    await expect(world.cycle()).rejects.toMatchObject({ code: "configuration_invalid" });
    expect(await world.status()).toMatchObject({
      state: "attention",
      trouble: { code: "configuration_invalid" },
    });
  });

  test("being asked to stop leaves everything where it is, and no trouble", async () => {
    const world = await copied();
    const stopping = new AbortController();
    world.source.put("contact", 1, { firstname: "New" });
    world.source.before = () => stopping.abort();
    await expect(world.cycle({}, stopping.signal)).rejects.toMatchObject({ code: "stopped" });
    expect(await world.status()).toMatchObject({ trouble: null, lastCycle: { outcome: "stopped" } });
    world.source.before = () => undefined;
    await world.cycle();
    expect(await world.table("people")).toMatchObject([{ first_name: "New" }, {}]);
  });
});
