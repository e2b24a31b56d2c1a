import { beforeEach, describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { Json, Seen, TestClient } from "./test-client.ts";

let client: TestClient;
const NORTH = "00000000-0000-4000-8000-0000000000a1";
const SOUTH = "00000000-0000-4000-8000-0000000000a2";
const lead = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const NAMESPACE = "Microsoft.Dynamics.CRM.";
const PROPERTY = "accountleads_association";

beforeEach(async () => {
  client = await testClient();
  client.emulator.store.insertMany("account", [
    { accountid: NORTH, name: "North" },
    { accountid: SOUTH, name: "South" },
  ]);
  client.emulator.store.insertMany(
    "lead",
    [1, 2, 3].map((n) => ({ leadid: lead(n), lastname: `Lead ${n}` })),
  );
});

async function associate(account: string, n: number): Promise<Seen> {
  const body = { "@odata.id": `${client.api}/leads(${lead(n)})` };
  return client.send("POST", `accounts(${account})/${PROPERTY}/$ref`, { body });
}

const list = (json: Json | undefined): Json[] => (json ?? []) as unknown as Json[];
const names = (json: Json | undefined): string[] =>
  list(json).map((each) => str(each["lastname"] ?? each["name"]));

async function leadsOf(account: string, query = ""): Promise<string[]> {
  return names((await client.get(`accounts(${account})/${PROPERTY}?$select=lastname${query}`)).json["value"]);
}

const code = ({ status, json }: Seen): unknown[] => [status, json["error"]?.["code"]];

describe("N:N relationships", () => {
  it("link and unlink records from either side, without changing them", async () => {
    const before = client.emulator.store.get("account", NORTH);
    expect((await associate(NORTH, 2)).status).toBe(204);
    const body = { "@odata.id": `accounts(${NORTH})` };
    expect((await client.send("POST", `leads(${lead(1)})/${PROPERTY}/$ref`, { body })).status).toBe(204);
    expect(await leadsOf(NORTH)).toEqual(["Lead 1", "Lead 2"]);
    expect(await leadsOf(NORTH, "&$filter=lastname ne 'Lead 1'")).toEqual(["Lead 2"]);
    expect((await client.get(`accounts(${NORTH})/${PROPERTY}/$count`)).text).toBe("2");
    const references = await client.get(`accounts(${NORTH})/${PROPERTY}/$ref`);
    expect(references.json["value"]).toEqual([
      { "@odata.id": `${client.api}/leads(${lead(1)})` },
      { "@odata.id": `${client.api}/leads(${lead(2)})` },
    ]);
    expect(client.emulator.store.get("account", NORTH)).toEqual(before);
    const one = `accounts(${NORTH})/${PROPERTY}`;
    expect((await client.send("DELETE", `${one}(${lead(1)})/$ref`)).status).toBe(204);
    const address = encodeURIComponent(`${client.api}/leads(${lead(2)})`);
    expect((await client.send("DELETE", `${one}/$ref?$id=${address}`)).status).toBe(204);
    expect(await leadsOf(NORTH)).toEqual([]);
    expect(client.emulator.store.count("accountleads")).toBe(0);
  });

  it("refuse a link twice, a link that is not there, another entity and a missing privilege", async () => {
    await associate(NORTH, 1);
    expect(code(await associate(NORTH, 1))).toEqual([412, "0x80040237"]);
    const gone = await client.send("DELETE", `accounts(${NORTH})/${PROPERTY}(${lead(2)})/$ref`);
    expect(code(gone)).toEqual([404, "0x80040217"]);
    const body = { "@odata.id": `accounts(${SOUTH})` };
    const wrong = await client.send("POST", `accounts(${NORTH})/${PROPERTY}/$ref`, { body });
    expect(code(wrong)).toEqual([400, "0x80060888"]);
    const { access, organization } = client.emulator;
    access.set(organization.standard.applicationUser, "lead", "AppendTo", "none");
    expect(code(await associate(NORTH, 2))).toEqual([403, "0x80040220"]);
  });

  it("can be expanded and filtered through, but stand beside no other expansion", async () => {
    await associate(NORTH, 1);
    await associate(NORTH, 3);
    const { json } = await client.get(`accounts?$select=name&$expand=${PROPERTY}($select=lastname)`);
    expect(list(json["value"]).map((each) => names(each[PROPERTY]))).toEqual([["Lead 1", "Lead 3"], []]);
    expect(list(list(json["value"])[0]?.[PROPERTY])[0]).not.toHaveProperty("_accountid_value");
    const filter = (text: string) => client.get(`accounts?$select=name&$filter=${PROPERTY}/${text}`);
    expect(names((await filter("any(l:l/lastname eq 'Lead 3')")).json["value"])).toEqual(["North"]);
    expect(names((await filter("any(l:l/lastname eq 'Lead 2')")).json["value"])).toEqual([]);
    const both = await client.get(`accounts?$expand=${PROPERTY},primarycontactid`);
    expect(code(both)).toEqual([400, "0x80060888"]);
    const nested = await client.get(`accounts?$expand=${PROPERTY}($expand=createdby)`);
    expect(code(nested)).toEqual([400, "0x80060888"]);
  });

  it("are made along with a record, by binding and by nesting", async () => {
    const body = {
      name: "East",
      [`${PROPERTY}@odata.bind`]: [`/leads(${lead(1)})`],
      [PROPERTY]: [{ lastname: "New", subject: "s" }],
    };
    const { headers } = await client.send("POST", "accounts", { body });
    const made = /\(([^()]+)\)$/.exec(headers.get("odata-entityid") ?? "")?.[1] ?? "";
    expect((await leadsOf(made)).toSorted()).toEqual(["Lead 1", "New"]);
  });

  it("go with the records that they tie, and move when records are merged", async () => {
    await associate(NORTH, 1);
    await associate(NORTH, 2);
    await associate(SOUTH, 2);
    await client.send("DELETE", `leads(${lead(1)})`);
    expect(client.emulator.store.count("accountleads")).toBe(2);
    const typed = (accountid: string) => ({ accountid, "@odata.type": "Microsoft.Dynamics.CRM.account" });
    const body = { Target: typed(SOUTH), Subordinate: typed(NORTH), PerformParentingChecks: false };
    expect((await client.send("POST", "Merge", { body })).status).toBe(204);
    expect(client.emulator.store.count("accountleads")).toBe(1);
    expect(await leadsOf(SOUTH)).toEqual(["Lead 2"]);
  });

  it("are rows of an intersect entity, which is read and tracked but not written", async () => {
    await associate(NORTH, 1);
    const rows = await client.get("accountleadscollection");
    expect(list(rows.json["value"])).toMatchObject([{ accountid: NORTH, leadid: lead(1) }]);
    const write = await client.send("POST", "accountleadscollection", { body: { accountid: NORTH } });
    expect(code(write)).toEqual([400, "0x80040800"]);
    expect(code(await client.send("POST", "listmembers", { body: {} }))).toEqual([400, "0x80040800"]);
    const prefer = { prefer: "odata.track-changes" };
    const { json } = await client.get("accountleadscollection?$select=leadid", prefer);
    await client.send("DELETE", `accounts(${NORTH})/${PROPERTY}(${lead(1)})/$ref`);
    const delta = await client.get(str(json["@odata.deltaLink"]));
    expect(list(delta.json["value"])).toMatchObject([{ reason: "deleted" }]);
    client.emulator.schema.setChangeTracking("lead", false);
    expect(code(await client.get("accountleadscollection?$select=leadid", prefer))).toEqual([
      400,
      "0x80072492",
    ]);
  });

  it("can be defined while the emulator runs", async () => {
    const relationship = {
      schemaName: "new_account_campaign",
      entity1LogicalName: "account",
      entity1IntersectAttribute: "accountid",
      entity1NavigationPropertyName: "new_account_campaign",
      entity2LogicalName: "campaign",
      entity2IntersectAttribute: "campaignid",
      entity2NavigationPropertyName: "new_account_campaign",
      intersectEntityName: "new_account_campaign",
    };
    const { schema, store } = client.emulator;
    const file = {
      logicalName: "account",
      schemaName: "Account",
      entitySetName: "accounts",
      objectTypeCode: 1,
      primaryIdAttribute: "accountid",
      primaryNameAttribute: "name",
      ownershipType: "UserOwned",
      displayName: "Account",
      changeTrackingEnabled: true,
      attributes: [],
      manyToManyRelationships: [relationship],
    };
    schema.define(file);
    const campaign = store.create("campaign", { name: "Spring" });
    const body = { "@odata.id": `campaigns(${campaign})` };
    await client.send("POST", `accounts(${NORTH})/new_account_campaign/$ref`, { body });
    const { json } = await client.get("new_account_campaignset");
    expect(list(json["value"])).toMatchObject([{ accountid: NORTH, campaignid: campaign }]);
  });
});

describe("memberships", () => {
  const reference = (entity: string, id: string) => ({
    "@odata.type": NAMESPACE + entity,
    [`${entity}id`]: id,
  });

  it("of teams", async () => {
    const { store, organization } = client.emulator;
    const { administrator, system } = organization.standard;
    const team = store.create("team", { name: "Team", teamtype: 0 });
    const members = (...ids: string[]) => ({
      body: { Members: ids.map((id) => reference("systemuser", id)) },
    });
    const act = (name: string, ...ids: string[]) =>
      client.send("POST", `teams(${team})/${NAMESPACE}${name}`, members(...ids));
    expect((await act("AddMembersTeam", administrator, system)).status).toBe(204);
    expect((await act("AddMembersTeam", administrator)).status).toBe(204);
    const users = async () =>
      list(
        (await client.get(`teams(${team})/teammembership_association?$select=systemuserid`)).json["value"],
      );
    expect(await users()).toHaveLength(2);
    expect((await act("RemoveMembersTeam", system)).status).toBe(204);
    expect(await users()).toMatchObject([{ systemuserid: administrator }]);
    const teams = await client.get(`systemusers(${administrator})/teammembership_association?$select=name`);
    expect(names(teams.json["value"])).toEqual(["Team"]);
  });

  it("of marketing lists, of three kinds, and of campaigns", async () => {
    const { store } = client.emulator;
    const listid = store.create("list", { listname: "News", createdfromcode: 2 });
    const contact = store.create("contact", { lastname: "Member" });
    const act = (name: string, body: unknown) =>
      client.send("POST", `lists(${listid})/${NAMESPACE}${name}`, { body });
    await act("AddListMembersList", { Members: [reference("lead", lead(1)), reference("account", NORTH)] });
    const added = await act("AddMemberList", { EntityId: reference("contact", contact) });
    expect(store.get("listmember", str(added.json["ListMemberId"]))).toMatchObject({
      entityid: { id: contact },
    });
    const body = { List: reference("list", listid), Members: [reference("lead", lead(2))] };
    expect((await client.send("POST", "AddListMembersList", { body })).status).toBe(204);
    const members = async (kind: string) =>
      names((await client.get(`lists(${listid})/list${kind}_association`)).json["value"]);
    expect(await members("lead")).toEqual(["Lead 1", "Lead 2"]);
    expect(await members("account")).toEqual(["North"]);
    expect(await members("contact")).toEqual(["Member"]);
    const lists = await client.get(`leads(${lead(1)})/listlead_association?$select=listname`);
    expect(list(lists.json["value"])).toMatchObject([{ listname: "News" }]);
    await act("RemoveMemberList", { EntityId: reference("lead", lead(1)) });
    expect(await members("lead")).toEqual(["Lead 2"]);
    const campaign = store.create("campaign", { name: "Spring" });
    const item = await act("AddItemCampaign", { Campaign: reference("campaign", campaign) });
    expect(item.json).toMatchObject({ campaignid: campaign, entityid: listid });
    const found = await client.get(`campaigns(${campaign})/campaignlist_association?$select=listname`);
    expect(list(found.json["value"])).toMatchObject([{ listname: "News" }]);
    expect(code(await act("AddListMembersList", { Members: [reference("campaign", campaign)] }))).toEqual([
      400,
      "0x80040203",
    ]);
  });
});

describe("InitializeFrom", () => {
  const path = (source: string, target: string, type = "ValidForCreate"): string =>
    `InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)?@p1={'@odata.id':'${source}'}&@p2='${target}'&@p3=Microsoft.Dynamics.CRM.TargetFieldType'${type}'`;

  it("gives the body that the document on it shows, with which a record can be created", async () => {
    const { store, organization } = client.emulator;
    const currency = organization.standard.currency;
    store.update("account", NORTH, {
      address1_line1: "123 Maple St.",
      address1_city: "Seattle",
      transactioncurrencyid: { entity: "transactioncurrency", id: currency },
    });
    const { json } = await client.get(path(`accounts(${NORTH})`, "account"));
    expect(json).toEqual({
      "@odata.context": `${client.api}/$metadata#accounts/$entity`,
      "@odata.type": "#Microsoft.Dynamics.CRM.account",
      "parentaccountid@odata.bind": `accounts(${NORTH})`,
      "transactioncurrencyid@odata.bind": `transactioncurrencies(${currency})`,
      address1_line1: "123 Maple St.",
      address1_city: "Seattle",
    });
    const { headers, status } = await client.send("POST", "accounts", { body: { ...json, name: "Branch" } });
    expect(status).toBe(204);
    const id = /\(([^()]+)\)$/.exec(headers.get("odata-entityid") ?? "")?.[1] ?? "";
    expect(store.get("account", id)).toMatchObject({
      parentaccountid: { id: NORTH },
      address1_city: "Seattle",
    });
  });

  it("maps a lead as its qualification does", async () => {
    client.emulator.store.update("lead", lead(1), { companyname: "Acme", subject: "Pumps" });
    expect((await client.get(path(`leads(${lead(1)})`, "account"))).json).toMatchObject({
      name: "Acme",
      "originatingleadid@odata.bind": `leads(${lead(1)})`,
    });
  });

  it("refuses what has no map, no record or no such type", async () => {
    expect(code(await client.get(path(`leads(${lead(1)})`, "campaign")))).toEqual([400, "0x80040203"]);
    expect(code(await client.get(path(`leads(${lead(9)})`, "account")))).toEqual([404, "0x80040217"]);
    expect(code(await client.get(path(`leads(${lead(1)})`, "account", "Nonsense")))).toEqual([
      400,
      "0x80040203",
    ]);
  });
});
