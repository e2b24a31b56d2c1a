import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultSettings } from "../settings.ts";
import type { Settings } from "../settings.ts";
import { str, testClient } from "../test-client.ts";
import type { Json, Seen, TestClient } from "../test-client.ts";

/** Where documents leave an answer open, a setting plays the other one. */

const GONE = "aaaaaaaa-0000-4000-8000-00000000dead";

const error = ({ status, json }: Seen): [number, unknown] => [status, json["error"]?.["code"]];

async function playing(settings: Partial<Settings>): Promise<TestClient> {
  return testClient({ settings });
}

describe("answers to writes", () => {
  it.each([
    [{}, true, true],
    [{ locationHeader: false }, false, true],
    [{ entityIdOnUpdate: false }, false, false],
  ])("with %j", async (settings, location, named) => {
    const client = await playing(settings);
    const made = await client.send("POST", "accounts", { body: { name: "A" } });
    const address = made.headers.get("odata-entityid") ?? "";
    expect(address).toContain(`${client.api}/accounts(`);
    const updated = await client.send("PATCH", address, { body: { name: "B" } });
    expect(updated.headers.get("odata-entityid")).toBe(named ? address : null);
    expect(updated.headers.get("location")).toBe(location ? address : null);
  });

  it.each([
    ["plain", "0x80040217", "0x80048d19"],
    ["capitals", "0x80040217", "0x80048D19"],
    ["empty", "", "0x80048d19"],
  ] as const)("with codes that are %s", async (errorCodes, missing, payload) => {
    const client = await playing({ errorCodes });
    expect(error(await client.get(`leads(${GONE})`))).toEqual([404, missing]);
    expect(error(await client.send("POST", "leads", { body: { nosuch: 1 } }))).toEqual([400, payload]);
  });

  it.each([
    ["part", /^--batchresponse_\S+\r\nContent-Type: application\/http\r\n/],
    ["multipart", /^--batchresponse_\S+\r\nContent-Type: multipart\/mixed; boundary=changesetresponse_/],
  ] as const)("with a failed change set as a %s", async (failedChangeSet, shape) => {
    const client = await playing({ failedChangeSet });
    const lines = [
      ["--b", "Content-Type: multipart/mixed; boundary=c", ""],
      ["--c", "Content-Type: application/http", "Content-ID: 1", ""],
      ["POST /api/data/v9.2/leads HTTP/1.1", "Content-Type: application/json", "", '{"nosuch":1}'],
      ["--c--", "--b--", ""],
    ];
    const answer = await client.send("POST", "$batch", {
      headers: { "content-type": "multipart/mixed; boundary=b", prefer: "odata.continue-on-error" },
      body: lines.flat().join("\r\n"),
    });
    expect([answer.status, answer.text.match(/^HTTP\/1\.1 (\d+)/m)?.[1]]).toEqual([200, "400"]);
    expect(answer.text).toMatch(shape);
  });

  it.each([
    ["ids", ["@odata.type", "contactid"]],
    ["records", ["@odata.type", "@odata.etag", "contactid", "lastname", "statecode"]],
    ["nothing", undefined],
  ] as const)("with %s from QualifyLead", async (qualifyLeadAnswer, members) => {
    const client = await playing({ qualifyLeadAnswer });
    const id = client.emulator.store.create("lead", { lastname: "Lee" });
    const { json } = await client.send("POST", `leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`, {
      body: { CreateAccount: false, CreateContact: true, CreateOpportunity: false, Status: 3 },
    });
    const [first] = json["value"] as unknown as Json[];
    if (members === undefined) expect(first).toBeUndefined();
    else expect(Object.keys(first ?? {})).toEqual(expect.arrayContaining([...members]));
    expect(client.emulator.store.count("contact")).toBe(1);
  });
});

describe("answers of change tracking", () => {
  async function tracked(settings: Partial<Settings>) {
    const client = await playing(settings);
    const people = Array.from({ length: 3 }, (_, at) => ({ lastname: `L${at}` }));
    client.emulator.store.insertMany("lead", people);
    const prefer = "odata.track-changes,odata.maxpagesize=2";
    const first = await client.get("leads?$select=lastname", { prefer });
    const { last } = await client.readAll(str(first.json["@odata.nextLink"]), { prefer });
    return {
      client,
      prefer,
      first: str(first.json["@odata.nextLink"]),
      delta: str(last["@odata.deltaLink"]),
    };
  }

  it.each([
    ["cookie", "istracking=%22True%22", false],
    ["token", "istracking=%22False%22", true],
  ] as const)("with links that hold all in the %s", async (trackedLinks, cookie, token) => {
    const { client, prefer, first, delta } = await tracked({ trackedLinks });
    expect(first).toContain(cookie);
    const ids = client.emulator.store.ids("lead");
    for (const id of ids) client.emulator.store.update("lead", id, { lastname: "New" });
    const page = await client.get(delta, { prefer });
    const link = str(page.json["@odata.nextLink"]);
    expect([link.includes(cookie), link.includes("$deltatoken=")]).toEqual([true, token]);
    const { rows } = await client.readAll(delta, { prefer });
    expect(rows.map((row) => str(row["leadid"])).sort()).toEqual(ids);
  });

  it.each([
    ["bare", ""],
    ["address", "https://contoso.crm.example/api/data/v9.2/leads("],
  ] as const)("with deleted ids that are %s", async (deletedIds, before) => {
    const { client, delta } = await tracked({ deletedIds });
    const [id = ""] = client.emulator.store.ids("lead");
    client.emulator.store.remove("lead", id);
    const [entry] = (await client.get(delta)).json["value"] as unknown as Json[];
    expect(entry?.["id"]).toBe(before === "" ? id : `${before}${id})`);
  });

  it.each([
    [{}, [400, "0x80044352"], [400, "0x80060888"]],
    [{ expiredTokenStatus: 410, malformedTokenStatus: 404 }, [410, "0x80044352"], [404, "0x80060888"]],
    [{ expiredTokenCode: false }, [400, ""], [400, "0x80060888"]],
  ] as const)("with tokens that are refused, %j", async (settings, expired, malformed) => {
    const { client, delta } = await tracked(settings);
    expect(error(await client.get("leads?$deltatoken=nonsense"))).toEqual(malformed);
    client.now += 8 * 86_400_000;
    await client.signIn();
    expect(error(await client.get(delta))).toEqual(expired);
  });
});

describe("the document", () => {
  it("names no setting that does not exist, and every one that plays another answer", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../docs/emulator.md"), "utf8");
    const table = text.slice(text.indexOf("## Assumed"), text.indexOf("The schema ("));
    const otherAnswers = table.split("\n").map((line) => line.split("|")[3] ?? "");
    const named = [...otherAnswers.join("\n").matchAll(/`([a-z]\w+)(?:: |`)/g)].map(([, name]) => name ?? "");
    const settings = Object.keys(defaultSettings());
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !settings.includes(name))).toEqual([]);
    const elsewhere = ["duplicateRules", "impersonation", "pageLimit", "pageOverlap", "emptyPageEvery"];
    const hidden = [...elsewhere, "parallelismHint", "clockSkew"];
    expect(settings.filter((name) => !named.includes(name)).sort()).toEqual(hidden.sort());
  });
});
