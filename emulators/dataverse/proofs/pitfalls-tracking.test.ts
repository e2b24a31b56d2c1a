import { describe, expect, it } from "vitest";
import { str, testClient } from "../test-client.ts";
import type { Json, TestClient } from "../test-client.ts";
import { pitfall } from "./pitfall-names.ts";

/** Pitfalls of change tracking. */

const DAY = 86_400_000;
const ANNOTATED = 'odata.track-changes,odata.include-annotations="*"';

const entries = (json: Json): Json[] => json["value"] as unknown as Json[];
const ids = (json: Json): string[] =>
  entries(json).map((entry) => str(entry["reason"] === undefined ? entry["contactid"] : entry["id"]));

/** A client that has read all contacts (or accounts), and the delta link that it got. */
async function tracking(count: number, query = "contacts?$select=lastname") {
  const client = await testClient();
  const people = Array.from({ length: count }, (_, at) => ({ lastname: `Person ${at}` }));
  client.emulator.store.insertMany("contact", people);
  const { last, rows } = await client.readAll(query, { prefer: "odata.track-changes" });
  return { client, rows, delta: str(last["@odata.deltaLink"]) };
}

async function account(client: TestClient, body: unknown): Promise<string> {
  const { headers } = await client.send("POST", "accounts", { body });
  return /\(([^()]+)\)$/.exec(headers.get("odata-entityid") ?? "")?.[1] ?? "";
}

describe("change tracking", () => {
  it(pitfall(4), async () => {
    const { client } = await tracking(5);
    const prefer = "odata.track-changes,odata.maxpagesize=2";
    const links: boolean[] = [];
    for (let link = "contacts?$select=lastname"; link !== "";) {
      const { json } = await client.get(link, { prefer });
      links.push("@odata.deltaLink" in json);
      expect("@odata.nextLink" in json).toBe(!("@odata.deltaLink" in json));
      link = str(json["@odata.nextLink"]);
    }
    expect(links).toEqual([false, false, true]);
    expect((await client.get("contacts", { prefer: ANNOTATED })).json["@odata.deltaLink"]).toBeDefined();
    client.emulator.settings.annotationsDropDeltaLink = true;
    const lost = await client.get("contacts", { prefer: ANNOTATED });
    expect([lost.json["@odata.deltaLink"], lost.json["@odata.nextLink"]]).toEqual([undefined, undefined]);
  });

  it(pitfall(5), async () => {
    const { client, rows, delta } = await tracking(3);
    const known = rows.map((row) => str(row["contactid"]));
    await client.send("DELETE", `contacts(${known[0]})`);
    client.now += 7 * DAY + 1000;
    await client.signIn();
    const expired = await client.get(delta);
    expect([expired.status, expired.json["error"]?.["code"]]).toEqual([400, "0x80044352"]);
    expect(expired.json["error"]?.["message"]).toBe(
      "Version stamp associated with the client has expired. Please perform a full sync.",
    );
    const whole = await client.get("contacts?$select=lastname", { prefer: "odata.track-changes" });
    expect(entries(whole.json).some((entry) => "reason" in entry)).toBe(false);
    const missing = known.filter((id) => !ids(whole.json).includes(id));
    expect(missing).toEqual([known[0]]);
    await client.send("PATCH", `organizations(${client.emulator.organization.standard.organization})`, {
      body: { expirechangetrackingindays: 30 },
    });
    expect((await client.get(delta)).status).toBe(200);
  });

  it(pitfall(6), async () => {
    const { client, rows, delta } = await tracking(2);
    const [first = ""] = rows.map((row) => str(row["contactid"]));
    const unseen = "aaaaaaaa-0000-4000-8000-000000000001";
    await client.send("PATCH", `contacts(${unseen})`, { body: { lastname: "Mayfly" } });
    await client.send("DELETE", `contacts(${unseen})`);
    await client.send("DELETE", `contacts(${first})`);
    await client.send("PATCH", `contacts(${first})`, { body: { lastname: "Again" } });
    const both = (await client.get(delta)).json;
    expect(entries(both).map((entry) => [entry["lastname"], entry["reason"]])).toEqual([
      ["Again", undefined],
      [undefined, "deleted"],
      [undefined, "deleted"],
    ]);
    expect(ids(both)).toEqual([first, unseen, first]);
    client.emulator.settings.recreatedShownAs = "upsert";
    expect(ids((await client.get(delta)).json)).toEqual([first, unseen]);
  });

  it(pitfall(7), async () => {
    const { client } = await tracking(0);
    const [winner, loser] = [await account(client, { name: "W" }), await account(client, { name: "L" })];
    const { last } = await client.readAll("accounts?$select=name,merged,statecode", {
      prefer: "odata.track-changes",
    });
    const typed = (accountid: string) => ({ accountid, "@odata.type": "Microsoft.Dynamics.CRM.account" });
    await client.send("POST", "Merge", {
      body: { Target: typed(winner), Subordinate: typed(loser), PerformParentingChecks: false },
    });
    const delta = await client.get(str(last["@odata.deltaLink"]));
    expect(entries(delta.json)).toMatchObject([{ accountid: loser, merged: true, statecode: 1 }]);
    const read = await client.get(`accounts(${loser})?$select=_masterid_value`);
    expect(read.json["_masterid_value"]).toBe(winner);
  });

  it(pitfall(8), async () => {
    const { client } = await tracking(0);
    const parent = await account(client, { name: "P", contact_customer_accounts: [{ lastname: "C" }] });
    const child = await account(client, { name: "Q", "parentaccountid@odata.bind": `accounts(${parent})` });
    const contacts = await client.readAll("contacts?$select=lastname", { prefer: "odata.track-changes" });
    const accounts = await client.readAll("accounts?$select=_parentaccountid_value", {
      prefer: "odata.track-changes",
    });
    expect((await client.send("DELETE", `accounts(${parent})`)).status).toBe(204);
    const gone = await client.get(str(contacts.last["@odata.deltaLink"]));
    expect(entries(gone.json)).toMatchObject([{ id: contacts.rows[0]?.["contactid"], reason: "deleted" }]);
    const touched = await client.get(str(accounts.last["@odata.deltaLink"]));
    expect(entries(touched.json)).toMatchObject([
      { accountid: child, _parentaccountid_value: null },
      { id: parent, reason: "deleted" },
    ]);
  });

  it(pitfall(23), async () => {
    const { client, rows, delta } = await tracking(2, "contacts?$select=lastname,_modifiedby_value");
    const { organization, plugIns, store } = client.emulator;
    const { applicationUser, system } = organization.standard;
    const [first = "", second = ""] = rows.map((row) => str(row["contactid"]));
    plugIns.register({
      after: ({ id, changes }) => {
        if (id === first && changes["jobtitle"] === undefined)
          store.update("contact", second, { jobtitle: "Touched" }, system);
      },
    });
    const written = await client.send("PATCH", `contacts(${first})?$select=contactid`, {
      headers: { prefer: "return=representation" },
      body: { lastname: "Mine" },
    });
    const echoes = entries((await client.get(delta)).json);
    expect(echoes.map((row) => [row["contactid"], row["_modifiedby_value"]])).toEqual([
      [first, applicationUser],
      [second, system],
    ]);
    expect(echoes[0]?.["@odata.etag"]).toBe(written.headers.get("etag"));
  });

  it(pitfall(26), async () => {
    const { client, delta } = await tracking(2);
    const { access, organization } = client.emulator;
    access.set(organization.standard.applicationUser, "contact", "Read", "user");
    const code = async (link: string, prefer = "odata.track-changes") => {
      const { status, json } = await client.get(link, { prefer });
      return [status, json["error"]?.["code"]];
    };
    expect(await code("contacts")).toEqual([403, "0x80040220"]);
    expect(await code(delta)).toEqual([403, "0x80040220"]);
    expect(await code("contacts", "odata.maxpagesize=1")).toEqual([200, undefined]);
  });

  it(pitfall(28), async () => {
    const { client } = await tracking(3);
    const plain = await client.get("contacts?$select=versionnumber&$orderby=versionnumber desc");
    for (const row of entries(plain.json)) {
      expect(row["@odata.etag"]).toBe(`W/"${JSON.stringify(row["versionnumber"])}"`);
    }
    const [newest] = entries(plain.json);
    const newer = await client.get(
      `contacts?$filter=versionnumber ge ${JSON.stringify(newest?.["versionnumber"])}`,
    );
    expect(ids(newer.json)).toEqual([newest?.["contactid"]]);
    const one = await client.get(`contacts(${str(newest?.["contactid"])})?$select=versionnumber`);
    expect(one.headers.get("etag")).toBe(`W/"${JSON.stringify(one.json["versionnumber"])}"`);
  });
});
