import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCampaignDesk } from "../../src/app/campaign-desk.ts";
import type { CampaignDesk } from "../../src/core/campaign-desk.ts";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/database.ts";
import { listRefusals, retryEdits } from "../../src/store/refusals.ts";
import type { CampaignScene } from "./campaign-scene.ts";
import { openCampaigns, sorted } from "./campaign-scene.ts";

/** What commands and the API ask about campaigns, on an emulated organization. */

let spring: CampaignScene;
let database: Database;
let desk: CampaignDesk;
let nudged: number;

beforeEach(async () => {
  spring = await openCampaigns();
  database = openDatabase(spring.scene.databaseUrl, { name: "marketing" }, () => undefined);
  nudged = 0;
  const nudge = async (): Promise<void> => {
    nudged += 1;
  };
  desk = openCampaignDesk({ database, origin: "cli", nudge });
});

afterEach(async () => {
  await database.close();
  await spring.scene.close();
});

describe("the desk of campaigns", () => {
  test("switches campaigns off and on at run time, and names the lists that are yet to be made", async () => {
    const status = async (): Promise<unknown> =>
      (await spring.scene.sql.query("select status from marketing.campaigns")).rows;
    await desk.switchCampaigns({ on: false, prefix: null });
    spring.scene.emulator.store.update("campaign", spring.campaign, { statecode: 1, statuscode: 6 });
    await spring.scene.sync();
    expect(await status()).toEqual([{ status: "Active" }]);
    await desk.switchCampaigns({ on: true, prefix: "Tandem-" });
    await spring.scene.sync();
    expect(await status()).toEqual([{ status: "Inactive" }]);
    spring.scene.emulator.store.update("campaign", spring.campaign, { statecode: 0, statuscode: 2 });
    await spring.scene.sync();
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.scene.sync();
    expect([...spring.lists().keys()]).toEqual([`Tandem-leads-${spring.campaign}`]);
    expect(spring.members(`Tandem-leads-${spring.campaign}`)).toEqual([lead.crm_id]);
  });

  test("adds and removes people by a condition, and tells who asked", async () => {
    const campaign = await spring.row();
    const leads = await spring.persons("lead", 3);
    await spring.scene.sql.query("update marketing.people set fax = '+47 22' where id = any($1)", [
      leads.map(({ id }) => id),
    ]);
    const who = { conditions: [{ column: "fax", operator: "is", value: "+47 22" }] } as const;
    expect(await desk.ask({ campaign, wish: "add", who })).toEqual({ queued: 3 });
    expect(nudged).toBe(1);
    await spring.scene.sync();
    expect(spring.leads).toEqual(sorted(leads.map(({ crm_id: id }) => id)));
    expect(await desk.campaigns()).toMatchObject([
      {
        id: campaign,
        crmId: spring.campaign,
        name: "Spring",
        status: "Active",
        lists: 1,
        added: 3,
        waiting: 0,
      },
    ]);
    const [first, ...rest] = leads.map(({ id }) => id);
    const members = await desk.members({ campaign, after: first ?? "", limit: 10 });
    expect(members?.map(({ person }) => person)).toEqual(rest);
    expect(members?.[0]).toMatchObject({ state: "added", askedFrom: "cli", request: null });
    expect(await desk.ask({ campaign, wish: "remove", who })).toEqual({ queued: 3 });
    await spring.scene.sync();
    expect(spring.leads).toEqual([]);
    expect(await desk.ask({ campaign, wish: "remove", who })).toEqual({ "not added from here": 3 });
    expect(nudged).toBe(2);
  });

  test("asks for all or for none, and says what is wrong", async () => {
    const campaign = await spring.row();
    const [lead] = await spring.persons("lead", 1);
    const ask = (people: readonly string[], to = campaign) =>
      desk.ask({ campaign: to, wish: "add", who: { people } });
    await expect(ask([lead?.id ?? "", "999999"])).rejects.toMatchObject({
      code: "configuration_invalid",
      message: "There is no person 999999.",
    });
    expect(await spring.states()).toEqual({});
    expect(await ask([lead?.id ?? ""], "999")).toBeNull();
    expect(await desk.members({ campaign: "999", after: "0", limit: 1 })).toBeNull();
    const who = { conditions: [{ column: "nonsense", operator: "filled", value: null }] } as const;
    await expect(desk.ask({ campaign, wish: "add", who })).rejects.toMatchObject({
      code: "configuration_invalid",
    });
  });

  test("shows who waits to be in Dynamics", async () => {
    const campaign = await spring.row();
    const { rows } = await spring.scene.sql.query<{ id: string }>(
      "insert into marketing.people (last_name, email) values ('New', 'new@new.example') returning id",
    );
    await desk.ask({ campaign, wish: "add", who: { people: rows.map(({ id }) => id) } });
    expect(await desk.members({ campaign, after: "0", limit: 1 })).toMatchObject([
      { state: "asked-to-add", request: "queued", email: "new@new.example" },
    ]);
  });
});

test("a refused member is among the errors, and goes when it is to be tried again", async () => {
  const [lead] = await spring.persons("lead", 1);
  if (lead === undefined) throw new Error("too few people");
  const effect = { type: "status", status: 400, code: "0x80040265", message: "No." } as const;
  spring.scene.emulator.faults.add({ effect, url: "AddListMembersList" });
  await spring.add(lead);
  await spring.scene.sync();
  const campaign = await spring.row();
  expect(await listRefusals(database.pool, database.workspace)).toMatchObject([
    {
      entity: "campaign",
      row: lead.id,
      code: "write_refused",
      detail: `Campaign ${campaign}: No. (0x80040265)`,
    },
  ]);
  spring.scene.emulator.faults.clear();
  expect(await retryEdits(database.pool, database.workspace, { entity: "campaign", row: lead.id })).toBe(1);
  await spring.scene.sync();
  expect(spring.leads).toEqual([lead.crm_id]);
});
