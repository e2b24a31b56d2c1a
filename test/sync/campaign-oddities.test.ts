import { afterEach, beforeEach, expect, test } from "vitest";
import type { CampaignScene } from "./campaign-scene.ts";
import { openCampaigns } from "./campaign-scene.ts";

/** What nobody expects among campaigns and their members holds up neither the others nor the sync. */

let spring: CampaignScene;

beforeEach(async () => {
  spring = await openCampaigns();
});

afterEach(() => spring.scene.close());

test("nobody is added to a row of people's own, and who was asked for is refused alone", async () => {
  const { sql } = spring.scene;
  const [lead, other] = await spring.persons("lead", 2);
  if (lead === undefined || other === undefined) throw new Error("too few people");
  const { rows } = await sql.query<{ id: string }>(
    "insert into marketing.campaigns (name) values ('Mine') returning id",
  );
  const own = rows[0]?.id;
  const ask = sql.query("select marketing.add_to_campaign($1, $2)", [own, lead.id]);
  await expect(ask).rejects.toThrow(`Row ${own} is not a campaign of Dynamics`);
  // As an earlier Tandem took it.
  await sql.query(
    `insert into marketing.campaign_members (campaign_id, person_id, state, wish, asked_from)
     values ($1, $2, 'asked-to-add', 'add', 'sql')`,
    [own, lead.id],
  );
  await spring.add(other);
  expect((await spring.scene.sync()).complete).toBe(true);
  expect(await spring.states()).toEqual({ [lead.id]: "refused", [other.id]: "added" });
});

test("an item that belongs to nothing is passed by", async () => {
  const [lead] = await spring.persons("lead", 1);
  if (lead === undefined) throw new Error("too few people");
  spring.scene.emulator.store.create("campaignitem", {});
  await spring.add(lead);
  expect((await spring.scene.sync()).complete).toBe(true);
  expect(spring.leads).toEqual([lead.crm_id]);
});

test("of two people who become one, one in the campaign and one on the way out, the winner is in it", async () => {
  const [leaving, staying] = await spring.persons("contact", 2);
  if (leaving === undefined || staying === undefined) throw new Error("too few people");
  await spring.add(leaving, staying);
  await spring.scene.sync();
  await spring.remove(leaving);
  await spring.scene.sql.query("select from marketing.merge_people($1, array[$2::bigint])", [
    leaving.id,
    staying.id,
  ]);
  await spring.scene.sync();
  await spring.scene.sync();
  expect(await spring.states()).toEqual({ [leaving.id]: "added" });
  expect(spring.contacts).toEqual([leaving.crm_id]);
});

test("who was deleted in Dynamics is out of the campaign, and nobody else", async () => {
  const [gone, there] = await spring.persons("contact", 2);
  if (gone === undefined || there === undefined) throw new Error("too few people");
  await spring.add(gone, there);
  await spring.scene.sync();
  spring.scene.emulator.store.remove("contact", gone.crm_id);
  await spring.scene.sync();
  await spring.scene.sync();
  expect(await spring.states()).toEqual({ [gone.id]: "removed", [there.id]: "added" });
  const { rows } = await spring.scene.sql.query("select crm_id from marketing_sync.list_entries");
  expect(rows).toEqual([{ crm_id: there.crm_id }]);
});
