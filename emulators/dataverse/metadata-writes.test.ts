import { describe, expect, it } from "vitest";
import { testClient } from "./test-client.ts";
import type { Seen, TestClient } from "./test-client.ts";

const label = (text: string) => ({
  "@odata.type": "Microsoft.Dynamics.CRM.Label",
  LocalizedLabels: [
    { "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", Label: text, LanguageCode: 1033 },
  ],
});

const SCORE = {
  "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata",
  SchemaName: "new_Score",
  DisplayName: label("Score"),
  RequiredLevel: { Value: "None" },
  MinValue: 0,
  MaxValue: 100,
  Format: "None",
};

const make = (client: TestClient, body: unknown, entity = "lead"): Promise<Seen> =>
  client.send("POST", `EntityDefinitions(LogicalName='${entity}')/Attributes`, { body });

describe("a column made over the Web API", () => {
  it("is answered with its address, described, and written at once", async () => {
    const client = await testClient();
    const made = await make(client, SCORE);
    expect(made).toMatchObject({ status: 204, text: "" });
    expect(made.headers.get("odata-entityid")).toMatch(
      /\/EntityDefinitions\([0-9a-f-]{36}\)\/Attributes\([0-9a-f-]{36}\)$/,
    );
    const described = await client.get(
      "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.IntegerAttributeMetadata" +
        "?$select=LogicalName,SchemaName,MinValue,MaxValue,IsCustomAttribute&$filter=LogicalName eq 'new_score'",
    );
    expect(described.json["value"]).toMatchObject([
      {
        LogicalName: "new_score",
        SchemaName: "new_Score",
        MinValue: 0,
        MaxValue: 100,
        IsCustomAttribute: true,
      },
    ]);
    const id = client.emulator.store.create("lead", { lastname: "Lee" });
    expect((await client.send("PATCH", `leads(${id})`, { body: { new_score: 71 } })).status).toBe(204);
    expect((await client.get(`leads(${id})?$select=new_score`)).json).toMatchObject({ new_score: 71 });
    expect((await client.send("PATCH", `leads(${id})`, { body: { new_score: 101 } })).status).toBe(400);
  });

  it.each([
    [
      "StringAttributeMetadata",
      { MaxLength: 40, FormatName: { Value: "Text" } },
      "x".repeat(40),
      "x".repeat(41),
    ],
    ["MemoAttributeMetadata", { MaxLength: 500 }, "x\ny", "x".repeat(501)],
    [
      "DateTimeAttributeMetadata",
      { Format: "DateAndTime", DateTimeBehavior: { Value: "UserLocal" } },
      "2026-11-24T09:30:00Z",
      "no date",
    ],
  ])("may be a %s", async (type, facts, good, bad) => {
    const client = await testClient();
    const body = { "@odata.type": `#Microsoft.Dynamics.CRM.${type}`, SchemaName: "new_Made", ...facts };
    expect((await make(client, { ...body, DisplayName: label("Made") }, "contact")).status).toBe(204);
    const id = client.emulator.store.create("contact", { lastname: "Lee" });
    const write = (value: string) => client.send("PATCH", `contacts(${id})`, { body: { new_made: value } });
    expect((await write(good)).status).toBe(204);
    expect((await client.get(`contacts(${id})?$select=new_made`)).json).toMatchObject({ new_made: good });
    expect((await write(bad)).status).toBe(400);
  });

  it("is refused where its name is taken, has no prefix, or its type is none of these", async () => {
    const client = await testClient();
    await make(client, SCORE);
    const code = async (change: object, entity?: string) => {
      const { status, json } = await make(client, { ...SCORE, ...change }, entity);
      return [status, json["error"]?.["code"]];
    };
    expect(await code({})).toEqual([400, "0x80047013"]);
    expect(await code({ SchemaName: "Score" })).toEqual([400, "0x80040203"]);
    expect(await code({ SchemaName: "new_Other", MinValue: 5, MaxValue: 1 })).toEqual([400, "0x80040203"]);
    expect(await code({ "@odata.type": "Microsoft.Dynamics.CRM.FileAttributeMetadata" })).toEqual([
      400,
      "0x80060888",
    ]);
    expect(await code({}, "new_nothing")).toEqual([404, "0x80060888"]);
  });

  it("needs the right to make columns", async () => {
    const client = await testClient();
    const { access, organization } = client.emulator;
    access.set(organization.standard.applicationUser, "attribute", "Create", "none");
    expect(await make(client, SCORE)).toMatchObject({ status: 403 });
    expect(organization.entity("lead")?.attributes.has("new_score")).toBe(false);
  });

  it("shows at once to whoever asks, and other definitions are not written", async () => {
    const client = await testClient();
    client.emulator.settings.metadataStaleSeconds = 3_600;
    await make(client, SCORE);
    expect((await client.send("POST", "EntityDefinitions", { body: {} })).status).toBe(405);
    const keys = await client.send("POST", "EntityDefinitions(LogicalName='lead')/Keys", { body: {} });
    expect(keys.status).toBe(405);
  });
});
