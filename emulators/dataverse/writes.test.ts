import { describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { TestClient } from "./test-client.ts";

const ID = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb";

function code(answer: Awaited<ReturnType<TestClient["get"]>>): [number, unknown] {
  return [answer.status, answer.json["error"]?.["code"]];
}

async function withAccount() {
  const client = await testClient();
  const accountid = client.emulator.store.create("account", { name: "Contoso" });
  const { headers } = await client.get(`accounts(${accountid})`);
  return { client, accountid, etag: headers.get("etag") ?? "" };
}

describe("creating", () => {
  it("answers 204 with the address of the record", async () => {
    const client = await testClient();
    const { status, headers, text } = await client.send("POST", "accounts", { body: { name: "Sample" } });
    expect(status).toBe(204);
    expect(text).toBe("");
    expect(headers.get("odata-entityid")).toMatch(
      /^https:\/\/contoso\.crm\.example\/api\/data\/v9\.2\/accounts\([0-9a-f-]{36}\)$/,
    );
    expect(headers.get("location")).toBe(headers.get("odata-entityid"));
  });

  it("gives a representation on request, without OData-EntityId", async () => {
    const client = await testClient();
    const answer = await client.send("POST", "contacts?$select=fullname", {
      headers: { prefer: "return=representation" },
      body: { firstname: "Ann", lastname: "Lee", contactid: ID },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("preference-applied")).toBe("return=representation");
    expect(answer.headers.get("odata-entityid")).toBeNull();
    expect(answer.json).toMatchObject({ fullname: "Ann Lee", contactid: ID });
    expect(answer.json["@odata.etag"]).toBe(answer.headers.get("etag"));
  });

  it("refuses an id that exists", async () => {
    const { client, accountid } = await withAccount();
    expect(code(await client.send("POST", "accounts", { body: { name: "X", accountid } }))).toEqual([
      412,
      "0x80040237",
    ]);
  });

  it("applies the schema's defaults, the caller as owner, and the first state", async () => {
    const client = await testClient();
    const { json } = await client.send("POST", "leads", {
      headers: { prefer: "return=representation" },
      body: { lastname: "Lee", subject: "S" },
    });
    const { applicationUser } = client.emulator.organization.standard;
    expect(json).toMatchObject({
      leadqualitycode: 2,
      statecode: 0,
      statuscode: 1,
      donotemail: false,
      _ownerid_value: applicationUser,
    });
    expect(json["_createdby_value"]).toBe(applicationUser);
  });

  it("makes nested parents and children with it", async () => {
    const client = await testClient();
    const body = {
      name: "Deep",
      primarycontactid: { firstname: "Ann", lastname: "Lee" },
      contact_customer_accounts: [{ lastname: "One" }, { lastname: "Two" }],
    };
    const { json } = await client.send("POST", "accounts", {
      headers: { prefer: "return=representation" },
      body,
    });
    const read = await client.get(
      `accounts(${str(json["accountid"])})?$select=name&$expand=primarycontactid($select=fullname)`,
    );
    expect(read.json["primarycontactid"]?.["fullname"]).toBe("Ann Lee");
    const children = await client.get(`contacts?$filter=parentcustomerid_account/name eq 'Deep'&$count=true`);
    expect(children.json["@odata.count"]).toBe(2);
  });
});

describe("preconditions", () => {
  it("updates, or creates without a condition", async () => {
    const { client, accountid } = await withAccount();
    expect((await client.send("PATCH", `accounts(${accountid})`, { body: { telephone1: "1" } })).status).toBe(
      204,
    );
    const answer = await client.send("PATCH", `accounts(${ID})`, { body: { name: "Upserted" } });
    expect(answer.status).toBe(204);
    expect(client.emulator.store.get("account", ID)?.["name"]).toBe("Upserted");
  });

  it("tells create from update only with a representation", async () => {
    const { client, accountid } = await withAccount();
    const headers = { prefer: "return=representation" };
    expect(
      (await client.send("PATCH", `accounts(${accountid})`, { headers, body: { name: "A" } })).status,
    ).toBe(200);
    expect((await client.send("PATCH", `accounts(${ID})`, { headers, body: { name: "B" } })).status).toBe(
      201,
    );
  });

  it.each([
    { method: "PATCH", headers: { "if-match": "*" }, id: ID, refusal: [404, "0x80040217"] },
    { method: "PATCH", headers: { "if-match": 'W/"1"' }, id: "known", refusal: [412, "0x80060882"] },
    { method: "PATCH", headers: { "if-none-match": "*" }, id: "known", refusal: [412, "0x80040237"] },
    { method: "DELETE", headers: { "if-match": 'W/"1"' }, id: "known", refusal: [412, "0x80060882"] },
    { method: "DELETE", headers: {}, id: ID, refusal: [404, "0x80040217"] },
  ])("refuses $method of $id with $headers", async ({ method, headers, id, refusal }) => {
    const { client, accountid } = await withAccount();
    const body = method === "PATCH" ? { body: { name: "X" } } : {};
    const address = `accounts(${id === "known" ? accountid : id})`;
    expect(code(await client.send(method, address, { headers: { ...headers }, ...body }))).toEqual(refusal);
  });

  it("lets the right version and the text null through", async () => {
    const { client, accountid, etag } = await withAccount();
    const update = { headers: { "if-match": etag }, body: { name: "New" } };
    expect((await client.send("PATCH", `accounts(${accountid})`, update)).status).toBe(204);
    expect((await client.send("PATCH", `accounts(${accountid})`, update)).status).toBe(412);
    expect((await client.get(`accounts(${accountid})`, { "if-none-match": "null" })).status).toBe(200);
  });

  it("answers 304 for a version that the client has, but never with annotations or expansions", async () => {
    const { client, accountid, etag } = await withAccount();
    const headers = { "if-none-match": etag };
    expect((await client.get(`accounts(${accountid})?$select=name`, headers)).status).toBe(304);
    expect(
      (await client.get(`accounts(${accountid})?$expand=createdby($select=fullname)`, headers)).status,
    ).toBe(200);
    const annotated = { ...headers, prefer: 'odata.include-annotations="*"' };
    expect((await client.get(`accounts(${accountid})`, annotated)).status).toBe(200);
  });
});

describe("values", () => {
  it("keeps every digit, stores empty text as null, trims and rounds", async () => {
    const client = await testClient();
    const id = "cccccccc-1111-4222-8333-bbbbbbbbbbbb";
    const body = `{"contactid":"${id}","lastname":"Lee  ","jobtitle":"","annualincome":99999999999.985}`;
    expect((await client.send("POST", "contacts", { body })).status).toBe(204);
    const { text } = await client.get(
      `contacts(${id})?$select=lastname,jobtitle,annualincome,annualincome_base`,
    );
    expect(text).toContain('"lastname":"Lee"');
    expect(text).toContain('"jobtitle":null');
    expect(text).toContain('"annualincome":99999999999.9900');
    expect(text).toContain('"annualincome_base":99999999999.9900');
  });

  it("computes fullname and drags the currency along with money", async () => {
    const client = await testClient();
    const contactid = client.emulator.store.create("contact", {
      firstname: "Ann",
      lastname: "Lee",
      fullname: "Ignored",
      annualincome: "5",
    });
    const { json } = await client.get(`contacts(${contactid})?$select=fullname,annualincome`);
    expect(json["fullname"]).toBe("Ann Lee");
    expect(json["_transactioncurrencyid_value"]).toBe(client.emulator.organization.standard.currency);
  });

  it.each([
    [{ lastname: "x".repeat(51) }, "0x80044331"],
    [{ gendercode: 9 }, "0x8004431a"],
    [{ gendercode: "Male" }, "0x80048d19"],
    [{ nosuch: 1 }, "0x80048d19"],
    [{ createdon: "yesterday" }, undefined],
    [{ birthdate: "2026-01-01T00:00:00Z" }, "0x80048d19"],
    [{ lastusedincampaign: "soon" }, "0x80040239"],
    [{ _parentcustomerid_value: ID }, "0x80048d19"],
    [{ "parentcustomerid@odata.bind": `/accounts(${ID})` }, "0x80048d19"],
    [{ "parentcustomerid_account@odata.bind": `/accounts(${ID})` }, "0x80040217"],
    [{ statecode: 1, statuscode: 1 }, "0x80048408"],
  ])("answers a contact of %j", async (values, expected) => {
    const client = await testClient();
    const contactid = client.emulator.store.create("contact", { lastname: "Lee" });
    const answer = await client.send("PATCH", `contacts(${contactid})`, { body: values });
    expect(answer.json["error"]?.["code"]).toBe(expected);
  });

  it("converts numbers and booleans that come as text", async () => {
    const client = await testClient();
    const contactid = client.emulator.store.create("contact", { lastname: "Lee" });
    const body = {
      annualincome: " 12.5 ",
      numberofchildren: "3",
      gendercode: "2",
      address1_latitude: "47.5",
      creditonhold: "True",
      donotphone: "false",
    };
    expect((await client.send("PATCH", `contacts(${contactid})`, { body })).status).toBe(204);
    expect(client.emulator.store.get("contact", contactid)).toMatchObject({
      annualincome: "12.5000",
      numberofchildren: 3,
      gendercode: 2,
      address1_latitude: 47.5,
      creditonhold: true,
      donotphone: false,
    });
    for (const values of [{ numberofchildren: "3.5" }, { annualincome: "0x10" }, { donotphone: "1" }]) {
      const answer = await client.send("PATCH", `contacts(${contactid})`, { body: values });
      expect(code(answer)).toEqual([400, "0x80048d19"]);
    }
  });

  it("picks the state's default status and pairs the two", async () => {
    const client = await testClient();
    const leadid = client.emulator.store.create("lead", { lastname: "Lee", subject: "S" });
    await client.send("PATCH", `leads(${leadid})`, { body: { statecode: 2 } });
    expect(client.emulator.store.get("lead", leadid)).toMatchObject({ statecode: 2, statuscode: 7 });
  });

  it("ignores read-only columns, or refuses them when strict", async () => {
    const { client, accountid } = await withAccount();
    const write = async () =>
      client.send("PATCH", `accounts(${accountid})`, { body: { createdon: "2001-01-01T00:00:00Z" } });
    expect((await write()).status).toBe(204);
    client.emulator.settings.strictReadOnly = true;
    expect((await write()).status).toBe(400);
  });
});

describe("lookups and owners", () => {
  it("sets one target of several, clears, and reads back with the annotation", async () => {
    const { client, accountid } = await withAccount();
    const contactid = client.emulator.store.create("contact", { lastname: "Lee" });
    const address = `contacts(${contactid})`;
    for (const bind of [
      `accounts(${accountid})`,
      `/accounts(${accountid})`,
      `${client.api}/accounts(${accountid})`,
    ]) {
      await client.send("PATCH", address, { body: { "parentcustomerid_account@odata.bind": bind } });
      const { json } = await client.get(`${address}?$select=_parentcustomerid_value`, {
        prefer: 'odata.include-annotations="*"',
      });
      expect(json["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"]).toBe("account");
      expect(json["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"]).toBe("Contoso");
      await client.send("DELETE", `${address}/parentcustomerid_account/$ref`);
      expect(client.emulator.store.get("contact", contactid)?.["parentcustomerid"]).toBeUndefined();
    }
  });

  it("assigns to a team, and refuses an owner who may not read", async () => {
    const { client, accountid } = await withAccount();
    const { store, access, organization } = client.emulator;
    const teamid = store.create("team", { name: "Sales" });
    await client.send("PATCH", `accounts(${accountid})`, {
      body: { "ownerid@odata.bind": `/teams(${teamid})` },
    });
    expect(store.get("account", accountid)).toMatchObject({
      ownerid: { entity: "team", id: teamid },
      owningteam: { entity: "team", id: teamid },
    });
    expect(store.get("account", accountid)?.["owninguser"]).toBeUndefined();
    access.set(organization.standard.administrator, "account", "Read", "none");
    const bind = { "ownerid@odata.bind": `/systemusers(${organization.standard.administrator})` };
    expect((await client.send("PATCH", `accounts(${accountid})`, { body: bind })).status).toBe(403);
  });

  it("writes as an impersonated user", async () => {
    const { client, accountid } = await withAccount();
    const { administrator, applicationUser } = client.emulator.organization.standard;
    const update = { headers: { mscrmcallerid: administrator }, body: { name: "As Ada" } };
    await client.send("PATCH", `accounts(${accountid})`, update);
    expect(client.emulator.store.get("account", accountid)).toMatchObject({
      modifiedby: { id: administrator },
      modifiedonbehalfby: { id: applicationUser },
    });
    client.emulator.settings.impersonation = false;
    expect(code(await client.send("PATCH", `accounts(${accountid})`, update))).toEqual([403, "0x8004a110"]);
  });
});

describe("alternate keys", () => {
  async function keyed() {
    const client = await testClient();
    client.emulator.schema.addKey("account", "number", ["accountnumber"]);
    return client;
  }

  it("echoes the key, not the id, from an upsert", async () => {
    const client = await keyed();
    const { status, headers } = await client.send("PATCH", "accounts(accountnumber='N1')", {
      body: { name: "By key" },
    });
    expect(status).toBe(204);
    expect(headers.get("odata-entityid")).toBe(`${client.api}/accounts(accountnumber='N1')`);
    expect((await client.get("accounts(accountnumber='N1')?$select=name")).json["name"]).toBe("By key");
    const again = { headers: { "if-none-match": "*" }, body: { name: "X" } };
    expect(code(await client.send("PATCH", "accounts(accountnumber='N1')", again))).toEqual([
      412,
      "0x80040237",
    ]);
  });

  it("refuses duplicates, undefined keys, unusable characters and what is missing", async () => {
    const client = await keyed();
    client.emulator.store.create("account", { name: "One", accountnumber: "N1" });
    expect(
      code(await client.send("POST", "accounts", { body: { name: "Two", accountnumber: "N1" } })),
    ).toEqual([412, "0x80060892"]);
    expect(code(await client.get("accounts(name='One')"))).toEqual([400, "0x80060890"]);
    expect((await client.get("accounts(accountnumber='a%2Bb')")).status).toBe(400);
    expect(code(await client.get("accounts(accountnumber='N9')"))).toEqual([404, "0x80060891"]);
  });
});

describe("deleting", () => {
  it("takes contacts and activities along, and unlinks what only refers to the record", async () => {
    const { client, accountid } = await withAccount();
    const { store } = client.emulator;
    const account = { entity: "account", id: accountid };
    const contact = store.create("contact", { lastname: "Lee", parentcustomerid: account });
    const task = store.create("task", { subject: "Call", regardingobjectid: account });
    const child = store.create("account", { name: "Child", parentaccountid: account });
    const version = store.get("account", child)?.["versionnumber"];
    expect((await client.send("DELETE", `accounts(${accountid})`)).status).toBe(204);
    expect([store.get("contact", contact), store.get("task", task)]).toEqual([undefined, undefined]);
    expect(store.get("account", child)?.["parentaccountid"]).toBeUndefined();
    expect(store.get("account", child)?.["versionnumber"]).not.toBe(version);
  });

  it("never deletes a user", async () => {
    const client = await testClient();
    const answer = await client.send(
      "DELETE",
      `systemusers(${client.emulator.organization.standard.administrator})`,
    );
    expect(code(answer)).toEqual([405, "0x80040227"]);
  });
});

describe("plug-ins and duplicate rules", () => {
  it("changes, refuses, and writes again", async () => {
    const { client, accountid } = await withAccount();
    const { plugIns, store } = client.emulator;
    const remove = plugIns.register({
      before: ({ changes }) => {
        if (changes["name"] === "Forbidden") throw new Error("No such name here.");
        if (changes["name"] !== undefined) changes["telephone1"] = "set by plug-in";
      },
      after: ({ id, changes }) => {
        if (changes["fax"] === undefined) store.update("account", id, { fax: "touched" });
      },
    });
    const refused = await client.send("PATCH", `accounts(${accountid})`, { body: { name: "Forbidden" } });
    expect(code(refused)).toEqual([400, "0x80040265"]);
    expect(refused.json["error"]?.["message"]).toBe("No such name here.");
    await client.send("PATCH", `accounts(${accountid})`, { body: { name: "Fine" } });
    expect(store.get("account", accountid)).toMatchObject({ telephone1: "set by plug-in", fax: "touched" });
    remove();
    expect(
      (await client.send("PATCH", `accounts(${accountid})`, { body: { name: "Forbidden" } })).status,
    ).toBe(204);
  });

  it("detects duplicates only when the client asks for it", async () => {
    const { client } = await withAccount();
    client.emulator.settings.duplicateRules.push({ entity: "account", attributes: ["name"] });
    const body = { name: "Contoso" };
    const headers = { "MSCRM.SuppressDuplicateDetection": "false" };
    expect(code(await client.send("POST", "accounts", { headers, body }))).toEqual([412, "0x80040333"]);
    expect((await client.send("POST", "accounts", { body })).status).toBe(204);
  });
});
