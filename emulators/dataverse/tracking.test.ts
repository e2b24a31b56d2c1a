import { describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { Json, TestClient } from "./test-client.ts";

const TRACK = { prefer: "odata.track-changes" };
const DAY = 86_400_000;

function people(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    firstname: `First${index}`,
    lastname: `Last${index}`,
  }));
}

async function started(
  count = 7,
  pageSize = 3,
): Promise<{ client: TestClient; delta: string; prefer: string }> {
  const client = await testClient();
  client.emulator.store.insertMany("contact", people(count));
  const prefer = `odata.track-changes,odata.maxpagesize=${pageSize}`;
  const { last } = await client.readAll("contacts?$select=fullname", { prefer });
  return { client, delta: str(last["@odata.deltaLink"]), prefer };
}

describe("change tracking", () => {
  it("answers an initial read with the delta link on the last page only", async () => {
    const client = await testClient();
    client.emulator.store.insertMany("contact", people(7));
    const headers = { prefer: "odata.track-changes, odata.maxpagesize=3" };
    const first = await client.get("contacts?$select=fullname", headers);
    expect(first.headers.get("preference-applied")).toBe("odata.track-changes,odata.maxpagesize=3");
    expect(first.json["@odata.deltaLink"]).toBeUndefined();
    expect(first.json["@odata.nextLink"]).toMatch(
      /^https:\/\/contoso\.crm\.example\/api\/data\/v9\.2\/contacts\?\$select=fullname&\$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie/,
    );
    const { rows, pages, last } = await client.readAll("contacts?$select=fullname", headers);
    expect(rows).toHaveLength(7);
    expect(pages).toBe(3);
    expect(last["@odata.deltaLink"]).toMatch(
      /contacts\?\$select=fullname&\$deltatoken=\d+%2103%2f04%2f2026%2008%3a30%3a15$/,
    );
  });

  it("shows upserts by version, then deletes with bare ids", async () => {
    const { client, delta } = await started();
    const { store } = client.emulator;
    const [first = "", second = "", third = ""] = store.ids("contact");
    store.remove("contact", second);
    store.update("contact", third, { lastname: "Later" });
    store.update("contact", first, { lastname: "Latest" });
    const { json } = await client.get(delta);
    expect(str(json["@odata.context"])).toMatch(/#contacts\(fullname\)\/\$delta$/);
    const value = json["value"] as unknown as Json[];
    expect(value.map((entry) => entry["contactid"] ?? entry["id"])).toEqual([third, first, second]);
    expect(value[2]).toEqual({
      "@odata.context": "https://contoso.crm.example/api/data/v9.2/$metadata#contacts/$deletedEntity",
      id: second,
      reason: "deleted",
    });
    const again = await client.get(str(json["@odata.deltaLink"]));
    expect(again.json["value"]).toEqual([]);
    expect(again.json["@odata.deltaLink"]).toBeDefined();
  });

  it("shows a record once in its latest state, and every change of columns that are not selected", async () => {
    const { client, delta } = await started();
    const [id = ""] = client.emulator.store.ids("contact");
    client.emulator.store.update("contact", id, { jobtitle: "Buyer" });
    client.emulator.store.update("contact", id, { firstname: "New" });
    const value = (await client.get(delta)).json["value"] as unknown as Json[];
    expect(value).toHaveLength(1);
    expect(value[0]?.["fullname"]).toMatch(/^New /);
  });

  it("brings what changed while the initial read went on in the first delta", async () => {
    const client = await testClient();
    client.emulator.store.insertMany("contact", people(6));
    const headers = { prefer: "odata.track-changes,odata.maxpagesize=2" };
    const first = await client.get("contacts?$select=fullname", headers);
    const [id = ""] = client.emulator.store.ids("contact");
    client.emulator.store.update("contact", id, { firstname: "Meanwhile" });
    const { last } = await client.readAll(str(first.json["@odata.nextLink"]), headers);
    const value = (await client.get(str(last["@odata.deltaLink"]))).json["value"] as unknown as Json[];
    expect(value.map((entry) => entry["contactid"])).toEqual([id]);
  });

  it("pages a delta without losing what changes meanwhile", async () => {
    const { client, delta, prefer } = await started();
    const { store } = client.emulator;
    const ids = store.ids("contact");
    for (const id of ids) store.update("contact", id, { jobtitle: "Buyer" });
    store.remove("contact", ids[0] ?? "");
    store.remove("contact", ids[1] ?? "");
    const first = await client.get(delta, { prefer });
    store.update("contact", ids[6] ?? "", { jobtitle: "Seller" });
    const rest = await client.readAll(str(first.json["@odata.nextLink"]), { prefer });
    const after = await client.get(str(rest.last["@odata.deltaLink"]));
    const seen = [
      first.json["value"] as unknown as Json[],
      rest.rows,
      after.json["value"] as unknown as Json[],
    ].flat();
    expect(new Set(seen.map((entry) => str(entry["contactid"] ?? entry["id"])))).toEqual(new Set(ids));
    expect(seen.filter((entry) => str(entry["reason"]) === "deleted")).toHaveLength(2);
    expect(seen.filter((entry) => str(entry["contactid"]) === ids[6])).toHaveLength(1);
  });

  it("sends a delete for an id that the client never saw", async () => {
    const { client, delta } = await started();
    const id = client.emulator.store.create("contact", { lastname: "Brief" });
    client.emulator.store.remove("contact", id);
    expect((await client.get(delta)).json["value"]).toMatchObject([{ id, reason: "deleted" }]);
  });

  it.each([
    ["both", 2],
    ["upsert", 1],
  ] as const)("shows a record deleted and created again as %s", async (recreatedShownAs, entries) => {
    const { client, delta } = await started();
    client.emulator.settings.recreatedShownAs = recreatedShownAs;
    const [contactid = ""] = client.emulator.store.ids("contact");
    client.emulator.store.remove("contact", contactid);
    client.emulator.store.create("contact", { contactid, lastname: "Again" });
    const value = (await client.get(delta)).json["value"] as unknown as Json[];
    expect(value).toHaveLength(entries);
    expect(value[0]?.["fullname"]).toBe("Again");
  });

  it("counts changes", async () => {
    const { client, delta } = await started();
    const [first = "", second = ""] = client.emulator.store.ids("contact");
    client.emulator.store.update("contact", first, { lastname: "New" });
    client.emulator.store.remove("contact", second);
    const token = /\$deltatoken=(.*)$/.exec(delta)?.[1] ?? "";
    const counted = await client.get(`contacts/$count?$deltatoken=${token}`);
    expect(counted.text).toBe("2");
  });

  it.each(["$filter=lastname eq 'x'", "$orderby=lastname", "$expand=createdby", "$top=3"])(
    "refuses %s",
    async (option) => {
      const client = await testClient();
      const { status, json } = await client.get(`contacts?$select=fullname&${option}`, TRACK);
      const name = option.split("=")[0];
      expect(status).toBe(400);
      expect(json["error"]?.["message"]).toBe(
        `The "${name}" query parameter isn't supported when Change Tracking is enabled.`,
      );
    },
  );

  it.each([400, 410] as const)("refuses a token after seven days, with %s", async (expiredTokenStatus) => {
    const { client, delta } = await started();
    client.emulator.settings.expiredTokenStatus = expiredTokenStatus;
    client.now += 7 * DAY - 1000;
    await client.signIn();
    expect((await client.get(delta)).status).toBe(200);
    client.now += 2000;
    await client.signIn();
    const { status, json } = await client.get(delta);
    expect(status).toBe(expiredTokenStatus);
    expect(json["error"]?.["code"]).toBe("0x80044352");
  });

  it("needs the table to be tracked and the privilege to reach everywhere", async () => {
    const client = await testClient();
    const { schema, access, organization } = client.emulator;
    schema.setChangeTracking("lead", false);
    expect((await client.get("leads", TRACK)).json["error"]?.["code"]).toBe("0x80072491");
    access.set(organization.standard.applicationUser, "contact", "Read", "user");
    const refused = await client.get("contacts", TRACK);
    expect([refused.status, refused.json["error"]?.["code"]]).toEqual([403, "0x80040220"]);
    expect((await client.get("contacts")).status).toBe(200);
  });

  it("loses the delta link to annotations when the old bug is switched on", async () => {
    const client = await testClient();
    const headers = { prefer: 'odata.track-changes,odata.include-annotations="*"' };
    expect((await client.get("contacts", headers)).json["@odata.deltaLink"]).toBeDefined();
    client.emulator.settings.annotationsDropDeltaLink = true;
    expect((await client.get("contacts", headers)).json["@odata.deltaLink"]).toBeUndefined();
    expect((await client.get("contacts", TRACK)).json["@odata.deltaLink"]).toBeDefined();
  });

  it("jumps back in row versions when it is restored", async () => {
    const { client, delta } = await started();
    const { organization, store, settings } = client.emulator;
    const before = organization.snapshot();
    const [id = ""] = store.ids("contact");
    store.update("contact", id, { lastname: "Lost" });
    const later = str((await client.get(delta)).json["@odata.deltaLink"]);
    organization.restore(before);
    expect(store.get("contact", id)?.["lastname"]).not.toBe("Lost");
    expect((await client.get(later)).json["value"]).toEqual([]);
    settings.tokenAheadOfVersions = "refuse";
    expect((await client.get(later)).json["error"]?.["code"]).toBe("0x80044352");
  });
});
