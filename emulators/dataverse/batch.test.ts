import { describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { Json, Seen, TestClient } from "./test-client.ts";

const CRLF = "\r\n";

function part(lines: readonly string[], body?: unknown): string {
  const json = body === undefined ? "" : JSON.stringify(body);
  return ["Content-Type: application/http", "Content-Transfer-Encoding: binary", ...lines, "", json].join(
    CRLF,
  );
}

function request(line: string, body?: unknown, contentId?: string): string {
  const id = contentId === undefined ? [] : [`Content-ID: ${contentId}`];
  const type = body === undefined ? [] : ["Content-Type: application/json"];
  return part([...id, "", `${line} HTTP/1.1`, ...type], body);
}

function multipart(boundary: string, parts: readonly string[]): string {
  return `${parts.map((text) => `--${boundary}${CRLF}${text}`).join(CRLF)}${CRLF}--${boundary}--${CRLF}`;
}

function changeSet(...requests: string[]): string {
  return `Content-Type: multipart/mixed; boundary=changeset_1${CRLF}${CRLF}${multipart("changeset_1", requests)}`;
}

async function batch(client: TestClient, parts: readonly string[], prefer = ""): Promise<Seen> {
  const headers = { "content-type": 'multipart/mixed; boundary="batch_1"', prefer };
  return client.send("POST", "$batch", { headers, body: multipart("batch_1", parts) });
}

const statuses = ({ text }: Seen): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]));

describe("$batch", () => {
  it("runs a change set and what follows it, with references between its parts", async () => {
    const client = await testClient();
    const answer = await batch(client, [
      changeSet(
        request("POST /api/data/v9.2/accounts", { name: "Batch" }, "1"),
        request(
          "POST /api/data/v9.2/contacts",
          { lastname: "Lee", "parentcustomerid_account@odata.bind": "$1" },
          "2",
        ),
        request("PATCH $2", { firstname: "Ann" }, "3"),
      ),
      request(`GET ${client.api}/contacts?$select=fullname`),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toMatch(/^multipart\/mixed; boundary=batchresponse_/);
    expect(answer.text).toMatch(
      /^--batchresponse_[^\r]+\r\nContent-Type: multipart\/mixed; boundary=changesetresponse_/,
    );
    expect(statuses(answer)).toEqual([204, 204, 204, 200]);
    expect(answer.text).toContain(`${CRLF}Content-ID: 2${CRLF}`);
    expect(answer.text).toContain('"fullname":"Ann Lee"');
    const [id = ""] = client.emulator.store.ids("contact");
    expect(client.emulator.store.get("contact", id)?.["parentcustomerid"]).toMatchObject({
      entity: "account",
    });
  });

  it("takes a failed change set back as a whole and answers it in one part", async () => {
    const client = await testClient();
    const broken = changeSet(
      request("POST /api/data/v9.2/accounts", { name: "First" }, "1"),
      request("POST /api/data/v9.2/accounts", { nonsense: 1 }, "2"),
    );
    const answer = await batch(client, [broken]);
    expect(answer.status).toBe(400);
    expect(statuses(answer)).toEqual([400]);
    expect(client.emulator.store.count("account")).toBe(0);
  });

  it("stops at the first error but keeps what came before, unless told to go on", async () => {
    const parts = [
      request("POST /api/data/v9.2/accounts", { name: "One" }),
      request("POST /api/data/v9.2/accounts", { nonsense: 1 }),
      request("POST /api/data/v9.2/accounts", { name: "Three" }),
    ];
    const stopping = await testClient();
    const stopped = await batch(stopping, parts);
    expect([stopped.status, statuses(stopped)]).toEqual([400, [204, 400]]);
    expect(stopping.emulator.store.count("account")).toBe(1);
    const going = await testClient();
    const gone = await batch(going, parts, "odata.continue-on-error");
    expect([gone.status, statuses(gone)]).toEqual([200, [204, 400, 204]]);
    expect(going.emulator.store.count("account")).toBe(2);
  });

  it("refuses references to nothing, GETs in change sets, and more than 1,000 operations", async () => {
    const client = await testClient();
    const unknown = await batch(client, [changeSet(request("PATCH $1", { name: "X" }, "2"))]);
    expect(unknown.text).toContain("Content-ID Reference: '$1' does not exist in the batch context.");
    expect(
      statuses(await batch(client, [changeSet(request("GET /api/data/v9.2/accounts", undefined, "1"))])),
    ).toEqual([400]);
    const many = Array.from({ length: 1001 }, () => request("GET /api/data/v9.2/WhoAmI"));
    expect((await batch(client, many)).status).toBe(400);
  });

  it("reads lines that end with LF only, unless strict", async () => {
    const client = await testClient();
    const body = multipart("batch_1", [request("GET /api/data/v9.2/WhoAmI")]).replaceAll(CRLF, "\n");
    const send = async () =>
      client.send("POST", "$batch", {
        headers: { "content-type": "multipart/mixed; boundary=batch_1" },
        body,
      });
    expect(statuses(await send())).toEqual([200]);
    client.emulator.settings.strictBatchLineEnds = true;
    expect((await send()).json["error"]?.["code"]).toBe("0x80048d19");
  });

  it("uses the conditions of each part, not those of the batch", async () => {
    const client = await testClient();
    const id = client.emulator.store.create("account", { name: "A" });
    const conditional = part(
      [
        "",
        `PATCH /api/data/v9.2/accounts(${id}) HTTP/1.1`,
        'if-match: W/"1"',
        "Content-Type: application/json",
      ],
      { name: "B" },
    );
    expect(statuses(await batch(client, [conditional]))).toEqual([412]);
  });
});

const MULTIPLE = "Microsoft.Dynamics.CRM.";
const lead = (values: Record<string, unknown>) => ({
  "@odata.type": "Microsoft.Dynamics.CRM.lead",
  ...values,
});

describe("CreateMultiple and its kind", () => {
  it("creates in order and answers with the ids", async () => {
    const client = await testClient();
    const Targets = [lead({ lastname: "One" }), lead({ lastname: "Two" })];
    const { status, json } = await client.send("POST", `leads/${MULTIPLE}CreateMultiple`, {
      body: { Targets },
    });
    expect(status).toBe(200);
    const ids = json["Ids"] as unknown as string[];
    expect(ids.map((id) => client.emulator.store.get("lead", id)?.["lastname"])).toEqual(["One", "Two"]);
  });

  it("does all or nothing", async () => {
    const client = await testClient();
    const leadid = client.emulator.store.create("lead", { lastname: "Old" });
    const Targets = [
      lead({ leadid, lastname: "New" }),
      lead({ leadid: crypto.randomUUID(), lastname: "Missing" }),
    ];
    const answer = await client.send("POST", `leads/${MULTIPLE}UpdateMultiple`, { body: { Targets } });
    expect([answer.status, answer.json["error"]?.["code"]]).toEqual([404, "0x80040217"]);
    expect(client.emulator.store.get("lead", leadid)?.["lastname"]).toBe("Old");
  });

  it("upserts by id and by alternate key", async () => {
    const client = await testClient();
    client.emulator.schema.addKey("lead", "mail", ["emailaddress3"]);
    const leadid = client.emulator.store.create("lead", { lastname: "Old" });
    const Targets = [
      lead({ leadid, lastname: "New" }),
      lead({ "@odata.id": "leads(emailaddress3='k1')", lastname: "Keyed" }),
    ];
    for (let round = 0; round < 2; round += 1) {
      expect(
        (await client.send("POST", `leads/${MULTIPLE}UpsertMultiple`, { body: { Targets } })).status,
      ).toBe(204);
    }
    expect(client.emulator.store.count("lead")).toBe(2);
    expect((await client.get("leads(emailaddress3='k1')?$select=lastname")).json["lastname"]).toBe("Keyed");
  });

  it("needs types, is not there for every table, and cannot delete", async () => {
    const client = await testClient();
    client.emulator.settings.withoutMultiple.push("account");
    const untyped = { body: { Targets: [{ lastname: "X" }] } };
    expect((await client.send("POST", `leads/${MULTIPLE}CreateMultiple`, untyped)).status).toBe(400);
    expect(
      (await client.send("POST", `accounts/${MULTIPLE}CreateMultiple`, { body: { Targets: [] } })).status,
    ).toBe(404);
    const refused = await client.send("POST", `leads/${MULTIPLE}DeleteMultiple`, { body: { Targets: [] } });
    expect(refused.json["error"]?.["message"]).toBe("DeleteMultiple has not yet been implemented.");
  });
});

describe("actions", () => {
  it("qualifies a lead into three records", async () => {
    const client = await testClient();
    const { store } = client.emulator;
    const id = store.create("lead", {
      firstname: "Ann",
      lastname: "Lee",
      companyname: "Lee Ltd",
      subject: "Big deal",
      emailaddress1: "a@b.example",
    });
    const body = { CreateAccount: true, CreateContact: true, CreateOpportunity: true, Status: 3 };
    const { status, json } = await client.send("POST", `leads(${id})/${MULTIPLE}QualifyLead`, { body });
    expect(status).toBe(200);
    const made = json["value"] as unknown as Json[];
    expect(made.map((entry) => str(entry["@odata.type"]))).toEqual(
      ["account", "contact", "opportunity"].map((name) => `#Microsoft.Dynamics.CRM.${name}`),
    );
    const [account, contact, opportunity] = [
      str(made[0]?.["accountid"]),
      str(made[1]?.["contactid"]),
      str(made[2]?.["opportunityid"]),
    ];
    expect(store.get("account", account)).toMatchObject({ name: "Lee Ltd", originatingleadid: { id } });
    expect(store.get("contact", contact)).toMatchObject({
      fullname: "Ann Lee",
      emailaddress1: "a@b.example",
      parentcustomerid: { id: account },
    });
    expect(store.get("opportunity", opportunity)).toMatchObject({
      name: "Big deal",
      customerid: { entity: "account", id: account },
    });
    expect(store.get("lead", id)).toMatchObject({
      statecode: 1,
      statuscode: 3,
      parentaccountid: { id: account },
    });
    const again = await client.send("POST", `leads(${id})/${MULTIPLE}QualifyLead`, { body });
    expect(again.json["error"]?.["code"]).toBe("0x80040519");
  });

  it("needs every parameter of QualifyLead that is not optional", async () => {
    const client = await testClient();
    const id = client.emulator.store.create("lead", { lastname: "Lee" });
    expect(
      (await client.send("POST", `leads(${id})/${MULTIPLE}QualifyLead`, { body: { Status: 3 } })).status,
    ).toBe(400);
  });

  it.each([
    ["WinOpportunity", 3, 1],
    ["LoseOpportunity", 5, 2],
  ])("closes an opportunity by %s", async (action, status, state) => {
    const client = await testClient();
    const { store } = client.emulator;
    const id = store.create("opportunity", { name: "Deal" });
    const body = {
      Status: status,
      OpportunityClose: {
        subject: "Closed",
        "opportunityid@odata.bind": `${client.api}/opportunities(${id})`,
      },
    };
    expect((await client.send("POST", action, { body })).status).toBe(204);
    expect(store.get("opportunity", id)).toMatchObject({
      statecode: state,
      statuscode: status,
      actualclosedate: "2026-03-04",
    });
    expect(store.count("opportunityclose")).toBe(1);
  });

  it("merges: the subordinate stays, inactive and marked, and its rows move", async () => {
    const client = await testClient();
    const { store } = client.emulator;
    const master = store.create("account", { name: "Master" });
    const loser = store.create("account", { name: "Loser", telephone1: "1" });
    const contact = store.create("contact", {
      lastname: "Lee",
      parentcustomerid: { entity: "account", id: loser },
    });
    const typed = (accountid: string) => ({ accountid, "@odata.type": "Microsoft.Dynamics.CRM.account" });
    const body = {
      Target: typed(master),
      Subordinate: typed(loser),
      UpdateContent: { "@odata.type": "Microsoft.Dynamics.CRM.account", accountnumber: "1234" },
      PerformParentingChecks: false,
    };
    expect((await client.send("POST", "Merge", { body })).status).toBe(204);
    expect(store.get("account", loser)).toMatchObject({
      merged: true,
      statecode: 1,
      masterid: { id: master },
    });
    expect(store.get("account", master)).toMatchObject({ accountnumber: "1234", name: "Master" });
    expect(store.get("account", master)?.["telephone1"]).toBeUndefined();
    expect(store.get("contact", contact)).toMatchObject({ parentcustomerid: { id: master } });
    expect((await client.send("POST", "Merge", { body })).json["error"]?.["code"]).toBe("0x80045304");
    const self = { ...body, Subordinate: typed(master) };
    expect((await client.send("POST", "Merge", { body: self })).json["error"]?.["code"]).toBe("0x80045305");
  });

  it("keeps static lists", async () => {
    const client = await testClient();
    const { store } = client.emulator;
    const list = store.create("list", { listname: "News", createdfromcode: 4 });
    const leadid = store.create("lead", { lastname: "Lee" });
    const member = { "@odata.type": "Microsoft.Dynamics.CRM.lead", leadid };
    const add = async () =>
      client.send("POST", `lists(${list})/${MULTIPLE}AddListMembersList`, { body: { Members: [member] } });
    expect([(await add()).status, (await add()).status]).toEqual([200, 200]);
    expect(store.count("listmember")).toBe(1);
    await client.send("POST", `lists(${list})/${MULTIPLE}RemoveMemberList`, { body: { EntityId: member } });
    expect(store.count("listmember")).toBe(0);
  });
});
