import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CampaignScene } from "./campaign-scene.ts";
import { openCampaigns, sorted } from "./campaign-scene.ts";
import { act, mergeRecords, qualifyLead } from "./seller.ts";

/** Campaigns of an emulated organization come down, and people of marketing go into them, through the real connector. */

let spring: CampaignScene;

beforeEach(async () => {
  spring = await openCampaigns();
});

afterEach(() => spring.scene.close());

/** Puts a record on a list as a seller does. */
function putOnList(list: string, kind: "lead" | "contact", id: string): Promise<void> {
  const type = (name: string): string => `Microsoft.Dynamics.CRM.${name}`;
  return act(spring.scene, "AddListMembersList", {
    List: { listid: list, "@odata.type": type("list") },
    Members: [{ [`${kind}id`]: id, "@odata.type": type(kind) }],
  });
}

function makeList(kind: "lead" | "contact", name = `Mkto-${kind}s-${spring.campaign}`): string {
  const createdfromcode = kind === "lead" ? 4 : 2;
  return spring.scene.emulator.store.create("list", { listname: name, createdfromcode, type: false });
}

describe("campaigns and marketing lists", () => {
  test("come down with their state, their money and who owns them, and inactive ones stay", async () => {
    const { store, organization } = spring.scene.emulator;
    store.update("campaign", spring.campaign, {
      budgetedcost: "12500.5000",
      typecode: 3,
      proposedstart: "2026-03-01T09:00:00Z",
      transactioncurrencyid: { entity: "transactioncurrency", id: organization.standard.currency },
    });
    const news = store.create("list", { listname: "News", createdfromcode: 2, type: false, membercount: 7 });
    await spring.scene.sync();
    const { rows } = await spring.scene.sql.query(
      `select name, status, status_reason, campaign_type, budget, currency is not null as currency,
              owner_crm_id is not null as owner, planned_start
         from marketing.campaigns where crm_id = $1`,
      [spring.campaign],
    );
    expect(rows).toEqual([
      {
        name: "Spring",
        status: "Active",
        status_reason: "Launched",
        campaign_type: "Event",
        budget: "12500.5000",
        currency: true,
        owner: true,
        planned_start: new Date("2026-03-01T09:00:00Z"),
      },
    ]);
    const lists = await spring.scene.sql.query(
      "select name, member_type, dynamic, members from marketing.marketing_lists where crm_id = $1",
      [news],
    );
    expect(lists.rows).toEqual([{ name: "News", member_type: "Contact", dynamic: false, members: 7 }]);
    store.update("campaign", spring.campaign, { statecode: 1, statuscode: 6 });
    await spring.scene.sync();
    const { rows: inactive } = await spring.scene.sql.query(
      "select status, crm_deleted from marketing.campaigns where crm_id = $1",
      [spring.campaign],
    );
    expect(inactive).toEqual([{ status: "Inactive", crm_deleted: false }]);
  });

  test("are told apart by campaign, as sellers attach and detach them", async () => {
    const list = makeList("contact", "News");
    await act(spring.scene, `lists(${list})/Microsoft.Dynamics.CRM.AddItemCampaign`, {
      Campaign: { campaignid: spring.campaign, "@odata.type": "Microsoft.Dynamics.CRM.campaign" },
    });
    const stored = async (): Promise<unknown> =>
      (await spring.scene.sql.query("select * from marketing.campaign_lists")).rows;
    await spring.scene.sync();
    await spring.scene.sync();
    expect(await stored()).toEqual([{ campaign_crm_id: spring.campaign, list_crm_id: list }]);
    const { store } = spring.scene.emulator;
    for (const id of store.ids("campaignitem")) store.remove("campaignitem", id);
    await spring.scene.sync();
    expect(await stored()).toEqual([]);
  });
});

describe("people who are added to a campaign", () => {
  test("are on its two lists, which are made once, and their history tells it", async () => {
    const [lead, other] = await spring.persons("lead", 2);
    const [contact] = await spring.persons("contact", 1);
    if (lead === undefined || other === undefined || contact === undefined) throw new Error("too few people");
    expect(await spring.add(lead, contact)).toEqual(["queued", "queued"]);
    expect((await spring.scene.sync()).complete).toBe(true);
    expect(spring.leads).toEqual([lead.crm_id]);
    expect(spring.contacts).toEqual([contact.crm_id]);
    expect(sorted([...spring.lists().keys()])).toEqual([
      `Mkto-contacts-${spring.campaign}`,
      `Mkto-leads-${spring.campaign}`,
    ]);
    const { store } = spring.scene.emulator;
    const made = [...spring.lists().values()].map((id) => store.get("list", id)?.["createdfromcode"]);
    expect(new Set(made)).toEqual(new Set([2, 4]));
    expect(await spring.states()).toEqual({ [lead.id]: "added", [contact.id]: "added" });
    const told = (await spring.told()).map(({ row_id: row, kind }) => `${row} ${kind}`);
    expect(sorted(told)).toEqual(sorted([`${contact.id} campaign-added`, `${lead.id} campaign-added`]));
    await spring.expectQuiet();
    await spring.add(other);
    await spring.scene.sync();
    expect(spring.leads).toEqual(sorted([lead.crm_id, other.crm_id]));
    expect(spring.lists().size).toBe(2);
    await spring.expectQuiet();
  });

  test("go onto the lists that the native sync made, and who was there before is never taken off", async () => {
    const list = makeList("lead");
    const [before, added] = await spring.persons("lead", 2);
    if (before === undefined || added === undefined) throw new Error("too few people");
    await putOnList(list, "lead", before.crm_id);
    await spring.add(before, added);
    await spring.scene.sync();
    expect(spring.lists().get(`Mkto-leads-${spring.campaign}`)).toBe(list);
    expect(spring.leads).toEqual(sorted([before.crm_id, added.crm_id]));
    expect(await spring.told()).toEqual([{ row_id: added.id, kind: "campaign-added" }]);
    expect(await spring.remove(before, added)).toEqual(["was there before", "queued"]);
    await spring.scene.sync();
    expect(spring.leads).toEqual([before.crm_id]);
    expect(await spring.states()).toEqual({ [before.id]: "added", [added.id]: "removed" });
    expect((await spring.told()).at(-1)).toEqual({ row_id: added.id, kind: "campaign-removed" });
    await spring.expectQuiet();
  });

  test("are told as events once they are added and removed, and what sellers do is not", async () => {
    const [lead, other] = await spring.persons("lead", 2);
    if (lead === undefined || other === undefined) throw new Error("too few people");
    const list = makeList("lead");
    await putOnList(list, "lead", other.crm_id);
    await spring.add(lead);
    await spring.scene.sync();
    await spring.remove(lead);
    await spring.scene.sync();
    const { rows } = await spring.scene.sql.query<{ type: string; row_id: string }>(
      "select type, row_id from marketing.events_after(null, 1000, '{campaign.added,campaign.removed}')",
    );
    expect(rows.map(({ type, row_id: row }) => [type, row])).toEqual([
      ["campaign.added", lead.id],
      ["campaign.removed", lead.id],
    ]);
  });

  test("and out again before anything was sent, never were on a list", async () => {
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.remove(lead);
    await spring.scene.sync();
    expect(spring.leads).toEqual([]);
    expect(await spring.states()).toEqual({ [lead.id]: "removed" });
    expect(await spring.told()).toEqual([]);
    expect(await spring.remove(lead)).toEqual(["not added from here"]);
  });

  test("are made in Dynamics first, where they are of marketing alone", async () => {
    const { rows } = await spring.scene.sql.query<{ id: string }>(
      "insert into marketing.people (first_name, last_name, email) values ('Ada', 'New', 'ada@new.example') returning id",
    );
    const [person] = rows;
    if (person === undefined) throw new Error("nobody was added");
    expect(await spring.add(person)).toEqual(["queued"]);
    await spring.scene.sync();
    const made = await spring.scene.sql.query<{ crm_id: string }>(
      "select crm_id from marketing.people where id = $1 and crm_type = 'lead'",
      [person.id],
    );
    expect(spring.leads).toEqual(made.rows.map(({ crm_id: id }) => id));
    expect(await spring.states()).toEqual({ [person.id]: "added" });
  });

  test("must name a campaign that is there and active, and a person", async () => {
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.scene.sync();
    spring.scene.emulator.store.update("campaign", spring.campaign, { statecode: 1, statuscode: 6 });
    await spring.scene.sync();
    await expect(spring.add(lead)).rejects.toThrow("not active");
    expect(await spring.remove(lead)).toEqual(["queued"]);
    await expect(spring.add({ id: "999999" })).rejects.toThrow("not active");
    await expect(
      spring.scene.sql.query("select marketing.add_to_campaign(999, $1)", [lead.id]),
    ).rejects.toThrow("There is no campaign 999");
  });
});

describe("a member who cannot be added", () => {
  test("is parked alone with the reason, and goes when it is asked again", async () => {
    const leads = await spring.persons("lead", 5);
    const [bad, ...good] = leads;
    if (bad === undefined) throw new Error("too few people");
    const effect = {
      type: "status",
      status: 400,
      code: "0x80040265",
      message: "No, says a plug-in.",
    } as const;
    spring.scene.emulator.faults.add({ effect, url: "AddListMembersList", body: bad.crm_id });
    await spring.add(...leads);
    await spring.scene.sync();
    expect(spring.leads).toEqual(sorted(good.map(({ crm_id: id }) => id)));
    expect((await spring.states())[bad.id]).toBe("refused");
    const { rows } = await spring.scene.sql.query(
      "select code, detail from marketing.campaign_members where code is not null",
    );
    expect(rows).toEqual([{ code: "write_refused", detail: "No, says a plug-in. (0x80040265)" }]);
    spring.scene.emulator.faults.clear();
    await spring.expectQuiet();
    await spring.add(bad);
    await spring.scene.sync();
    expect(spring.leads).toContain(bad.crm_id);
  });

  test("since nobody may be, waits with all others, which is shown, and goes by itself", async () => {
    const leads = await spring.persons("lead", 2);
    const effect = { type: "status", status: 403, code: "0x80040220", message: "No privilege." } as const;
    spring.scene.emulator.faults.add({ effect, url: "AddListMembersList" });
    await spring.add(...leads);
    expect((await spring.scene.sync()).complete).toBe(false);
    expect(new Set(Object.values(await spring.states()))).toEqual(new Set(["asked-to-add"]));
    expect(await spring.scene.entity("list")).toMatchObject({
      trouble: { code: "write_permission_missing" },
    });
    // Until their moment has come it stays shown.
    await spring.scene.sql.query(
      "update marketing.campaign_members set retry_at = now() + interval '1 hour'",
    );
    await spring.scene.sync();
    expect(await spring.scene.entity("list")).toMatchObject({
      trouble: { code: "write_permission_missing" },
    });
    spring.scene.emulator.faults.clear();
    await spring.scene.sql.query("update marketing.campaign_members set retry_at = null");
    await spring.scene.sync();
    expect(spring.leads).toEqual(sorted(leads.map(({ crm_id: id }) => id)));
    await spring.scene.sync();
    expect(await spring.scene.entity("list")).toMatchObject({ trouble: null });
  });

  test("of whom no answer spoke is looked up, and counted once", async () => {
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    spring.scene.emulator.faults.add({
      effect: { type: "reset", when: "after" },
      url: "AddListMembersList",
      times: 1,
    });
    await spring.add(lead);
    await spring.scene.sync();
    await spring.scene.sql.query("update marketing.campaign_members set retry_at = null");
    await spring.scene.sync();
    expect(spring.leads).toEqual([lead.crm_id]);
    expect(await spring.states()).toEqual({ [lead.id]: "added" });
    expect(await spring.told()).toEqual([{ row_id: lead.id, kind: "campaign-added" }]);
    // It is theirs, not somebody else's: it can be taken back.
    await spring.remove(lead);
    await spring.scene.sync();
    expect(spring.leads).toEqual([]);
  });
});

describe("a member whose record becomes another one", () => {
  test("by qualifying is on the contacts' list instead", async () => {
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.scene.sync();
    await qualifyLead(spring.scene, lead.crm_id, { account: false });
    await spring.scene.sync();
    await spring.scene.sync();
    const { rows } = await spring.scene.sql.query<{ crm_id: string }>(
      "select crm_id from marketing.people where id = $1 and crm_type = 'contact'",
      [lead.id],
    );
    expect(spring.contacts).toEqual(rows.map(({ crm_id: id }) => id));
    expect(spring.leads).toEqual([]);
    expect(await spring.told()).toEqual([{ row_id: lead.id, kind: "campaign-added" }]);
    await spring.expectQuiet();
    await spring.remove(lead);
    await spring.scene.sync();
    expect(spring.contacts).toEqual([]);
  });

  test("by a merge in Dynamics is the winner", async () => {
    const [winner, loser] = await spring.persons("contact", 2);
    if (winner === undefined || loser === undefined) throw new Error("too few people");
    await spring.add(loser);
    await spring.scene.sync();
    await mergeRecords(spring.scene, "contact", { winner: winner.crm_id, loser: loser.crm_id });
    await spring.scene.sync();
    await spring.scene.sync();
    expect(spring.contacts).toEqual([winner.crm_id]);
    expect(await spring.states()).toEqual({ [winner.id]: "added" });
    await spring.remove(winner);
    await spring.scene.sync();
    expect(spring.contacts).toEqual([]);
    await spring.expectQuiet();
  });

  test("by a merge in marketing is the winner, once", async () => {
    const [winner, loser] = await spring.persons("contact", 2);
    if (winner === undefined || loser === undefined) throw new Error("too few people");
    await spring.add(winner, loser);
    await spring.scene.sync();
    await spring.scene.sql.query("select marketing.merge_people($1, $2)", [winner.id, [loser.id]]);
    await spring.scene.sync();
    expect(spring.contacts).toEqual([winner.crm_id]);
    expect(await spring.states()).toEqual({ [winner.id]: "added" });
    await spring.expectQuiet();
  });

  test("or is deleted in Dynamics is out of the campaign", async () => {
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.scene.sync();
    spring.scene.emulator.store.remove("lead", lead.crm_id);
    await spring.scene.sync();
    await spring.scene.sync();
    expect(await spring.states()).toEqual({ [lead.id]: "removed" });
    await spring.expectQuiet();
  });
});

describe("the lists of a campaign", () => {
  test("are made anew when somebody has deleted them, and attached again when somebody has detached them", async () => {
    const [lead, other] = await spring.persons("lead", 2);
    if (lead === undefined || other === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.scene.sync();
    const { store } = spring.scene.emulator;
    for (const id of store.ids("campaignitem")) store.remove("campaignitem", id);
    await spring.add(other);
    await spring.scene.sync();
    expect(spring.leads).toEqual(sorted([lead.crm_id, other.crm_id]));
    const [list = ""] = spring.lists().values();
    for (const id of [...store.ids("listmember"), ...store.ids("campaignitem")]) {
      store.remove(store.get("listmember", id) === undefined ? "campaignitem" : "listmember", id);
    }
    store.remove("list", list);
    await spring.add(other);
    await spring.scene.sync();
    expect(spring.leads).toEqual([other.crm_id]);
    expect(await spring.states()).toEqual({ [lead.id]: "removed", [other.id]: "added" });
  });

  test("are not taken for ours when they are of another kind", async () => {
    makeList("contact", `Mkto-leads-${spring.campaign}`);
    const [lead] = await spring.persons("lead", 1);
    if (lead === undefined) throw new Error("too few people");
    await spring.add(lead);
    await spring.scene.sync();
    const { rows } = await spring.scene.sql.query("select state, detail from marketing.campaign_members");
    expect(rows).toEqual([
      {
        state: "refused",
        detail: `Dynamics has a list named Mkto-leads-${spring.campaign}, but it is not an active static list of leads. Rename it there.`,
      },
    ]);
  });
});
