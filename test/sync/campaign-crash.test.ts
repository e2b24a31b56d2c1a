import { afterEach, beforeEach, expect, test } from "vitest";
import { openCampaignStore } from "../../src/store/campaign-members.ts";
import { openDatabase } from "../../src/store/database.ts";
import { claim } from "../../src/store/lease.ts";
import type { CampaignScene, Member } from "./campaign-scene.ts";
import { openCampaigns } from "./campaign-scene.ts";

/** A process that ends between a call and what is stored of it has neither lost nor doubled anything. */

let spring: CampaignScene;
let lead: Member;

beforeEach(async () => {
  spring = await openCampaigns();
  const [first] = await spring.persons("lead", 1);
  if (first === undefined) throw new Error("too few people");
  lead = first;
});

afterEach(() => spring.scene.close());

/** Lets a cycle fail when it is about to store that a member has come into the state. */
async function failBefore(state: "added" | "removed"): Promise<void> {
  const { sql } = spring.scene;
  await sql.query(
    `create function public.fall() returns trigger language plpgsql
       as $$ begin raise exception 'the process ended'; end $$`,
  );
  await sql.query(
    `create trigger fall before update on marketing.campaign_members
       for each row when (new.state = '${state}') execute function public.fall()`,
  );
  await expect(spring.scene.sync()).rejects.toThrow("the process ended");
  await sql.query("drop function public.fall() cascade");
  await spring.scene.restart();
}

test("after somebody was added", async () => {
  await spring.add(lead);
  await failBefore("added");
  expect(spring.leads).toEqual([lead.crm_id]);
  expect(await spring.states()).toEqual({ [lead.id]: "asked-to-add" });
  expect(await spring.told()).toEqual([]);
  await spring.scene.sync();
  expect(spring.leads).toEqual([lead.crm_id]);
  expect(spring.lists().size).toBe(1);
  expect(await spring.told()).toEqual([{ row_id: lead.id, kind: "campaign-added" }]);
  await spring.expectQuiet();
  expect(await spring.remove(lead)).toEqual(["queued"]);
  await spring.scene.sync();
  expect(spring.leads).toEqual([]);
});

test("after somebody was removed", async () => {
  await spring.add(lead);
  await spring.scene.sync();
  await spring.remove(lead);
  await failBefore("removed");
  expect(spring.leads).toEqual([]);
  await spring.scene.sync();
  expect(await spring.states()).toEqual({ [lead.id]: "removed" });
  expect(await spring.told()).toEqual([
    { row_id: lead.id, kind: "campaign-added" },
    { row_id: lead.id, kind: "campaign-removed" },
  ]);
  await spring.expectQuiet();
});

test("and a wish that was taken back meanwhile is not sent, nor settled by what came of the older one", async () => {
  const database = openDatabase(spring.scene.databaseUrl, { name: "marketing" }, () => undefined);
  try {
    const store = openCampaignStore(database);
    const lease = await claim(database.pool, 1);
    await spring.add(lead);
    const [member] = await store.dueMembers(lease, { limit: 10, moved: false });
    if (member === undefined) throw new Error("nobody is due");
    await spring.remove(lead);
    const entry = {
      kind: "lead",
      id: lead.crm_id,
      list: lead.crm_id,
      wasThere: false,
      settled: false,
    } as const;
    expect(await store.noteMembers(lease, [{ member, entry }])).toEqual(new Set());
    const fate = { kind: "added", wasThere: false, anew: true } as const;
    await store.settleMembers(lease, new Map(), {
      settlements: [{ member, fate, put: null, dropped: [] }],
      cycle: "1",
    });
    expect(await spring.states()).toEqual({ [lead.id]: "asked-to-remove" });
    await claim(database.pool, 1);
    await expect(store.reviewMembers(lease)).rejects.toMatchObject({ code: "fenced" });
  } finally {
    await database.close();
  }
});
