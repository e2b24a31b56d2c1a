import { describe, expect, it } from "vitest";
import { str, testClient } from "../test-client.ts";
import type { Json, Seen, TestClient } from "../test-client.ts";
import { pitfall } from "./pitfall-names.ts";

/** Pitfalls of writing. Each test drives the emulator over its Web API, as a client would. */

const REPRESENTATION = { prefer: "return=representation" };
const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-/i;

function refusal({ status, json }: Seen): [number, unknown] {
  return [status, json["error"]?.["code"]];
}

async function created(client: TestClient, set: string, body: unknown): Promise<string> {
  const { headers, status, text } = await client.send("POST", set, { body });
  if (status !== 204) throw new Error(text);
  return /\(([^()]+)\)$/.exec(headers.get("odata-entityid") ?? "")?.[1] ?? "";
}

const rows = (json: Json): Json[] => json["value"] as unknown as Json[];

describe("upserts and keys", () => {
  async function keyed(): Promise<TestClient> {
    const client = await testClient();
    client.emulator.schema.addKey("account", "number", ["accountnumber"]);
    return client;
  }

  it(pitfall(1), async () => {
    const client = await keyed();
    const upsert = async (headers: Record<string, string>) =>
      client.send("PATCH", "accounts(accountnumber='A-1')?$select=accountid", {
        headers,
        body: { name: "By key" },
      });
    const made = await upsert({});
    expect([made.status, made.text]).toEqual([204, ""]);
    expect(made.headers.get("odata-entityid")).toBe(`${client.api}/accounts(accountnumber='A-1')`);
    expect(made.headers.get("odata-entityid")).not.toMatch(GUID);
    const updated = await upsert(REPRESENTATION);
    expect([updated.status, updated.headers.get("odata-entityid")]).toEqual([200, null]);
    expect(str(updated.json["accountid"])).toMatch(GUID);
  });

  it(pitfall(2), async () => {
    const client = await testClient();
    const mistyped = "accounts(aaaaaaaa-0000-4000-8000-000000000001)";
    const guarded = { headers: { "if-match": "*" }, body: { telephone1: "1" } };
    expect(refusal(await client.send("PATCH", mistyped, guarded))).toEqual([404, "0x80040217"]);
    expect((await client.get("accounts/$count")).text).toBe("0");
    expect((await client.send("PATCH", mistyped, { body: { telephone1: "1" } })).status).toBe(204);
    expect((await client.get(`${mistyped}?$select=telephone1`)).json["telephone1"]).toBe("1");
    const again = await client.send("PATCH", mistyped, {
      headers: REPRESENTATION,
      body: { telephone1: "2" },
    });
    expect(again.status).toBe(200);
  });

  it.each(["/", "<", ">", "*", "%", "&", ":", "\\", "?", "+"])(`${pitfall(3)}: %s`, async (character) => {
    const client = await keyed();
    const number = `A${character}1`;
    const accountid = await created(client, "accounts", { name: "Odd", accountnumber: number });
    const address = `accounts(accountnumber='${encodeURIComponent(number)}')`;
    expect((await client.get(address)).status).toBe(400);
    expect((await client.send("PATCH", address, { body: { name: "Never" } })).status).toBe(400);
    const found = await client.get(
      `accounts?$select=accountid&$filter=accountnumber eq '${encodeURIComponent(number)}'`,
    );
    expect(rows(found.json).map((row) => row["accountid"])).toEqual([accountid]);
  });

  it(`${pitfall(3)}, but may hold others`, async () => {
    const client = await keyed();
    await created(client, "accounts", { name: "Plain", accountnumber: "o'neil@a.b" });
    const address = `accounts(accountnumber='${encodeURIComponent("o''neil@a.b")}')?$select=name`;
    expect((await client.get(address)).json["name"]).toBe("Plain");
  });

  it(pitfall(25), async () => {
    const client = await testClient();
    const { administrator } = client.emulator.organization.standard;
    const read = async (key: string) => client.get(`systemusers(${key})?$select=fullname`);
    for (const key of [administrator, `ownerid=${administrator}`]) {
      expect((await read(key)).json).toMatchObject({ systemuserid: administrator, ownerid: administrator });
    }
    expect(refusal(await read(`systemuserid=${administrator}`))).toEqual([400, "0x80060890"]);
    const accountid = await created(client, "accounts", { name: "Named key" });
    expect((await client.get(`accounts(accountid=${accountid})?$select=name`)).json["name"]).toBe(
      "Named key",
    );
    expect(refusal(await client.get(`accounts(ownerid=${administrator})`))).toEqual([400, "0x80060890"]);
  });
});

describe("values", () => {
  it(pitfall(9), async () => {
    const client = await testClient();
    const lead = await created(client, "leads", { lastname: "Lee" });
    const state = async (body: unknown) => {
      const { json } = await client.send("PATCH", `leads(${lead})?$select=statecode,statuscode`, {
        headers: REPRESENTATION,
        body,
      });
      return json["error"]?.["code"] ?? [json["statecode"], json["statuscode"]];
    };
    expect(await state({ statecode: 2 })).toEqual([2, 7]);
    expect(await state({ statecode: 2, statuscode: 5 })).toEqual([2, 5]);
    expect(await state({ statuscode: 1 })).toBe("0x80048408");
    expect(await state({ statecode: 0, statuscode: 4 })).toBe("0x80048408");
    expect(await state({ statecode: 0 })).toEqual([0, 1]);
    expect(await state({ statecode: 1 })).toEqual([1, 3]);
    const account = await created(client, "accounts", { name: "A", statecode: 1 });
    const { json } = await client.get(`accounts(${account})?$select=statecode,statuscode`);
    expect([json["statecode"], json["statuscode"]]).toEqual([0, 1]);
    const inactive = { body: { name: "B", statecode: 1, statuscode: 2 } };
    expect(refusal(await client.send("POST", "accounts", inactive))).toEqual([400, "0x80048408"]);
  });

  it(pitfall(10), async () => {
    const client = await testClient();
    client.emulator.schema.addAttribute("contact", {
      logicalName: "new_partnerid",
      schemaName: "new_PartnerId",
      attributeType: "Lookup",
      attributeTypeName: "LookupType",
      displayName: "Partner",
      requiredLevel: "None",
      isPrimaryId: false,
      isPrimaryName: false,
      isValidForCreate: true,
      isValidForUpdate: true,
      isValidForRead: true,
      isValidODataAttribute: true,
      isCustomAttribute: true,
      targets: ["account"],
    });
    const account = await created(client, "accounts", { name: "A" });
    const contact = await created(client, "contacts", { lastname: "B" });
    const bind = async (name: string, set = "accounts", id = account) =>
      client.send("PATCH", `contacts(${contact})`, { body: { [`${name}@odata.bind`]: `/${set}(${id})` } });
    for (const wrong of ["parentcustomerid", "ParentCustomerId_Account", "new_partnerid"]) {
      const answer = await bind(wrong);
      expect(refusal(answer)).toEqual([400, "0x80048d19"]);
      expect(answer.json["error"]?.["message"]).toContain(`An undeclared property '${wrong}' which only has`);
    }
    expect((await bind("new_PartnerId")).status).toBe(204);
    expect((await bind("parentcustomerid_account")).status).toBe(204);
    const other = await created(client, "contacts", { lastname: "C" });
    expect((await bind("parentcustomerid_contact", "contacts", other)).status).toBe(204);
    const { json } = await client.get(
      `contacts(${contact})?$select=_parentcustomerid_value,_new_partnerid_value`,
      {
        prefer: 'odata.include-annotations="*"',
      },
    );
    expect(json).toMatchObject({
      _parentcustomerid_value: other,
      "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "contact",
      "_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty":
        "parentcustomerid_contact",
      _new_partnerid_value: account,
    });
    expect((await client.get(`contacts(${contact})/parentcustomerid_account`)).status).toBe(204);
  });

  it(pitfall(11), async () => {
    const client = await testClient();
    const { currency: dollar } = client.emulator.organization.standard;
    const crown = await created(client, "transactioncurrencies", {
      currencyname: "Crown",
      isocurrencycode: "SEK",
      currencysymbol: "kr",
      currencyprecision: 2,
      exchangerate: 4,
    });
    const id = await created(client, "accounts", { name: "A", revenue: 100 });
    const select = `accounts(${id})?$select=revenue,revenue_base,exchangerate`;
    const first = await client.get(select);
    expect(first.text).toContain('"revenue":100.0000,"revenue_base":100.0000');
    expect(first.json["_transactioncurrencyid_value"]).toBe(dollar);
    const inCrowns = { "transactioncurrencyid@odata.bind": `/transactioncurrencies(${crown})` };
    await client.send("PATCH", `accounts(${id})`, { body: inCrowns });
    const second = await client.get(select);
    expect(second.text).toContain('"revenue":100.0000,"revenue_base":25.0000,"exchangerate":4.0000000000');
    expect(second.json["_transactioncurrencyid_value"]).toBe(crown);
    await client.send("PATCH", `transactioncurrencies(${crown})`, { body: { exchangerate: 5 } });
    expect((await client.get(select)).text).toBe(second.text);
    await client.send("PATCH", `accounts(${id})`, { body: { revenue: 100 } });
    expect((await client.get(select)).text).toContain('"revenue":100.0000,"revenue_base":20.0000');
  });

  it(pitfall(12), async () => {
    const client = await testClient();
    const id = await created(client, "contacts", { firstname: "Ann", lastname: "Lee", fullname: "Ignored" });
    const name = async () => (await client.get(`contacts(${id})?$select=fullname`)).json["fullname"];
    expect(await name()).toBe("Ann Lee");
    expect((await client.send("PATCH", `contacts(${id})`, { body: { fullname: "Ignored" } })).status).toBe(
      204,
    );
    expect(await name()).toBe("Ann Lee");
    await client.send("PATCH", `contacts(${id})`, { body: { firstname: null } });
    expect(await name()).toBe("Lee");
    client.emulator.settings.strictReadOnly = true;
    expect((await client.send("PATCH", `contacts(${id})`, { body: { fullname: "No" } })).status).toBe(400);
  });

  it(pitfall(13), async () => {
    const client = await testClient();
    const id = await created(client, "contacts", { lastname: "Lee", jobtitle: "", description: "x" });
    await client.send("PATCH", `contacts(${id})`, { body: { description: "" } });
    const { json } = await client.get(`contacts(${id})?$select=jobtitle,description`);
    expect([json["jobtitle"], json["description"]]).toEqual([null, null]);
    expect((await client.get(`contacts/$count?$filter=jobtitle eq null`)).text).toBe("1");
  });

  it(pitfall(14), async () => {
    const client = await testClient();
    const sent = { lastname: "Lee  \t ", description: "one\ntwo\r\nthree" };
    const id = await created(client, "contacts", sent);
    const read = async () => (await client.get(`contacts(${id})?$select=lastname,description`)).json;
    expect(await read()).toMatchObject({ lastname: "Lee", description: "one\ntwo\r\nthree" });
    client.emulator.settings.lineEnds = "crlf";
    await client.send("PATCH", `contacts(${id})`, { body: sent });
    expect(await read()).toMatchObject({ lastname: "Lee", description: "one\r\ntwo\r\nthree" });
  });

  it(pitfall(15), async () => {
    const client = await testClient();
    const contact = await created(client, "contacts", { lastname: "Lee", birthdate: "1985-03-01" });
    const task = await created(client, "tasks", {
      subject: "Call",
      scheduledstart: "2026-02-01T03:04:05.678+02:00",
    });
    const value = async (address: string) => (await client.get(address)).json["value"];
    expect(await value(`contacts(${contact})/birthdate`)).toBe("1985-03-01");
    expect(await value(`tasks(${task})/scheduledstart`)).toBe("2026-02-01T01:04:05Z");
    const write = async (address: string, body: unknown) =>
      refusal(await client.send("PATCH", address, { body }));
    const timed = { birthdate: "1985-03-01T00:00:00Z" };
    expect(await write(`contacts(${contact})`, timed)).toEqual([400, "0x80048d19"]);
    const ancient = { scheduledstart: "1700-01-01T00:00:00Z" };
    expect(await write(`tasks(${task})`, ancient)).toEqual([400, "0x80040239"]);
    await write(`tasks(${task})`, { scheduledstart: "2026-02-01T03:04:05" });
    expect(await value(`tasks(${task})/scheduledstart`)).toBe("2026-02-01T03:04:05Z");
    const lead = await created(client, "leads", {
      lastname: "Lee",
      estimatedclosedate: "2026-05-06",
      schedulefollowup_prospect: "2026-05-06T00:00:00Z",
    });
    const dates = await client.get(`leads(${lead})?$select=estimatedclosedate,schedulefollowup_prospect`, {
      prefer: 'odata.include-annotations="*"',
    });
    expect(dates.json).toMatchObject({
      estimatedclosedate: "2026-05-06",
      schedulefollowup_prospect: "2026-05-06T00:00:00Z",
      "schedulefollowup_prospect@OData.Community.Display.V1.FormattedValue": "5/6/2026",
    });
  });

  it(pitfall(18), async () => {
    const client = await testClient();
    client.emulator.settings.duplicateRules.push({ entity: "lead", attributes: ["emailaddress1"] });
    const body = { lastname: "Lee", emailaddress1: "a@b.example" };
    const headers = { "mscrm.suppressduplicatedetection": "false" };
    await created(client, "leads", body);
    for (const status of [412, 500] as const) {
      client.emulator.settings.duplicateStatus = status;
      expect(refusal(await client.send("POST", "leads", { headers, body }))).toEqual([status, "0x80040333"]);
    }
    expect((await client.send("POST", "leads", { body })).status).toBe(204);
  });

  it(pitfall(24), async () => {
    const client = await testClient();
    const { access, organization } = client.emulator;
    const { administrator, system } = organization.standard;
    const id = await created(client, "accounts", { name: "A" });
    const assign = async (user: string) =>
      refusal(
        await client.send("PATCH", `accounts(${id})`, {
          body: { "ownerid@odata.bind": `/systemusers(${user})` },
        }),
      );
    expect(await assign(system)).toEqual([403, "0x80040225"]);
    access.set(administrator, "account", "Read", "none");
    expect(await assign(administrator)).toEqual([403, "0x80040231"]);
    access.set(administrator, "account", "Read", "user");
    expect(await assign(administrator)).toEqual([204, undefined]);
    const { json } = await client.get(`accounts(${id})?$select=_ownerid_value,_owninguser_value`);
    expect([json["_ownerid_value"], json["_owninguser_value"]]).toEqual([administrator, administrator]);
  });
});
