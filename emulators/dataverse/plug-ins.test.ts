import { beforeEach, describe, expect, it } from "vitest";
import type { PlugInEvent } from "./plug-ins.ts";
import { str, testClient } from "./test-client.ts";
import type { Json, TestClient } from "./test-client.ts";

let client: TestClient;

beforeEach(async () => {
  client = await testClient();
});

async function create(body: Record<string, unknown> = {}): Promise<string> {
  const { headers } = await client.send("POST", "accounts", { body: { name: "New", ...body } });
  return /\(([^()]+)\)$/.exec(headers.get("odata-entityid") ?? "")?.[1] ?? "";
}

/** A step that writes the fax number once, so long after each create. */
function faxLater(milliseconds: number): void {
  const { plugIns, store } = client.emulator;
  plugIns.register({
    later: {
      milliseconds,
      run: ({ entity, id, message }: PlugInEvent) => {
        if (message === "Create") store.update(entity, id, { fax: "later" });
      },
    },
  });
}

describe("asynchronous steps", () => {
  it("write again a moment later, by the organization's clock, as a change of its own", async () => {
    faxLater(5000);
    const first = await client.get("accounts?$select=fax", { prefer: "odata.track-changes" });
    const id = await create();
    const delta = await client.get(str(first.json["@odata.deltaLink"]));
    expect(delta.json["value"]).toMatchObject([{ accountid: id, fax: null }]);
    client.now += 4999;
    expect((await client.get(`accounts(${id})?$select=fax`)).json["fax"]).toBeNull();
    client.now += 1;
    const next = await client.get(str(delta.json["@odata.deltaLink"]));
    expect(next.json["value"]).toMatchObject([{ accountid: id, fax: "later" }]);
  });

  it("run in the order of their time, also when time is made to pass or the store is looked into", async () => {
    const seen: string[] = [];
    const { plugIns, store } = client.emulator;
    for (const [name, milliseconds] of [
      ["late", 200],
      ["early", 100],
    ] as const)
      plugIns.register({ later: { milliseconds, run: () => void seen.push(name) } });
    await create();
    client.emulator.advanceClock(150);
    expect(seen).toEqual(["early"]);
    client.now += 50;
    store.count("account");
    expect(seen).toEqual(["early", "late"]);
  });

  it("never run for a write that is taken back", async () => {
    faxLater(10);
    const targets = [
      { "@odata.type": "Microsoft.Dynamics.CRM.account", name: "Good" },
      { "@odata.type": "Microsoft.Dynamics.CRM.account", name: "x".repeat(200) },
    ];
    const { status } = await client.send("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {
      body: { Targets: targets },
    });
    expect(status).toBe(400);
    client.emulator.advanceClock(10);
    expect(client.emulator.plugIns.failures).toEqual([]);
    expect(client.emulator.store.count("account")).toBe(0);
  });

  it("fail alone, and take back what they did", async () => {
    const { plugIns, store } = client.emulator;
    plugIns.register({
      later: {
        milliseconds: 0,
        run: ({ entity, id }) => {
          store.update(entity, id, { fax: "half" });
          throw new Error("out of luck");
        },
      },
    });
    const id = await create();
    client.now += 1;
    expect((await client.get(`accounts(${id})?$select=fax`)).json["fax"]).toBeNull();
    expect(plugIns.failures.map(({ message }) => message)).toContain("out of luck");
  });

  it("that start themselves again end after eight", async () => {
    const { plugIns, store } = client.emulator;
    plugIns.register({
      later: { milliseconds: 0, run: ({ entity, id }) => store.update(entity, id, { fax: "again" }) },
    });
    await create();
    const before = client.emulator.organization.version;
    store.count("account");
    expect(client.emulator.organization.version - before).toBe(8);
    expect(plugIns.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining("infinite loop"),
    ]);
  });
});

describe("plug-ins by rule, over the control API", () => {
  const control = async (method: string, body?: unknown): Promise<Json> => {
    const origin = new URL(client.api).origin;
    return (
      await client.raw(`${origin}/emulator/plug-ins`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    ).json;
  };

  it("change, refuse and write later, until they are taken out", async () => {
    await control("POST", { entity: "account", message: "Create", set: { telephone1: "1" } });
    await control("POST", { entity: "account", attribute: "fax", refuse: "No fax here." });
    await control("POST", { entity: "account", set: { description: "seen" }, laterMilliseconds: 1000 });
    const id = await create();
    const { store, organization } = client.emulator;
    expect(store.get("account", id)).toMatchObject({ telephone1: "1" });
    const refused = await client.send("PATCH", `accounts(${id})`, { body: { fax: "2" } });
    expect(refused.json["error"]).toEqual({ code: "0x80040265", message: "No fax here." });
    client.now += 1000;
    expect(store.get("account", id)).toMatchObject({
      description: "seen",
      modifiedby: { id: organization.standard.system },
    });
    const { version } = organization;
    client.now += 1000;
    expect(store.get("account", id)).toMatchObject({ versionnumber: String(version) });
    await control("DELETE");
    expect((await client.send("PATCH", `accounts(${id})`, { body: { fax: "2" } })).status).toBe(204);
    expect(await control("POST", { entity: "account" })).toHaveProperty("error");
  });
});
