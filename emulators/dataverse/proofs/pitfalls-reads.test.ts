import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createEmulator } from "../emulator.ts";
import { serve } from "../serve.ts";
import { str, testClient } from "../test-client.ts";
import type { Json, TestClient } from "../test-client.ts";
import { PITFALLS, pitfall } from "./pitfall-names.ts";

/** Pitfalls of reading, of batches and of limits; and whether every pitfall has its test. */

const rows = (json: Json): Json[] => json["value"] as unknown as Json[];

function leads(client: TestClient, count: number): void {
  const people = Array.from({ length: count }, (_, at) => ({ lastname: `Lead ${at}` }));
  client.emulator.store.insertMany("lead", people);
}

describe("reading", () => {
  it(pitfall(16), async () => {
    const client = await testClient();
    leads(client, 5001);
    const counted = async (query: string) =>
      (await client.get(`leads?$select=leadid&$top=1&$count=true&${query}`)).json["@odata.count"];
    expect(await counted("")).toBe(5000);
    expect(await counted("$filter=lastname ne 'Lead 7'")).toBe(5000);
    expect(await counted("$filter=startswith(lastname,'Lead 500')")).toBe(2);
    expect((await client.get("leads/$count")).text).toBe("5000");
    const { json } = await client.get("leads?$select=leadid&$count=true", {
      prefer: 'odata.include-annotations="*"',
    });
    expect(json["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"]).toBe(true);
    expect(rows(json)).toHaveLength(5000);
    const exact = await client.get("RetrieveTotalRecordCount(EntityNames=@p)?@p=['lead']");
    expect(exact.json["EntityRecordCountCollection"]?.["Values"]).toEqual([5001]);
  });

  it(pitfall(17), async () => {
    const client = await testClient();
    leads(client, 5);
    expect((await client.readAll("leads?$top=2")).rows).toHaveLength(2);
    const paged = await client.readAll("leads?$top=2", { prefer: "odata.maxpagesize=3" });
    expect([paged.rows.length, paged.pages]).toEqual([5, 2]);
  });

  it(pitfall(27), async () => {
    const client = await testClient();
    leads(client, 1);
    const [id = ""] = client.emulator.store.ids("lead");
    const { headers } = await client.get(`leads(${id})`);
    const known = { "if-none-match": headers.get("etag") ?? "" };
    const status = async (query: string, more = {}) =>
      (await client.get(`leads(${id})${query}`, { ...known, ...more })).status;
    expect(await status("?$select=lastname")).toBe(304);
    expect(await status("?$select=lastname&$expand=createdby($select=fullname)")).toBe(200);
    expect(await status("", { prefer: 'odata.include-annotations="*"' })).toBe(200);
    expect(await status("", { "if-none-match": "null" })).toBe(200);
  });

  it(pitfall(30), async () => {
    const client = await testClient();
    client.emulator.settings.metadataStaleSeconds = 30;
    const names = async (headers = {}) => {
      const { json } = await client.get("EntityDefinitions?$select=LogicalName", headers);
      return rows(json).map((entity) => str(entity["LogicalName"]));
    };
    expect(await names()).toContain("campaign");
    client.emulator.schema.removeEntity("campaign");
    expect((await client.get("campaigns")).status).toBe(404);
    client.now += 29_000;
    expect(await names()).toContain("campaign");
    expect(await names({ consistency: "Strong" })).not.toContain("campaign");
    client.emulator.schema.removeEntity("campaignresponse");
    expect(await names()).toContain("campaignresponse");
    client.now += 31_000;
    expect(await names()).not.toContain("campaignresponse");
  });
});

const CRLF = "\r\n";

async function batch(client: TestClient, requests: readonly (readonly [string, unknown?])[], prefer = "") {
  const parts = requests.map(([line, body]) =>
    [
      "--b",
      "Content-Type: application/http",
      "Content-Transfer-Encoding: binary",
      "",
      `${line} HTTP/1.1`,
      ...(body === undefined ? [] : ["Content-Type: application/json"]),
      "",
      body === undefined ? "" : JSON.stringify(body),
    ].join(CRLF),
  );
  const answer = await client.send("POST", "$batch", {
    headers: { "content-type": "multipart/mixed; boundary=b", prefer },
    body: `${parts.join(CRLF)}${CRLF}--b--${CRLF}`,
  });
  const statuses = [...answer.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]));
  return { ...answer, statuses };
}

const account = (name: string): [string, unknown] => ["POST /api/data/v9.2/accounts", { name }];

describe("batches and limits", () => {
  it(pitfall(20), async () => {
    const client = await testClient();
    const requests = [account("One"), account("x".repeat(161)), account("Three")];
    const stopped = await batch(client, requests);
    expect([stopped.status, stopped.statuses]).toEqual([400, [204, 400]]);
    expect((await client.get("accounts/$count")).text).toBe("1");
    const gone = await batch(client, requests, "odata.continue-on-error");
    expect([gone.status, gone.statuses]).toEqual([200, [204, 400, 204]]);
    expect((await client.get("accounts/$count")).text).toBe("3");
  });

  it(pitfall(21), async () => {
    const client = await testClient();
    const target = (lastname: string) => ({ "@odata.type": "Microsoft.Dynamics.CRM.lead", lastname });
    const create = async (...Targets: unknown[]) =>
      client.send("POST", "leads/Microsoft.Dynamics.CRM.CreateMultiple", { body: { Targets } });
    const failed = await create(target("One"), target("x".repeat(51)), target("Three"));
    expect([failed.status, failed.json["error"]?.["code"]]).toEqual([400, "0x80044331"]);
    expect((await client.get("leads/$count")).text).toBe("0");
    const made = await create(target("One"), target("Two"));
    const ids = made.json["Ids"] as unknown as string[];
    const second = await client.get(`leads(${ids[1]})?$select=lastname`);
    expect([made.status, ids.length, second.json["lastname"]]).toEqual([200, 2, "Two"]);
  });

  it(pitfall(22), async () => {
    const client = await testClient();
    client.emulator.faults.add({
      effect: { type: "status", status: 429, code: "0x80072322", retryAfter: 5 },
      inBatch: true,
      skip: 1,
      times: 1,
    });
    const part = await batch(
      client,
      [account("One"), account("Two"), account("Three")],
      "odata.continue-on-error",
    );
    expect([part.status, part.statuses]).toEqual([200, [204, 429, 204]]);
    expect(part.text).toContain(`Retry-After: 5${CRLF}`);
    expect(part.text).toContain('"code":"0x80072322"');
    expect(client.emulator.store.count("account")).toBe(2);
    Object.assign(client.emulator.limits.settings, { enabled: true, requests: 1 });
    const whole = await batch(client, [account("Four")]);
    expect([whole.status, whole.json["error"]?.["code"], whole.headers.get("retry-after")]).toEqual([
      429,
      "0x80072322",
      "300",
    ]);
    expect(client.emulator.store.count("account")).toBe(2);
  });

  it(pitfall(19), async () => {
    const emulator = createEmulator({ limits: { costMilliseconds: 0 } });
    const served = await serve(emulator);
    try {
      const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
      const form = new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        grant_type: "client_credentials",
        scope: `${served.url}/.default`,
      });
      const token = await fetch(`${served.url}/${tenantId}/oauth2/v2.0/token`, {
        method: "POST",
        body: form,
      });
      const { access_token: bearer } = (await token.json()) as { access_token: string };
      const { headers } = await fetch(`${served.url}/api/data/v9.2/WhoAmI`, {
        headers: { authorization: `Bearer ${bearer}` },
      });
      expect(headers.get("x-ms-ratelimit-time-remaining-xrm-requests")).toBe("1,200.00");
      expect(headers.get("x-ms-ratelimit-burst-remaining-xrm-requests")).toBe("5999");
    } finally {
      await served.close();
    }
  });
});

describe("the list of pitfalls", () => {
  it("has a test for each, but for those that only concern clients, which the document names", () => {
    const tests = readdirSync(import.meta.dirname).filter((file) => /^pitfalls.*\.test\.ts$/.test(file));
    const text = tests.map((file) => readFileSync(join(import.meta.dirname, file), "utf8")).join("");
    const tested = [...text.matchAll(/pitfall\((\d+)\)/g)].map((match) => Number(match[1]));
    const document = readFileSync(join(import.meta.dirname, "../../../docs/emulator.md"), "utf8");
    const named = [...document.matchAll(/^\| (\d+)\. (.*?) \|/gm)].map((match) => [
      Number(match[1]),
      match[2],
    ]);
    const missing = Object.entries(PITFALLS).filter(([number]) => !tested.includes(Number(number)));
    expect(missing.map(([number, words]) => [Number(number), words])).toEqual(named);
  });
});
