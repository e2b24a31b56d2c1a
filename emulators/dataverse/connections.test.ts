import { beforeEach, describe, expect, it } from "vitest";
import type { WireValue } from "./record.ts";
import { testClient } from "./test-client.ts";
import type { TestClient } from "./test-client.ts";

let client: TestClient;
let deal: string;
let ann: string;
let stakeholder: string;

beforeEach(async () => {
  client = await testClient();
  const { store } = client.emulator;
  deal = store.create("opportunity", { name: "Pumps" });
  ann = store.create("contact", { firstname: "Ann", lastname: "Lee" });
  stakeholder = store.create("connectionrole", { name: "Stakeholder", category: 1000 });
});

/** Connects the deal with Ann; gives both rows, the deal's first. */
async function connected(): Promise<readonly [string, string]> {
  const { status } = await client.send("POST", "connections", {
    body: {
      "record1id_opportunity@odata.bind": `/opportunities(${deal})`,
      "record2id_contact@odata.bind": `/contacts(${ann})`,
      "record2roleid@odata.bind": `/connectionroles(${stakeholder})`,
    },
  });
  expect(status).toBe(204);
  const { store } = client.emulator;
  const ids = store.ids("connection");
  const [first = ""] = ids.filter((id) => store.get("connection", id)?.["ismaster"] === true);
  return [first, ids.find((id) => id !== first) ?? ""];
}

function row(id: string): Record<string, WireValue> {
  const record = client.emulator.store.get("connection", id);
  if (record === undefined) throw new Error(`there is no connection ${id}`);
  return record;
}

const lookup = (entity: string, id: string): WireValue => ({ entity, id });

describe("a connection", () => {
  it("is kept twice, once from each end", async () => {
    const [first, second] = await connected();
    expect(row(first)).toMatchObject({
      name: "Ann Lee",
      record1id: lookup("opportunity", deal),
      record2id: lookup("contact", ann),
      record2roleid: lookup("connectionrole", stakeholder),
      relatedconnectionid: lookup("connection", second),
      statecode: 0,
    });
    expect(row(second)).toMatchObject({
      name: "Pumps",
      record1id: lookup("contact", ann),
      record2id: lookup("opportunity", deal),
      record1roleid: lookup("connectionrole", stakeholder),
      relatedconnectionid: lookup("connection", first),
      ismaster: false,
    });
    expect(client.emulator.store.count("connection")).toBe(2);
  });

  it("changes at both ends at once", async () => {
    const [first, second] = await connected();
    const { store } = client.emulator;
    const champion = store.create("connectionrole", { name: "Champion" });
    store.update("connection", second, { record1roleid: { entity: "connectionrole", id: champion } });
    expect(row(first)["record2roleid"]).toEqual(lookup("connectionrole", champion));
    store.update("connection", first, { statecode: 1 });
    expect(row(second)).toMatchObject({ statecode: 1, statuscode: 2 });
    expect(store.count("connection")).toBe(2);
  });

  it.each(["first", "second"] as const)("is deleted whole by its %s row", async (which) => {
    const [first, second] = await connected();
    client.emulator.store.remove("connection", which === "first" ? first : second);
    expect(client.emulator.store.count("connection")).toBe(0);
  });

  it("goes with the record at one of its ends", async () => {
    await connected();
    client.emulator.store.remove("contact", ann);
    expect(client.emulator.store.count("connection")).toBe(0);
    expect(client.emulator.store.count("opportunity")).toBe(1);
  });
});
