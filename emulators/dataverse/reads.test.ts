import { describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { Json, TestClient } from "./test-client.ts";

async function names(client: TestClient, query: string): Promise<string[]> {
  const { status, json, text } = await client.get(`contacts?$select=lastname&${query}`);
  if (status !== 200) throw new Error(text);
  return (json["value"] as unknown as Json[]).map((row) => str(row["lastname"]));
}

/** Five contacts, one of them almost empty. */
async function people(): Promise<TestClient> {
  const client = await testClient();
  const { store, schema } = client.emulator;
  schema.addAttribute("contact", {
    logicalName: "new_topics",
    schemaName: "new_Topics",
    attributeType: "Virtual",
    attributeTypeName: "MultiSelectPicklistType",
    displayName: "Topics",
    requiredLevel: "None",
    isPrimaryId: false,
    isPrimaryName: false,
    isValidForCreate: true,
    isValidForUpdate: true,
    isValidForRead: true,
    isValidODataAttribute: true,
    isCustomAttribute: true,
    optionSet: {
      name: "new_topics",
      isGlobal: false,
      options: [1, 2, 9].map((value) => ({ value, label: `Topic ${value}` })),
    },
  });
  const account = { entity: "account", id: store.create("account", { name: "Contoso" }) };
  store.insertMany("contact", [
    {
      firstname: "Ann",
      lastname: "Adams",
      emailaddress1: "ann@contoso.example",
      numberofchildren: 1,
      annualincome: "10.5",
      birthdate: "1980-01-02",
      parentcustomerid: account,
      new_topics: "9, 1",
    },
    {
      firstname: "Bob",
      lastname: "Brown",
      emailaddress1: "bob@o'hara.example",
      numberofchildren: 2,
      annualincome: "9.75",
      createdon: "2026-03-04T07:00:00Z",
    },
    { firstname: "Cia", lastname: "Cole", numberofchildren: 3, donotemail: true, new_topics: "2" },
    { firstname: "Dirk", lastname: "Dirk", numberofchildren: 4, createdon: "2026-01-01T00:00:00Z" },
    { lastname: "Empty", createdon: "2025-03-04T08:00:00Z" },
  ]);
  return client;
}

const crm = (call: string): string => `Microsoft.Dynamics.CRM.${call}`;

describe("$filter", () => {
  it.each([
    ["lastname eq 'ADAMS'", "Adams"],
    ["contains(emailaddress1,'o''hara')", "Brown"],
    ["startswith(lastname,'_ol')", "Cole"],
    ["endswith(emailaddress1,'.example') and numberofchildren lt 2", "Adams"],
    ["numberofchildren ge 2 and numberofchildren le 3", "Brown Cole"],
    ["numberofchildren gt 3 or lastname eq 'Adams'", "Adams Dirk"],
    ["not (numberofchildren gt 1)", "Adams"],
    ["numberofchildren eq null", "Empty"],
    ["firstname ne null and firstname ne 'Ann'", "Brown Cole Dirk"],
    ["firstname eq lastname", "Dirk"],
    ["annualincome gt 9.8", "Adams"],
    ["donotemail eq true", "Cole"],
    ["donotemail", "Cole"],
    ["birthdate lt 1990-01-01", "Adams"],
    ["createdon lt 2026-01-01T01:00:00Z", "Dirk Empty"],
    ["parentcustomerid_account/name eq 'contoso'", "Adams"],
    ["account_primary_contact/any(a:a/name eq 'x')", ""],
    [crm("In(PropertyName='numberofchildren',PropertyValues=['1','4'])"), "Adams Dirk"],
    [crm('Between(PropertyName=\'numberofchildren\',PropertyValues=["2","3"])'), "Brown Cole"],
    [crm("ContainValues(PropertyName='new_topics',PropertyValues=['1','7'])"), "Adams"],
    [crm("LastXHours(PropertyName='createdon',PropertyValue=2)"), "Adams Brown Cole"],
    [crm("On(PropertyName='createdon',PropertyValue='2026-01-01')"), "Dirk"],
    [crm("OnOrAfter(PropertyName='createdon',PropertyValue='2026-01-01')"), "Adams Brown Cole Dirk"],
    [crm("OnOrBefore(PropertyName='createdon',PropertyValue='2026-01-01')"), "Dirk Empty"],
    [crm("OlderThanXMonths(PropertyName='createdon',PropertyValue=3)"), "Empty"],
  ])("%s", async (filter, expected) => {
    const client = await people();
    const found = await names(client, `$orderby=lastname&$filter=${encodeURIComponent(filter)}`);
    expect(found.join(" ")).toBe(expected);
  });

  it("takes parameter aliases, and null for those without a value", async () => {
    const client = await people();
    expect(await names(client, "$filter=lastname eq @p1&@p1='Cole'")).toEqual(["Cole"]);
    expect(await names(client, "$filter=numberofchildren eq @p2")).toEqual(["Empty"]);
  });

  it("can play both answers to the open question of ne and null", async () => {
    const client = await people();
    expect(await names(client, "$filter=numberofchildren ne 1&$orderby=lastname")).toEqual([
      "Brown",
      "Cole",
      "Dirk",
    ]);
    client.emulator.settings.neFindsNull = true;
    expect(await names(client, "$filter=numberofchildren ne 1&$orderby=lastname")).toEqual([
      "Brown",
      "Cole",
      "Dirk",
      "Empty",
    ]);
  });

  it.each([
    "Name eq 'x'",
    "lastname in ('a','b')",
    "lastname eq 'x' nonsense",
    "numberofchildren eq 'many'",
    "lastname eq",
    "round(numberofchildren) eq 1",
  ])("refuses %s", async (filter) => {
    const client = await people();
    const { status, json } = await client.get(`contacts?$filter=${encodeURIComponent(filter)}`);
    expect([status, json["error"]?.["code"]]).toEqual([400, "0x80060888"]);
  });
});

describe("order and pages", () => {
  it("sorts nulls first and pages by several columns without loss", async () => {
    const client = await people();
    client.emulator.store.insertMany(
      "contact",
      Array.from({ length: 20 }, (_, index) => ({ lastname: "Same", numberofchildren: index % 3 })),
    );
    const { rows, pages } = await client.readAll(
      "contacts?$select=lastname,numberofchildren&$orderby=numberofchildren desc,lastname",
      {
        prefer: "odata.maxpagesize=4",
      },
    );
    expect(pages).toBe(7);
    expect(new Set(rows.map((row) => row["contactid"])).size).toBe(25);
    const children = rows.map((row) => Number(row["numberofchildren"] ?? -1));
    expect(children).toEqual(children.toSorted((left, right) => right - left));
    expect(rows.at(-1)?.["lastname"]).toBe("Empty");
  });

  it("writes the paging cookie as the service does", async () => {
    const client = await people();
    const { json } = await client.get("contacts?$select=fullname", { prefer: "odata.maxpagesize=2" });
    const [first = "", second = ""] = client.emulator.store.ids("contact").map((id) => id.toUpperCase());
    expect(json["@odata.nextLink"]).toBe(
      `${client.api}/contacts?$select=fullname&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e%253ccontactid%2520last%253d%2522%257b${second}%257d%2522%2520first%253d%2522%257b${first}%257d%2522%2520%252f%253e%253c%252fcookie%253e%22%20istracking=%22False%22%20/%3E`,
    );
  });

  it("ignores $top with a page size, and knows no $skip", async () => {
    const client = await people();
    expect(await names(client, "$top=2")).toHaveLength(2);
    const { rows } = await client.readAll("contacts?$top=2", { prefer: "odata.maxpagesize=3" });
    expect(rows).toHaveLength(5);
    for (const option of ["$skip=1", "$search=x", "$format=json", "$compute=x", "$levels=2"]) {
      expect((await client.get(`contacts?${option}`)).json["error"]?.["code"]).toBe("0x80060888");
    }
  });

  it("never counts beyond 5,000, but RetrieveTotalRecordCount does", async () => {
    const client = await testClient();
    client.emulator.store.insertMany(
      "lead",
      Array.from({ length: 5003 }, (_, index) => ({ lastname: `L${index}` })),
    );
    const prefer = 'odata.include-annotations="*"';
    const { json } = await client.get("leads?$select=leadid&$count=true", { prefer });
    expect(json["@odata.count"]).toBe(5000);
    expect(json["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"]).toBe(true);
    expect((json["value"] as unknown as Json[]).length).toBe(5000);
    expect((await client.get("leads/$count")).text).toBe("5000");
    const total = await client.get("RetrieveTotalRecordCount(EntityNames=@p1)?@p1=['account','lead']");
    expect(total.json["EntityRecordCountCollection"]).toEqual({
      Count: 2,
      IsReadOnly: false,
      Keys: ["account", "lead"],
      Values: [0, 5003],
    });
  });

  it("annotates choices, lookups and money, each before its property", async () => {
    const client = await people();
    const { text } = await client.get(
      "contacts?$select=statecode,new_topics,annualincome,_parentcustomerid_value&$filter=lastname eq 'Adams'",
      {
        prefer:
          'odata.include-annotations="OData.Community.Display.V1.FormattedValue,Microsoft.Dynamics.CRM.*"',
      },
    );
    expect(text).toContain('"statecode@OData.Community.Display.V1.FormattedValue":"Active","statecode":0');
    expect(text).toContain(
      '"new_topics@OData.Community.Display.V1.FormattedValue":"Topic 1; Topic 9","new_topics":"1,9"',
    );
    expect(text).toContain(
      '"annualincome@OData.Community.Display.V1.FormattedValue":"$10.50","annualincome":10.5000',
    );
    expect(text).toMatch(
      /"_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty":"parentcustomerid_account","_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"account","_parentcustomerid_value":"/,
    );
  });
});

describe("single records", () => {
  it("reads a column, its absence, and what a lookup leads to", async () => {
    const client = await people();
    const [id = ""] = (await client.readAll("contacts?$filter=lastname eq 'Adams'")).rows.map((row) =>
      str(row["contactid"]),
    );
    expect((await client.get(`contacts(${id})/lastname`)).json["value"]).toBe("Adams");
    expect((await client.get(`contacts(${id})/jobtitle`)).status).toBe(204);
    expect((await client.get(`contacts(${id})/parentcustomerid_account?$select=name`)).json["name"]).toBe(
      "Contoso",
    );
  });

  it("shows users with both of their keys", async () => {
    const client = await testClient();
    const { administrator } = client.emulator.organization.standard;
    const { json } = await client.get(`systemusers(${administrator})?$select=fullname`);
    expect(json).toMatchObject({
      systemuserid: administrator,
      ownerid: administrator,
      fullname: "Ada Admin",
    });
  });

  it.each([
    ["Contacts", 404, "0x8006088a"],
    ["contacts?$select=Name", 400, "0x80060888"],
    ["contacts(aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb)", 404, "0x80040217"],
    ["contacts?$expand=nosuch", 400, "0x80060888"],
  ])("refuses %s", async (path, status, expected) => {
    const client = await testClient();
    const answer = await client.get(path);
    expect([answer.status, answer.json["error"]?.["code"]]).toEqual([status, expected]);
  });
});

describe("roles", () => {
  it("shows a user's own records, or none, or says what is missing", async () => {
    const client = await people();
    const { access, organization, store } = client.emulator;
    const user = organization.standard.applicationUser;
    const [id = ""] = store.ids("contact");
    store.update("contact", id, { ownerid: { entity: "systemuser", id: user } });
    access.set(user, "contact", "Read", "user");
    const own = (await client.readAll("contacts?$select=contactid")).rows;
    expect(own.map((row) => row["contactid"])).toEqual([id]);
    access.set(user, "contact", "Read", "none");
    const refused = await client.get("contacts");
    expect(refused.status).toBe(403);
    expect(refused.json["error"]?.["message"]).toContain("is missing prvReadContact privilege");
    const privileges = await client.get(`systemusers(${user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges`);
    const held = privileges.json["RolePrivileges"] as unknown as Json[];
    expect(held.some((privilege) => str(privilege["PrivilegeName"]) === "prvReadContact")).toBe(false);
    expect(held.some((privilege) => str(privilege["PrivilegeName"]) === "prvReadLead")).toBe(true);
  });
});

describe("every column that the metadata offers", () => {
  it("can be asked for, names of entities among them", async () => {
    const client = await testClient();
    for (const table of ["account", "annotation", "connection", "opportunity", "task"]) {
      const { entity } = client.emulator.organization.table(table);
      const offered = [...entity.attributes.values()].filter(
        ({ isValidForRead, isValidODataAttribute }) => isValidForRead && isValidODataAttribute,
      );
      const select = offered.map(({ property, logicalName }) => property ?? logicalName).join(",");
      const { status, text } = await client.get(`${entity.entitySetName}?$select=${select}`);
      expect(`${status} ${text.slice(0, 200)}`).toMatch(/^200/);
    }
  });
});
