import { describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { Json } from "./test-client.ts";

const list = (json: Json): Json[] => json["value"] as unknown as Json[];

describe("metadata", () => {
  it("lists tracked entities in one response", async () => {
    const client = await testClient();
    const { json } = await client.get(
      "EntityDefinitions?$select=LogicalName,EntitySetName&$filter=ChangeTrackingEnabled eq true and IsIntersect eq false",
    );
    const names = list(json).map((entity) => str(entity["LogicalName"]));
    expect(names).toEqual(
      expect.arrayContaining(["lead", "contact", "account", "opportunity", "systemuser", "team"]),
    );
    expect(names).not.toContain("organization");
    expect(Object.keys(list(json)[0] ?? {}).toSorted()).toEqual([
      "EntitySetName",
      "LogicalName",
      "MetadataId",
    ]);
  });

  it("says of every entity what it is, also where its file does not", async () => {
    const client = await testClient();
    const { json } = await client.get(
      "EntityDefinitions?$select=LogicalName,IsPrivate,IsBPFEntity,IsLogicalEntity,IsCustomEntity,IsIntersect,IsActivity,IsValidForAdvancedFind,Privileges",
    );
    const named = (name: string): Json | undefined =>
      list(json).find((entity) => str(entity["LogicalName"]) === name);
    for (const entity of list(json)) expect(entity).toMatchObject({ IsPrivate: false, IsBPFEntity: false });
    expect(named("task")).toMatchObject({
      IsActivity: true,
      IsIntersect: false,
      IsValidForAdvancedFind: true,
    });
    expect(named("accountleads")).toMatchObject({ IsIntersect: true, IsValidForAdvancedFind: false });
    expect(named("lead")?.["Privileges"]).toContainEqual(
      expect.objectContaining({ Name: "prvReadLead", PrivilegeType: "Read" }),
    );
  });

  it("describes one entity with attributes and keys", async () => {
    const client = await testClient();
    const { json } = await client.get(
      "EntityDefinitions(LogicalName='team')?$select=LogicalName,PrimaryIdAttribute,ChangeTrackingEnabled,ObjectTypeCode&$expand=Attributes($select=LogicalName,AttributeType,RequiredLevel;$filter=IsPrimaryId eq true),Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)",
    );
    expect(json).toMatchObject({ LogicalName: "team", PrimaryIdAttribute: "teamid", ObjectTypeCode: 9 });
    expect(json["Attributes"]).toMatchObject([{ LogicalName: "teamid", AttributeType: "Uniqueidentifier" }]);
    expect(json["Keys"]).toMatchObject([
      { KeyAttributes: ["azureactivedirectoryobjectid", "membershiptype"], EntityKeyIndexStatus: "Active" },
    ]);
  });

  it.each([
    [
      "StringAttributeMetadata?$select=LogicalName,MaxLength,FormatName&$filter=LogicalName eq 'subject'",
      { MaxLength: 300 },
    ],
    [
      "MemoAttributeMetadata?$select=LogicalName,MaxLength&$filter=LogicalName eq 'description'",
      { MaxLength: 2000 },
    ],
    [
      "MoneyAttributeMetadata?$select=LogicalName,Precision,PrecisionSource&$filter=LogicalName eq 'budgetamount'",
      { Precision: 2, PrecisionSource: 2 },
    ],
    [
      "LookupAttributeMetadata?$select=LogicalName,Targets&$filter=LogicalName eq 'customerid'",
      { Targets: ["account", "contact"] },
    ],
    [
      "DateTimeAttributeMetadata?$select=LogicalName,DateTimeBehavior&$filter=LogicalName eq 'estimatedclosedate'",
      { DateTimeBehavior: { Value: "DateOnly" } },
    ],
    [
      "IntegerAttributeMetadata?$select=LogicalName,MinValue,MaxValue&$filter=LogicalName eq 'address1_utcoffset'",
      { MinValue: -1500, MaxValue: 1500 },
    ],
    [
      "BooleanAttributeMetadata?$select=LogicalName&$filter=LogicalName eq 'donotemail'&$expand=OptionSet",
      { LogicalName: "donotemail" },
    ],
  ])("casts to %s", async (path, expected) => {
    const client = await testClient();
    const { json } = await client.get(
      `EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.${path}`,
    );
    expect(list(json)).toMatchObject([expected]);
    expect(str(list(json)[0]?.["@odata.type"])).toContain(path.split("?")[0] ?? "");
  });

  it("gives labels, states and statuses in their real shape", async () => {
    const client = await testClient();
    const base = "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.";
    const status = await client.get(
      `${base}StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet,GlobalOptionSet`,
    );
    const options = list(status.json)[0]?.["OptionSet"]?.["Options"] as unknown as Json[];
    expect(options[3]).toMatchObject({
      Value: 4,
      State: 2,
      Label: { UserLocalizedLabel: { Label: "Lost", LanguageCode: 1033 } },
    });
    expect(list(status.json)[0]?.["GlobalOptionSet"]).toBeNull();
    const state = await client.get(`${base}StateAttributeMetadata?$expand=OptionSet`);
    const states = list(state.json)[0]?.["OptionSet"]?.["Options"] as unknown as Json[];
    expect(states[2]).toMatchObject({
      Value: 2,
      DefaultStatus: 7,
      InvariantName: "Disqualified",
    });
  });

  it("filters by enumeration and names relationships", async () => {
    const client = await testClient();
    const picklists = await client.get(
      "EntityDefinitions(LogicalName='contact')/Attributes?$select=LogicalName&$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'",
    );
    expect(list(picklists.json).map((attribute) => str(attribute["LogicalName"]))).toContain("gendercode");
    const many = await client.get(
      "EntityDefinitions(LogicalName='contact')/ManyToOneRelationships?$select=SchemaName,ReferencingAttribute,ReferencingEntityNavigationPropertyName&$filter=ReferencingAttribute eq 'parentcustomerid'",
    );
    expect(
      list(many.json)
        .map((relation) => str(relation["ReferencingEntityNavigationPropertyName"]))
        .toSorted(),
    ).toEqual(["parentcustomerid_account", "parentcustomerid_contact"]);
  });

  it("defines relationships of both kinds", async () => {
    const client = await testClient();
    const cast = "RelationshipDefinitions/Microsoft.Dynamics.CRM.";
    const many = await client.get(
      `${cast}OneToManyRelationshipMetadata?$select=SchemaName,ReferencingAttribute,CascadeConfiguration&$filter=ReferencedEntity eq 'account' and ReferencingEntity eq 'contact'`,
    );
    const found = list(many.json).find(({ SchemaName: name }) => str(name) === "contact_customer_accounts");
    expect(found).toMatchObject({
      ReferencingAttribute: "parentcustomerid",
      CascadeConfiguration: { Delete: "Cascade" },
    });
    const one = await client.get(
      "RelationshipDefinitions(SchemaName='teammembership_association')?$select=SchemaName,RelationshipType",
    );
    expect(one.json).toMatchObject({ RelationshipType: "ManyToManyRelationship" });
    const byId = `RelationshipDefinitions(${str(one.json["MetadataId"])})`;
    expect((await client.get(byId)).json).toMatchObject({ IntersectEntityName: "teammembership" });
    expect((await client.get(`${byId}/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata`)).status).toBe(
      404,
    );
    const both = list((await client.get("RelationshipDefinitions?$select=SchemaName,RelationshipType")).json);
    expect(new Set(both.map((each) => str(each["RelationshipType"]))).size).toBe(2);
    expect(new Set(both.map((each) => str(each["SchemaName"]))).size).toBe(both.length);
  });

  it("names the relationships of one entity from either side, and N:N", async () => {
    const client = await testClient();
    const { json } = await client.get(
      "EntityDefinitions(LogicalName='systemuser')/OneToManyRelationships?$select=ReferencingEntity,ReferencedEntityNavigationPropertyName",
    );
    expect(list(json)).toContainEqual(
      expect.objectContaining({ ReferencedEntityNavigationPropertyName: "lk_accountbase_createdby" }),
    );
    const mutual = await client.get("EntityDefinitions(LogicalName='systemuser')/ManyToManyRelationships");
    expect(list(mutual.json)).toContainEqual(
      expect.objectContaining({ SchemaName: "teammembership_association" }),
    );
  });

  it.each([
    "RelationshipDefinitions(SchemaName='nosuch')",
    "RelationshipDefinitions/Microsoft.Dynamics.CRM.Nonsense",
    "RelationshipDefinitions?$expand=Nonsense",
    "EntityDefinitions(LogicalName='nosuch')",
    "EntityDefinitions?$top=1",
    "EntityDefinitions?$orderby=LogicalName",
    "RelationshipDefinitions?$count=true",
    "EntityDefinitions(LogicalName='lead')/Nonsense",
    "EntityDefinitions?$select=Nonsense",
    "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.EnumAttributeMetadata",
  ])("refuses %s", async (path) => {
    const client = await testClient();
    expect((await client.get(path)).status).toBeGreaterThanOrEqual(400);
  });

  it("follows columns and entities that come, change their labels and go", async () => {
    const client = await testClient();
    const { schema, store } = client.emulator;
    const column = {
      logicalName: "new_tier",
      schemaName: "new_Tier",
      attributeType: "Picklist",
      attributeTypeName: "PicklistType",
      displayName: "Tier",
      requiredLevel: "None",
      isPrimaryId: false,
      isPrimaryName: false,
      isValidForCreate: true,
      isValidForUpdate: true,
      isValidForRead: true,
      isValidODataAttribute: true,
      isCustomAttribute: true,
      optionSet: { name: "new_tier", isGlobal: false, options: [{ value: 1, label: "Gold" }] },
    };
    schema.addAttribute("account", column);
    const accountid = store.create("account", { name: "A", new_tier: 1 });
    schema.relabel("account", "new_tier", { options: [{ value: 1, label: "Platinum" }] });
    const read = async () =>
      client.get(`accounts(${accountid})?$select=new_tier`, { prefer: 'odata.include-annotations="*"' });
    expect((await read()).json).toMatchObject({
      new_tier: 1,
      "new_tier@OData.Community.Display.V1.FormattedValue": "Platinum",
    });
    schema.removeAttribute("account", "new_tier");
    expect((await read()).status).toBe(400);
    schema.addAttribute("account", column);
    expect((await read()).json["new_tier"]).toBeNull();
    schema.removeEntity("campaign");
    expect((await client.get("campaigns")).status).toBe(404);
  });
});
