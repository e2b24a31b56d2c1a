import { beforeEach, describe, expect, it } from "vitest";
import type { TestClient } from "./test-client.ts";
import { testClient } from "./test-client.ts";

const TASK = "00000000-0000-4000-8000-0000000000aa";

let client: TestClient;
let lead: string;

beforeEach(async () => {
  client = await testClient();
  lead = client.emulator.store.create("lead", { lastname: "Lee", subject: "S" });
});

function create(values: object): ReturnType<TestClient["send"]> {
  const body = { subject: "Call", "regardingobjectid_lead_task@odata.bind": `/leads(${lead})`, ...values };
  return client.send("PATCH", `tasks(${TASK})`, { body, headers: { "if-none-match": "*" } });
}

function stored(): Readonly<Record<string, unknown>> | undefined {
  return client.emulator.store.get("task", TASK);
}

describe("a task", () => {
  it("is made under a chosen id, once, about a lead and for a user or a team", async () => {
    const team = client.emulator.store.create("team", { name: "Nordics" });
    const values = { "ownerid@odata.bind": `/teams(${team})`, statuscode: 3, prioritycode: 2 };
    expect((await create(values)).status).toBe(204);
    expect(stored()).toMatchObject({
      subject: "Call",
      regardingobjectid: { entity: "lead", id: lead },
      ownerid: { entity: "team", id: team },
      statecode: 0,
      statuscode: 3,
      prioritycode: 2,
    });
    expect((await create({})).status).toBe(412);
    expect(client.emulator.store.ids("task")).toEqual([TASK]);
  });

  it("cannot be made closed, and is closed by state and status reason", async () => {
    expect((await create({ statecode: 1, statuscode: 5 })).status).toBe(400);
    expect(stored()).toBeUndefined();
    await create({});
    const close = (body: object) => client.send("PATCH", `tasks(${TASK})`, { body });
    expect((await close({ statuscode: 5 })).json["error"]?.["code"]).toBe("0x80048408");
    expect((await close({ statecode: 1, statuscode: 5 })).status).toBe(204);
    expect(stored()).toMatchObject({ statecode: 1, statuscode: 5 });
  });

  it("has status reasons that say which state they belong to", async () => {
    const path =
      "EntityDefinitions(LogicalName='task')/Attributes/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)";
    const { text } = await client.get(path);
    const { value } = JSON.parse(text) as {
      value: { OptionSet: { Options: { Value: number; State: number }[] } }[];
    };
    const states = value.flatMap(({ OptionSet }) =>
      OptionSet.Options.map(({ Value, State }) => [Value, State]),
    );
    expect(Object.fromEntries(states)).toMatchObject({ 2: 0, 3: 0, 5: 1, 6: 2 });
  });

  it("goes with the lead it is about", async () => {
    await create({});
    await client.send("DELETE", `leads(${lead})`);
    expect(stored()).toBeUndefined();
  });
});
