import { describe, expect, it } from "vitest";

import type { Definition } from "../../../test/connectors/definitions.ts";
import {
  CURRENCIES,
  ME,
  NO_TABLE,
  column,
  option,
  tableLines,
} from "../../../test/connectors/definitions.ts";
import type { Line } from "../../../test/connectors/script.ts";
import { refused, scriptedWire } from "../../../test/connectors/script.ts";
import { NEVER, open } from "../../../test/connectors/organization.ts";
import type { Attribute } from "../../core/organization.ts";

const choices = (...options: object[]): object => ({ OptionSet: { Options: options } });

const DEAL: Definition = {
  columns: [
    column("dealid", { AttributeType: "Uniqueidentifier" }),
    column("name", { RequiredLevel: { Value: "ApplicationRequired" } }),
    column("notes", { AttributeType: "Memo", IsValidForCreate: false }),
    column("amount", { AttributeType: "Money" }),
    column("size", { AttributeType: "Integer" }),
    column("day", { AttributeType: "DateTime" }),
    column("wall", { AttributeType: "DateTime" }),
    column("moment", { AttributeType: "DateTime" }),
    column("stage", { AttributeType: "Picklist" }),
    column("shared", { AttributeType: "Picklist" }),
    column("hobbies", { AttributeType: "Virtual", AttributeTypeName: { Value: "MultiSelectPicklistType" } }),
    column("hot", { AttributeType: "Boolean" }),
    column("ownerid", { AttributeType: "Owner", RequiredLevel: { Value: "SystemRequired" } }),
    column("customerid", { AttributeType: "Customer" }),
    column("stagename", { AttributeType: "Virtual", AttributeOf: "stage", IsValidODataAttribute: false }),
    column("picture", { AttributeType: "Virtual", AttributeTypeName: { Value: "ImageType" } }),
    column("contract", { AttributeType: "Virtual", AttributeTypeName: { Value: "FileType" } }),
    column("parties", { AttributeType: "PartyList" }),
    column("hidden", { IsValidForRead: false }),
    column("internal", { IsValidODataAttribute: false }),
    column("odd", { AttributeType: "ManagedProperty" }),
  ],
  relationships: [
    {
      ReferencingAttribute: "customerid",
      ReferencedEntity: "account",
      ReferencingEntityNavigationPropertyName: "customerid_account",
    },
    {
      ReferencingAttribute: "customerid",
      ReferencedEntity: "contact",
      ReferencingEntityNavigationPropertyName: "customerid_contact",
    },
    {
      ReferencingAttribute: "ownerid",
      ReferencedEntity: "owner",
      ReferencingEntityNavigationPropertyName: "ownerid",
    },
  ],
  details: {
    StringAttributeMetadata: [{ LogicalName: "name", MaxLength: 300 }],
    MemoAttributeMetadata: [{ LogicalName: "notes", MaxLength: 2000 }],
    MoneyAttributeMetadata: [{ LogicalName: "amount", MinValue: 0, MaxValue: 1e12, Precision: 4 }],
    IntegerAttributeMetadata: [{ LogicalName: "size", MinValue: -5, MaxValue: 5 }],
    DateTimeAttributeMetadata: [
      { LogicalName: "day", DateTimeBehavior: { Value: "DateOnly" } },
      { LogicalName: "wall", DateTimeBehavior: { Value: "TimeZoneIndependent" } },
      { LogicalName: "moment", DateTimeBehavior: { Value: "UserLocal" } },
    ],
    PicklistAttributeMetadata: [
      { LogicalName: "stage", ...choices(option(1, "Begun"), option(2, "Won")) },
      { LogicalName: "shared", OptionSet: null, GlobalOptionSet: { Options: [option(7, "Seven")] } },
    ],
    MultiSelectPicklistAttributeMetadata: [
      { LogicalName: "hobbies", ...choices(option(1, "Chess"), { Value: 2, Label: null }) },
    ],
    BooleanAttributeMetadata: [
      { LogicalName: "hot", OptionSet: { TrueOption: option(1, "Hot"), FalseOption: option(0, "Cold") } },
    ],
    LookupAttributeMetadata: [
      { LogicalName: "ownerid", Targets: ["systemuser", "team"] },
      { LogicalName: "customerid", Targets: ["account", "contact"] },
    ],
  },
};

const PLAIN: Definition = { columns: [column("plainid", { AttributeType: "Uniqueidentifier" })] };

function organization(more: Readonly<Record<string, Line>> = {}) {
  const wire = scriptedWire({
    ...more,
    ...ME,
    ...CURRENCIES,
    ...tableLines("deal", "deals", DEAL),
    ...tableLines("plain", "plains", PLAIN),
    "LogicalName='nosuch'": NO_TABLE,
    ...more,
  });
  return { wire, source: open(wire) };
}

async function described(): Promise<Record<string, Attribute>> {
  const { entities } = await organization().source.describe(["deal"], NEVER);
  return Object.fromEntries((entities.get("deal")?.attributes ?? []).map((one) => [one.name, one]));
}

describe("describing an organization", () => {
  it("reads who we are, the entities by name, and all pages of currencies (P24)", async () => {
    const { organizationId, userId, entities, missing, currencies } = await organization().source.describe(
      ["deal", "plain", "nosuch"],
      NEVER,
    );
    expect([organizationId, userId]).toEqual(["org-1", "user-1"]);
    expect(entities.get("deal")).toMatchObject({
      label: "A deal",
      set: "deals",
      primaryId: "dealid",
      primaryName: "name",
      changeTracking: true,
      canEnableChangeTracking: true,
    });
    expect([...entities.keys()]).toEqual(["deal", "plain"]);
    expect(missing.get("nosuch")).toMatchObject({ code: "entity_missing" });
    expect(currencies).toEqual([
      { id: "c-1", code: "USD" },
      { id: "c-2", code: "EUR" },
    ]);
  });

  it("never asks for everything, and for details only of kinds that occur", async () => {
    const { wire, source } = organization();
    await source.describe(["plain"], NEVER);
    const definitions = wire.paths("EntityDefinitions");
    expect(definitions).toHaveLength(1);
    expect(definitions[0]).toContain("(LogicalName='plain')?$select=");
    expect(definitions[0]).toContain("Attributes($select=");
  });

  it("gives lengths, ranges, precision, required level and what may be written", async () => {
    const { name, notes, amount, size } = await described();
    expect(name).toMatchObject({
      label: "The name",
      type: "String",
      property: "name",
      maxLength: 300,
      required: "ApplicationRequired",
    });
    expect(notes).toMatchObject({
      type: "Memo",
      maxLength: 2000,
      creatable: false,
      updatable: true,
      required: "None",
    });
    expect(amount).toMatchObject({ type: "Money", minValue: 0, maxValue: 1e12, precision: 4 });
    expect(size).toMatchObject({ minValue: -5, maxValue: 5 });
  });

  it("gives the behaviour of dates and the labels of choices, local and global", async () => {
    const { day, wall, moment, stage, shared, hobbies, hot } = await described();
    expect([day, wall, moment].map((one) => one?.dateBehavior)).toEqual([
      "DateOnly",
      "TimeZoneIndependent",
      "UserLocal",
    ]);
    expect(stage?.choices).toEqual([
      { value: 1, label: "Begun" },
      { value: 2, label: "Won" },
    ]);
    expect(shared?.choices).toEqual([{ value: 7, label: "Seven" }]);
    expect(hobbies).toMatchObject({
      type: "MultiSelectPicklist",
      choices: [{ label: "Chess" }, { label: "2" }],
    });
    expect(hot?.choices).toEqual([
      { value: 0, label: "Cold" },
      { value: 1, label: "Hot" },
    ]);
  });

  it("gives lookups their property, targets and a navigation property per target", async () => {
    const { ownerid, customerid } = await described();
    expect(customerid).toMatchObject({
      property: "_customerid_value",
      targets: ["account", "contact"],
      navigation: { account: "customerid_account", contact: "customerid_contact" },
    });
    expect(ownerid).toMatchObject({
      targets: ["systemuser", "team"],
      navigation: { systemuser: "ownerid", team: "ownerid" },
    });
  });

  it("leaves out what has no value to copy, each with a reason", async () => {
    const { entities } = await organization().source.describe(["deal"], NEVER);
    const leftOut = entities.get("deal")?.leftOut ?? [];
    expect(leftOut.map(({ name }) => name)).toEqual([
      "contract",
      "hidden",
      "internal",
      "odd",
      "parties",
      "picture",
      "stagename",
    ]);
    const reasons = Object.fromEntries(leftOut.map(({ name, reason }) => [name, reason]));
    expect(reasons["picture"]).toContain("Images");
    expect(reasons["stagename"]).toContain("stage");
    for (const { reason } of leftOut) expect(reason).toMatch(/^[A-Z].*\.$/u);
  });
});

describe("entities that cannot be read", () => {
  it("are named with the reason, and the others stay", async () => {
    const denied = refused(403, "0x80040220", "is missing prvReadDeal");
    const { entities, missing } = await organization({ "/deals?": denied }).source.describe(
      ["deal", "plain"],
      NEVER,
    );
    expect([...entities.keys()]).toEqual(["plain"]);
    expect(missing.get("deal")).toMatchObject({ code: "permission_missing" });
    expect(missing.get("deal")?.detail).toContain("prvReadDeal");
  });

  it("are asked for one record in the way the feed will read them", async () => {
    const { wire, source } = organization();
    await source.describe(["deal"], NEVER);
    const probe = wire.sent.find(({ url }) => url.includes("/deals?"));
    expect(probe?.headers["prefer"]).toBe("odata.track-changes,odata.maxpagesize=1");
  });

  it("count as untracked when the service says so, whatever the metadata says", async () => {
    const source = organization({
      "/deals?": ({ headers }) =>
        headers["prefer"] === undefined
          ? { body: { value: [] } }
          : refused(400, "0x80072491", "isn't enabled"),
    }).source;
    expect((await source.describe(["deal"], NEVER)).entities.get("deal")?.changeTracking).toBe(false);
  });

  it("are missing when they have no entity set (P16)", async () => {
    const lines = tableLines("deal", "deals", { ...DEAL, table: { EntitySetName: null } });
    const { missing } = await organization(lines).source.describe(["deal"], NEVER);
    expect(missing.get("deal")?.code).toBe("entity_missing");
  });
});

describe("a description that fails as a whole", () => {
  it.each([
    [{ "/WhoAmI": refused(403, "0x80072560", "not a member") }, "not_an_application_user"],
    [{ "LogicalName='deal')?": refused(401, "") }, "sign_in_failed"],
    [{ "LogicalName='deal')?": { body: { LogicalName: 7 } } }, "unexpected_answer"],
  ])("says why: %o", async (lines, code) => {
    await expect(organization(lines).source.describe(["deal"], NEVER)).rejects.toMatchObject({ code });
  });

  it("stops its other requests", async () => {
    const stopped = Promise.withResolvers<void>();
    const { source } = organization({
      "LogicalName='deal')?": refused(401, ""),
      "LogicalName='plain')?": async ({ signal }) => {
        signal.addEventListener("abort", () => stopped.resolve());
        await stopped.promise;
        return {};
      },
    });
    await expect(source.describe(["deal", "plain"], NEVER)).rejects.toMatchObject({ code: "sign_in_failed" });
    await stopped.promise;
  });

  it("does not walk a next link that leads to itself", async () => {
    const self = CURRENCIES.transactioncurrencies;
    const { source } = organization({
      transactioncurrencies: self,
      "transactioncurrencies?$skiptoken": self,
    });
    await expect(source.describe(["plain"], NEVER)).rejects.toMatchObject({ code: "unexpected_answer" });
  });

  it("does without currencies when they may not be read", async () => {
    const { source } = organization({ transactioncurrencies: refused(403, "0x80040220") });
    expect((await source.describe(["plain"], NEVER)).currencies).toEqual([]);
  });
});
