import { DynamicsWebApi } from "dynamics-web-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulator } from "./emulator.ts";
import type { Emulator } from "./emulator.ts";
import { serve } from "./serve.ts";
import type { Served } from "./serve.ts";

/** The package `dynamics-web-api` from npm, unmodified, as a client over HTTP. */
let emulator: Emulator;
let served: Served;
let client: DynamicsWebApi;

interface Named {
  readonly firstname?: string;
  readonly lastname?: string;
  readonly name?: string;
  readonly accountid?: string;
  readonly fullname?: string;
  readonly contactid?: string;
}

beforeAll(async () => {
  emulator = createEmulator();
  served = await serve(emulator);
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
  const { access_token: token } = (await answer.json()) as { access_token: string };
  client = new DynamicsWebApi({
    serverUrl: served.url,
    dataApi: { version: "9.2" },
    onTokenRefresh: () => Promise.resolve(token),
  });
});

afterAll(async () => served.close());

describe("dynamics-web-api", () => {
  it("creates, retrieves, updates and deletes", async () => {
    const id = await client.create<Named, string>({ collection: "accounts", data: { name: "Created" } });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const read = await client.retrieve<Named & { "@odata.etag": string }>({
      collection: "accounts",
      key: id,
      select: ["name"],
    });
    expect(read.name).toBe("Created");
    await client.update({ collection: "accounts", key: id, data: { name: "Updated" } });
    await client.updateSingleProperty({
      collection: "accounts",
      key: id,
      fieldValuePair: { telephone1: "123" },
    });
    expect(emulator.store.get("account", id)).toMatchObject({ name: "Updated", telephone1: "123" });
    await expect(
      client.update({
        collection: "accounts",
        key: id,
        data: { name: "Stale" },
        ifmatch: read["@odata.etag"],
      }),
    ).resolves.toBe(false);
    await client.deleteRecord({ collection: "accounts", key: id, property: "telephone1" });
    expect(emulator.store.get("account", id)?.["telephone1"]).toBeUndefined();
    await client.deleteRecord({ collection: "accounts", key: id });
    expect(emulator.store.get("account", id)).toBeUndefined();
  });

  it("returns representations", async () => {
    const made = await client.create<Named>({
      collection: "contacts",
      data: { firstname: "Ann", lastname: "Lee" },
      returnRepresentation: true,
      select: ["fullname"],
    });
    expect(made).toMatchObject({ fullname: "Ann Lee" });
  });

  it("upserts with and without conditions, and by alternate key", async () => {
    emulator.schema.addKey("account", "number", ["accountnumber"]);
    const id = crypto.randomUUID();
    const upsert = { collection: "accounts", key: id, data: { name: "Upserted" } };
    await client.upsert({ ...upsert, ifmatch: "*" });
    expect(emulator.store.get("account", id)).toBeUndefined();
    await client.upsert(upsert);
    expect(emulator.store.get("account", id)?.["name"]).toBe("Upserted");
    await client.upsert({ ...upsert, data: { name: "Prevented" }, ifnonematch: "*" });
    expect(emulator.store.get("account", id)?.["name"]).toBe("Upserted");
    const byKey = await client.upsert<Named, unknown>({
      collection: "accounts",
      key: "accountnumber='K1'",
      data: { name: "Keyed" },
    });
    expect(byKey).toBeUndefined();
    const keyed = await client.retrieve<Named>({
      collection: "accounts",
      key: "accountnumber='K1'",
      select: ["name"],
    });
    expect(keyed.name).toBe("Keyed");
  });

  it("pages, counts and filters", async () => {
    emulator.store.insertMany(
      "lead",
      Array.from({ length: 25 }, (_, index) => ({ lastname: `Lead ${index}`, subject: "Paged" })),
    );
    const query = {
      collection: "leads",
      select: ["lastname"],
      filter: "subject eq 'Paged'",
      maxPageSize: 10,
    };
    const first = await client.retrieveMultiple<Named>({ ...query, count: true });
    expect(first.oDataCount).toBe(25);
    expect(first.value).toHaveLength(10);
    const second = await client.retrieveMultiple<Named>(query, first.oDataNextLink);
    expect(second.value).toHaveLength(10);
    expect((await client.retrieveAll<Named>(query)).value).toHaveLength(25);
    expect(await client.count({ collection: "leads" })).toBe(25);
    expect(await client.countAll({ collection: "leads", filter: "subject eq 'Paged'" })).toBe(25);
  });

  it("tracks changes", async () => {
    const query = { collection: "leads", select: ["lastname"], trackChanges: true };
    const initial = await client.retrieveMultiple<Named>(query);
    expect(initial.value).toHaveLength(25);
    const [id = ""] = emulator.store.ids("lead");
    emulator.store.update("lead", id, { lastname: "Changed" });
    const delta = await client.retrieveMultiple<Named & { leadid: string }>(
      { collection: "leads" },
      initial.oDataDeltaLink,
    );
    expect(delta.value?.map((row) => row.leadid)).toEqual([id]);
  });

  it("associates and disassociates", async () => {
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

  it("runs batches with references", async () => {
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
      inChangeSet: true,
    });
    void client.retrieveMultiple({
      collection: "accounts",
      select: ["name"],
      filter: "name eq 'In batch'",
      inChangeSet: false,
    });
    const answers: unknown[] = await client.executeBatch();
    expect(answers).toHaveLength(3);
    expect(answers[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(answers[2]).toMatchObject({ value: [{ name: "In batch" }] });
  });

  it("calls functions and actions", async () => {
    const who = await client.callFunction<{ UserId: string }>({ functionName: "WhoAmI" });
    expect(who.UserId).toBe(emulator.organization.standard.applicationUser);
    const leadid = emulator.store.create("lead", {
      firstname: "Q",
      lastname: "Lead",
      subject: "S",
      companyname: "C",
    });
    const action = { CreateAccount: false, CreateContact: true, CreateOpportunity: false, Status: 3 };
    const made = await client.callAction<{ value: unknown[] }>({
      collection: "leads",
      key: leadid,
      actionName: "Microsoft.Dynamics.CRM.QualifyLead",
      action,
    });
    expect(made.value).toHaveLength(1);
  });

  it("reads metadata", async () => {
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
    expect(attributes.value?.[0]?.MaxLength).toBe(300);
  });

  it("reports refusals with the platform's code", async () => {
    await expect(client.retrieve({ collection: "accounts", key: crypto.randomUUID() })).rejects.toMatchObject(
      { status: 404, code: "0x80040217" },
    );
  });
});
