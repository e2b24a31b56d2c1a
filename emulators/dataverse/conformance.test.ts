import { DynamicsWebApi } from "dynamics-web-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmulator } from "./emulator.ts";
import type { Emulator } from "./emulator.ts";
import { serve } from "./serve.ts";
import type { Served } from "./serve.ts";

/** The package `dynamics-web-api` from npm, unmodified, as a client over HTTP. */
let emulator: Emulator;
let served: Served;
let client: DynamicsWebApi;
/** Method and path of each request that the emulator got. */
let sent: string[];

interface Named {
  readonly firstname?: string;
  readonly lastname?: string;
  readonly name?: string;
  readonly accountid?: string;
  readonly fullname?: string;
  readonly contactid?: string;
  readonly "@odata.etag"?: string;
}

beforeEach(async () => {
  emulator = createEmulator();
  served = await serve(emulator);
  sent = [];
  const answer = emulator.answer.bind(emulator);
  emulator.answer = async (request) => {
    sent.push(`${request.method} ${decodeURIComponent(new URL(request.url).pathname)}`);
    return answer(request);
  };
  client = new DynamicsWebApi({
    serverUrl: served.url,
    dataApi: { version: "9.2" },
    onTokenRefresh: token,
  });
});

afterEach(async () => served.close());

async function token(): Promise<string> {
  const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
  const form = {
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: "client_credentials",
    scope: `${served.url}/.default`,
  };
  const answer = await fetch(`${served.url}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const account = (id: string) => emulator.store.get("account", id);

async function create(name: string): Promise<string> {
  return client.create<Named, string>({ collection: "accounts", data: { name } });
}

describe("creating", () => {
  it("gives the id from OData-EntityId", async () => {
    const id = await create("Created");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(account(id)?.["name"]).toBe("Created");
  });

  it("gives a representation with chosen and expanded columns", async () => {
    const primary = emulator.store.create("contact", { firstname: "Ann", lastname: "Lee" });
    const data = { name: "Whole", "primarycontactid@odata.bind": `contacts(${primary})` };
    const made = await client.create<object, Named & { primarycontactid: Named }>({
      collection: "accounts",
      data,
      returnRepresentation: true,
      select: ["name"],
      expand: [{ property: "primarycontactid", select: ["fullname"] }],
    });
    expect(made).toMatchObject({ name: "Whole", primarycontactid: { fullname: "Ann Lee" } });
    expect(made["@odata.etag"]).toMatch(/^W\/"\d+"$/);
  });

  it("creates with what belongs to it, on behalf of somebody else, and detects duplicates", async () => {
    emulator.settings.duplicateRules.push({ entity: "account", attributes: ["name"] });
    const { administrator } = emulator.organization.standard;
    const id = await client.create<object, string>({
      collection: "accounts",
      impersonate: administrator,
      data: { name: "Deep", contact_customer_accounts: [{ lastname: "One" }, { lastname: "Two" }] },
    });
    expect(account(id)).toMatchObject({ createdby: { id: administrator } });
    expect(emulator.store.count("contact")).toBe(2);
    const again = { collection: "accounts", data: { name: "Deep" }, duplicateDetection: true };
    await expect(client.create(again)).rejects.toMatchObject({ status: 412, code: "0x80040333" });
    expect(emulator.store.count("account")).toBe(1);
  });
});

describe("retrieving", () => {
  it("chooses columns, expansions, annotations and single properties", async () => {
    const id = emulator.store.create("account", { name: "Read", revenue: "12.5" });
    emulator.store.create("contact", { lastname: "Lee", parentcustomerid: { entity: "account", id } });
    const one = { collection: "accounts", key: id };
    const read = await client.retrieve<Named & Record<string, unknown>>({
      ...one,
      select: ["name", "revenue", "_ownerid_value"],
      expand: [
        { property: "contact_customer_accounts", select: ["lastname"], filter: "lastname eq 'Lee'", top: 1 },
      ],
      includeAnnotations: "*",
    });
    expect(read).toMatchObject({
      name: "Read",
      revenue: 12.5,
      revenue_Formatted: "$12.50",
      _ownerid_value_LogicalName: "systemuser",
      contact_customer_accounts: [{ lastname: "Lee" }],
    });
    expect(
      await client.retrieve({ ...one, navigationProperty: "createdby", select: ["fullname"] }),
    ).toMatchObject({
      fullname: "Ada Admin",
    });
    const many = { ...one, navigationProperty: "contact_customer_accounts", select: ["lastname"] };
    expect(await client.retrieve(many)).toMatchObject({ value: [{ lastname: "Lee" }] });
  });

  it("brings nothing that has not changed", async () => {
    const id = emulator.store.create("account", { name: "Known" });
    const one = { collection: "accounts", key: id, select: ["name"] };
    const first = await client.retrieve<Named>(one);
    const etag = first["@odata.etag"] ?? "";
    expect(await client.retrieve<unknown>({ ...one, ifnonematch: etag })).toBeUndefined();
    emulator.store.update("account", id, { name: "News" });
    expect(await client.retrieve<Named>({ ...one, ifnonematch: etag })).toMatchObject({ name: "News" });
  });

  it("says with the platform's code what is not there", async () => {
    const missing = { collection: "accounts", key: crypto.randomUUID() };
    await expect(client.retrieve(missing)).rejects.toMatchObject({ status: 404, code: "0x80040217" });
    await expect(client.retrieve({ ...missing, collection: "nosuch" })).rejects.toMatchObject({
      status: 404,
      code: "0x8006088a",
    });
  });

  it("knows collections by the names of their entities", async () => {
    const named = new DynamicsWebApi({ serverUrl: served.url, useEntityNames: true, onTokenRefresh: token });
    const key = emulator.store.create("opportunity", { name: "By name" });
    const read = await named.retrieve<Named>({ collection: "opportunity", key, select: ["name"] });
    expect(read.name).toBe("By name");
  });
});

describe("updating and deleting", () => {
  it("with and without conditions", async () => {
    const id = await create("Old");
    const one = { collection: "accounts", key: id };
    const { "@odata.etag": ifmatch = "" } = await client.retrieve<Named>({ ...one, select: ["name"] });
    await client.update({ ...one, data: { name: "New" } });
    await expect(client.update({ ...one, data: { name: "Stale" }, ifmatch })).resolves.toBe(false);
    expect(account(id)?.["name"]).toBe("New");
    const changed = await client.update<object, Named>({
      ...one,
      data: { name: "Newer" },
      returnRepresentation: true,
      select: ["name"],
    });
    expect(changed.name).toBe("Newer");
    const current = changed["@odata.etag"] ?? "";
    await expect(client.update({ ...one, data: { name: "Newest" }, ifmatch: current })).resolves.toBe(true);
    await expect(client.deleteRecord({ ...one, ifmatch: current })).resolves.toBe(false);
    expect(account(id)?.["name"]).toBe("Newest");
    await client.deleteRecord(one);
    expect(account(id)).toBeUndefined();
    await expect(client.deleteRecord(one)).rejects.toMatchObject({ status: 404 });
    await expect(client.update({ ...one, data: { name: "Gone" } })).rejects.toMatchObject({ status: 404 });
  });

  it("single properties", async () => {
    const id = await create("Property");
    const one = { collection: "accounts", key: id };
    await client.updateSingleProperty({ ...one, fieldValuePair: { telephone1: "123" } });
    expect(account(id)?.["telephone1"]).toBe("123");
    await client.deleteRecord({ ...one, property: "telephone1" });
    expect(account(id)?.["telephone1"]).toBeUndefined();
  });
});

describe("upserting", () => {
  it("with and without conditions", async () => {
    const id = crypto.randomUUID();
    const upsert = { collection: "accounts", key: id, data: { name: "Upserted" } };
    await client.upsert({ ...upsert, ifmatch: "*" });
    expect(account(id)).toBeUndefined();
    await client.upsert(upsert);
    expect(account(id)?.["name"]).toBe("Upserted");
    await client.upsert({ ...upsert, data: { name: "Prevented" }, ifnonematch: "*" });
    expect(account(id)?.["name"]).toBe("Upserted");
    await client.upsert({ ...upsert, data: { name: "Again" }, ifmatch: "*" });
    expect(account(id)?.["name"]).toBe("Again");
    const told = await client.upsert<object, Named>({
      ...upsert,
      data: { name: "Told" },
      returnRepresentation: true,
      select: ["name"],
    });
    expect(told).toMatchObject({ name: "Told", accountid: id });
  });

  it("by alternate key, whose answer has no id", async () => {
    emulator.schema.addKey("account", "number", ["accountnumber"]);
    const keyed = { collection: "accounts", key: "accountnumber='K1'" };
    expect(await client.upsert<object, unknown>({ ...keyed, data: { name: "Keyed" } })).toBeUndefined();
    expect((await client.retrieve<Named>({ ...keyed, select: ["name"] })).name).toBe("Keyed");
    await client.update({ ...keyed, data: { name: "Updated" } });
    const [id = ""] = emulator.store.ids("account");
    expect(account(id)).toMatchObject({ name: "Updated", accountnumber: "K1" });
    await client.deleteRecord(keyed);
    expect(account(id)).toBeUndefined();
    await expect(client.retrieve(keyed)).rejects.toMatchObject({ code: "0x80060891" });
  });
});

describe("querying", () => {
  const query = { collection: "leads", select: ["lastname"], filter: "subject eq 'Paged'", maxPageSize: 10 };

  beforeEach(() => {
    emulator.store.insertMany(
      "lead",
      Array.from({ length: 25 }, (_, at) => ({
        lastname: `Lead ${String(at).padStart(2, "0")}`,
        subject: "Paged",
      })),
    );
  });

  it("pages and counts", async () => {
    const first = await client.retrieveMultiple<Named>({ ...query, count: true });
    expect(first.oDataCount).toBe(25);
    expect(first.value).toHaveLength(10);
    const second = await client.retrieveMultiple<Named>(query, first.oDataNextLink);
    const third = await client.retrieveMultiple<Named>(query, second.oDataNextLink);
    expect([second.value.length, third.value.length, third.oDataNextLink]).toEqual([10, 5, undefined]);
    expect((await client.retrieveAll<Named>(query)).value).toHaveLength(25);
    expect(await client.count({ collection: "leads" })).toBe(25);
    expect(await client.count({ collection: "leads", filter: "lastname eq 'Lead 07'" })).toBe(1);
    expect(await client.countAll({ collection: "leads", filter: "subject eq 'Paged'" })).toBe(25);
  });

  it("orders, takes the first few, and expands", async () => {
    const { value } = await client.retrieveMultiple<Named & { createdby: Named }>({
      collection: "leads",
      select: ["lastname"],
      orderBy: ["lastname desc"],
      top: 2,
      expand: [{ property: "createdby", select: ["fullname"] }],
    });
    expect(value.map((lead) => [lead.lastname, lead.createdby.fullname])).toEqual([
      ["Lead 24", "Ada Admin"],
      ["Lead 23", "Ada Admin"],
    ]);
  });

  it("sends what is too long for an address in a batch, by itself", async () => {
    const filter = Array.from(
      { length: 60 },
      (_, at) => `lastname eq 'Somebody with a long name ${at}'`,
    ).join(" or ");
    const { value } = await client.retrieveMultiple<Named>({
      collection: "leads",
      select: ["lastname"],
      filter: `${filter} or lastname eq 'Lead 03'`,
    });
    expect(value.map((lead) => lead.lastname)).toEqual(["Lead 03"]);
    expect(sent.at(-1)).toBe("POST /api/data/v9.2/$batch");
  });

  it("tracks changes", async () => {
    const tracked = { collection: "leads", select: ["lastname"], trackChanges: true, maxPageSize: 10 };
    const initial = await client.retrieveAll<Named>(tracked);
    expect(initial.value).toHaveLength(25);
    const [changed = "", deleted = ""] = emulator.store.ids("lead");
    emulator.store.update("lead", changed, { lastname: "Changed" });
    emulator.store.remove("lead", deleted);
    const delta = await client.retrieveMultiple<Named & { leadid?: string; id?: string; reason?: string }>(
      { collection: "leads" },
      initial.oDataDeltaLink,
    );
    expect(delta.value.map(({ leadid, id, reason, lastname }) => [leadid ?? id, reason ?? lastname])).toEqual(
      [
        [changed, "Changed"],
        [deleted, "deleted"],
      ],
    );
    const quiet = await client.retrieveMultiple<Named>({ collection: "leads" }, delta.oDataDeltaLink);
    expect(quiet.value).toEqual([]);
    expect(quiet.oDataDeltaLink).toBeDefined();
  });
});

describe("associating", () => {
  it("sets and takes away what lookups and collections refer to", async () => {
    const accountid = emulator.store.create("account", { name: "Parent" });
    const contactid = emulator.store.create("contact", { lastname: "Child" });
    const parent = () => emulator.store.get("contact", contactid)?.["parentcustomerid"];
    const one = {
      collection: "contacts",
      primaryKey: contactid,
      navigationProperty: "parentcustomerid_account",
    };
    await client.associateSingleValued({ ...one, relatedCollection: "accounts", relatedKey: accountid });
    expect(parent()).toMatchObject({ id: accountid });
    await client.disassociateSingleValued(one);
    expect(parent()).toBeUndefined();
    const many = {
      collection: "accounts",
      primaryKey: accountid,
      relationshipName: "contact_customer_accounts",
      relatedKey: contactid,
    };
    await client.associate({ ...many, relatedCollection: "contacts" });
    expect(parent()).toMatchObject({ id: accountid });
    await client.disassociate(many);
    expect(parent()).toBeUndefined();
  });

  it("associates and disassociates records of an N:N relationship", async () => {
    const accountid = emulator.store.create("account", { name: "Mutual" });
    const leadid = emulator.store.create("lead", { lastname: "Mutual", subject: "Mutual" });
    const mutual = {
      collection: "accounts",
      primaryKey: accountid,
      relationshipName: "accountleads_association",
      relatedKey: leadid,
    };
    const linked = async () => {
      const found = await client.retrieve<{ accountleads_association: { leadid: string }[] }>({
        collection: "accounts",
        key: accountid,
        select: ["name"],
        expand: [{ property: "accountleads_association", select: ["lastname"] }],
      });
      return found.accountleads_association.map((each) => each.leadid);
    };
    await client.associate({ ...mutual, relatedCollection: "leads" });
    expect(await linked()).toEqual([leadid]);
    await client.disassociate(mutual);
    expect(await linked()).toEqual([]);
  });
});

describe("batches", () => {
  it("runs change sets whose parts refer to each other, and reads behind them", async () => {
    client.startBatch();
    void client.create({
      collection: "accounts",
      data: { name: "In batch" },
      contentId: "1",
      inChangeSet: true,
    });
    void client.create({
      collection: "contacts",
      data: { lastname: "Bound", "parentcustomerid_account@odata.bind": "$1" },
      contentId: "2",
      inChangeSet: true,
    });
    void client.associateSingleValued({
      collection: "$1",
      navigationProperty: "primarycontactid",
      relatedKey: "$2",
      inChangeSet: true,
    });
    void client.retrieveMultiple({
      collection: "accounts",
      select: ["name"],
      filter: "name eq 'In batch'",
      inChangeSet: false,
    });
    const answers: unknown[] = await client.executeBatch();
    expect(answers).toHaveLength(4);
    expect(answers[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(answers[3]).toMatchObject({ value: [{ name: "In batch" }] });
    expect(account(String(answers[0]))).toMatchObject({ primarycontactid: { id: answers[1] } });
  });

  it("takes a failed change set back, and says why", async () => {
    client.startBatch();
    void client.create({ collection: "accounts", data: { name: "First" }, inChangeSet: true });
    void client.create({ collection: "accounts", data: { name: "x".repeat(161) }, inChangeSet: true });
    await expect(client.executeBatch()).rejects.toMatchObject([
      { status: 400, error: { code: "0x80044331" } },
    ]);
    expect(emulator.store.count("account")).toBe(0);
  });

  it("goes on after an error when told to", async () => {
    const kept = emulator.store.create("account", { name: "Kept" });
    client.startBatch();
    void client.update({ collection: "accounts", key: kept, data: { name: "One" }, inChangeSet: false });
    void client.deleteRecord({ collection: "accounts", key: crypto.randomUUID(), inChangeSet: false });
    void client.retrieve({ collection: "accounts", key: kept, select: ["name"], inChangeSet: false });
    const answers: unknown[] = await client.executeBatch({ continueOnError: true });
    expect(answers).toHaveLength(3);
    expect(answers[1]).toMatchObject({ status: 404, error: { code: "0x80040217" } });
    expect(answers[2]).toMatchObject({ name: "One" });
  });
});

describe("functions and actions", () => {
  it("calls unbound functions", async () => {
    const who = await client.callFunction<{ UserId: string }>({ functionName: "WhoAmI" });
    expect(who.UserId).toBe(emulator.organization.standard.applicationUser);
    emulator.store.create("account", { name: "Counted" });
    const counts = await client.callFunction<{ EntityRecordCountCollection: { Values: number[] } }>({
      functionName: "RetrieveTotalRecordCount",
      parameters: { EntityNames: ["account", "contact"] },
    });
    expect(counts.EntityRecordCountCollection.Values).toEqual([1, 0]);
  });

  it("calls bound functions", async () => {
    const { administrator } = emulator.organization.standard;
    const id = emulator.store.create("account", { name: "Access" });
    const bound = { collection: "systemusers", key: administrator };
    const rights = await client.callFunction<{ AccessRights: string }>({
      ...bound,
      functionName: "Microsoft.Dynamics.CRM.RetrievePrincipalAccess",
      parameters: { Target: { "@odata.id": `accounts(${id})` } },
    });
    expect(rights.AccessRights).toContain("ReadAccess, WriteAccess");
    const held = await client.callFunction<{ RolePrivileges: { PrivilegeName: string }[] }>({
      ...bound,
      functionName: "Microsoft.Dynamics.CRM.RetrieveUserPrivileges",
    });
    expect(held.RolePrivileges.map(({ PrivilegeName }) => PrivilegeName)).toContain("prvReadLead");
  });

  it("calls bound actions", async () => {
    const key = emulator.store.create("lead", { firstname: "Q", lastname: "Lead", companyname: "C" });
    const made = await client.callAction<{ value: unknown[] }>({
      collection: "leads",
      key,
      actionName: "Microsoft.Dynamics.CRM.QualifyLead",
      action: { CreateAccount: false, CreateContact: true, CreateOpportunity: false, Status: 3 },
    });
    expect(made.value).toHaveLength(1);
    expect(emulator.store.get("lead", key)).toMatchObject({ statecode: 1 });
  });

  it("calls unbound actions", async () => {
    const id = emulator.store.create("opportunity", { name: "Deal" });
    await client.callAction({
      actionName: "WinOpportunity",
      action: {
        Status: 3,
        OpportunityClose: { subject: "Won", "opportunityid@odata.bind": `opportunities(${id})` },
      },
    });
    expect(emulator.store.get("opportunity", id)).toMatchObject({ statecode: 1 });
    const [target, loser] = [await create("Stays"), await create("Goes")];
    const typed = (accountid: string) => ({ accountid, "@odata.type": "Microsoft.Dynamics.CRM.account" });
    await client.callAction({
      actionName: "Merge",
      action: { Target: typed(target), Subordinate: typed(loser), PerformParentingChecks: false },
    });
    expect(account(loser)).toMatchObject({ merged: true, masterid: { id: target } });
  });
});

describe("FetchXML", () => {
  it("fetches pages, all pages, joins and aggregates", async () => {
    const accountid = emulator.store.create("account", { name: "Fetched" });
    const parentcustomerid = { entity: "account", id: accountid };
    for (const lastname of ["One", "Two & 'Half'", "Three"])
      emulator.store.create("contact", { firstname: "Fetched", lastname, parentcustomerid });
    const inside = `<attribute name="lastname"/><filter><condition attribute="firstname" operator="eq" value="Fetched"/></filter>`;
    const query = `<fetch mapping="logical" count="2"><entity name="contact">${inside}<order attribute="lastname"/></entity></fetch>`;
    const first = await client.fetch<{ lastname: string }>({
      collection: "contacts",
      fetchXml: query,
      includeAnnotations: "*",
    });
    expect(first.value.map(({ lastname }) => lastname)).toEqual(["One", "Three"]);
    expect(first.PagingInfo).toMatchObject({ page: 1, nextPage: 2 });
    const second = await client.fetch<{ lastname: string }>({
      collection: "contacts",
      fetchXml: query,
      includeAnnotations: "*",
      pageNumber: first.PagingInfo?.nextPage ?? 0,
      pagingCookie: first.PagingInfo?.cookie ?? "",
    });
    expect(second.value.map(({ lastname }) => lastname)).toEqual(["Two & 'Half'"]);
    const all = await client.fetchAll<{ lastname: string }>({
      collection: "contacts",
      fetchXml: query.replace('count="2"', 'count="1"'),
      includeAnnotations: "*",
    });
    expect(all.value.map(({ lastname }) => lastname)).toEqual(["One", "Three", "Two & 'Half'"]);
    const joined = await client.fetch<{ owner: { name: string } }>({
      collection: "contacts",
      fetchXml: `<fetch top="1"><entity name="contact">${inside}<link-entity name="account" from="accountid" to="parentcustomerid" alias="owner"><attribute name="name"/></link-entity></entity></fetch>`,
    });
    expect(joined.value[0]?.owner.name).toBe("Fetched");
    const counted = await client.fetch<{ n: number }>({
      collection: "contacts",
      fetchXml: `<fetch aggregate="true"><entity name="contact"><attribute name="contactid" alias="n" aggregate="count"/>${inside.replace('<attribute name="lastname"/>', "")}</entity></fetch>`,
    });
    expect(counted.value).toEqual([expect.objectContaining({ n: 3 })]);
  });
});

describe("metadata", () => {
  it("reads entities and attributes", async () => {
    const entity = await client.retrieveEntity<{ LogicalName: string; MetadataId: string }>({
      key: "LogicalName='lead'",
      select: ["LogicalName"],
    });
    expect(entity.LogicalName).toBe("lead");
    const entities = await client.retrieveEntities<{ LogicalName: string }>({
      select: ["LogicalName"],
      filter: "LogicalName eq 'contact'",
    });
    expect(entities.value).toHaveLength(1);
    const attributes = await client.retrieveAttributes<{ MaxLength: number }>({
      entityKey: entity.MetadataId,
      castType: "Microsoft.Dynamics.CRM.StringAttributeMetadata",
      select: ["MaxLength"],
      filter: "LogicalName eq 'subject'",
    });
    expect(attributes.value[0]?.MaxLength).toBe(300);
    const choice = await client.retrieveAttribute<{ OptionSet: { Options: { Value: number }[] } }>({
      entityKey: "LogicalName='lead'",
      attributeKey: "LogicalName='leadqualitycode'",
      castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
      select: ["LogicalName"],
      expand: [{ property: "OptionSet" }],
    });
    expect(choice.OptionSet.Options.map(({ Value }) => Value)).toEqual([1, 2, 3]);
  });

  it("reads relationships, keys and the whole document", async () => {
    const one = await client.retrieveRelationship<{ ReferencingAttribute: string; MetadataId: string }>({
      key: "SchemaName='contact_customer_accounts'",
      castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
      select: ["ReferencingAttribute"],
    });
    expect(one.ReferencingAttribute).toBe("parentcustomerid");
    const mutual = await client.retrieveRelationships<{ IntersectEntityName: string }>({
      castType: "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
      filter: "SchemaName eq 'teammembership_association'",
    });
    expect(mutual.value.map(({ IntersectEntityName: name }) => name)).toEqual(["teammembership"]);
    const document = await client.retrieveCsdlMetadata({ addAnnotations: true });
    expect(document).toContain('<EntityType Name="lead" BaseType="mscrm.crmbaseentity">');
    expect(document).toContain("Org.OData.Capabilities.V1.ChangeTracking");
  });

  it("reads relationships, one by one and by type", async () => {
    const key = "SchemaName='contact_customer_accounts'";
    const one = await client.retrieveRelationship<Record<string, string>>({
      key,
      castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
      select: ["SchemaName", "ReferencingAttribute", "ReferencedEntity"],
    });
    expect(one).toMatchObject({ ReferencingAttribute: "parentcustomerid", ReferencedEntity: "account" });
    const mutual = await client.retrieveRelationships<Record<string, string>>({
      castType: "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
      select: ["SchemaName", "IntersectEntityName"],
      filter: "IntersectEntityName eq 'teammembership'",
    });
    expect(mutual.value.map((relationship) => relationship["SchemaName"])).toEqual([
      "teammembership_association",
    ]);
  });

  it("reads global option sets", async () => {
    const sets = await client.retrieveGlobalOptionSets<{ Name: string; MetadataId: string }>({
      select: ["Name"],
    });
    const [first] = sets.value;
    expect(sets.value.length).toBeGreaterThan(1);
    const one = await client.retrieveGlobalOptionSet<{ Name: string; Options: unknown[] }>({
      key: `Name='${first?.Name}'`,
      castType: "Microsoft.Dynamics.CRM.OptionSetMetadata",
    });
    expect(one.Name).toBe(first?.Name);
  });

  it("reads the whole model as CSDL", async () => {
    const plain = await client.retrieveCsdlMetadata();
    expect(plain).toMatch(/^<\?xml version="1\.0" encoding="utf-8"\?><edmx:Edmx Version="4\.0"/);
    expect(plain).toContain('<EntityType Name="lead" BaseType="mscrm.crmbaseentity">');
    expect(plain).not.toContain("Org.OData.Capabilities.V1.ChangeTracking");
    const annotated = await client.retrieveCsdlMetadata({ addAnnotations: true });
    expect(annotated).toContain("Org.OData.Capabilities.V1.ChangeTracking");
  });
});
