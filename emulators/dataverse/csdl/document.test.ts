import { describe, expect, it } from "vitest";
import { testClient } from "../test-client.ts";
import type { TestClient } from "../test-client.ts";
import { parseXml } from "../xml.ts";
import type { XmlElement } from "../xml.ts";

async function schema(client: TestClient, query = ""): Promise<XmlElement> {
  const { status, headers, text } = await client.get(`$metadata${query}`, { accept: "application/xml" });
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/xml");
  const services = child(parseXml(text), "edmx:DataServices");
  return child(services, "Schema");
}

function children(parent: XmlElement, name: string): XmlElement[] {
  return parent.children.filter((candidate) => candidate.name === name);
}

function child(parent: XmlElement, name: string, called?: string): XmlElement {
  const found = children(parent, name).find(
    ({ attributes }) => called === undefined || attributes.get("Name") === called,
  );
  if (found === undefined) throw new Error(`There is no ${name} ${called ?? ""}.`);
  return found;
}

const attributesOf = ({ attributes }: XmlElement): object => Object.fromEntries(attributes);
const nameOf = ({ attributes }: XmlElement): string => attributes.get("Name") ?? "";

describe("$metadata", () => {
  it("describes an entity type as the documents on properties and navigation properties do", async () => {
    const account = child(await schema(await testClient()), "EntityType", "account");
    expect(account.attributes.get("BaseType")).toBe("mscrm.crmbaseentity");
    expect(account.children[0]?.children.map(attributesOf)).toEqual([{ Name: "accountid" }]);
    expect(attributesOf(child(account, "Property", "name"))).toEqual({
      Name: "name",
      Type: "Edm.String",
      Unicode: "false",
    });
    expect(attributesOf(child(account, "Property", "revenue"))).toEqual({
      Name: "revenue",
      Type: "Edm.Decimal",
      Scale: "Variable",
    });
    expect(attributesOf(child(account, "Property", "_createdby_value"))).toMatchObject({ Type: "Edm.Guid" });
    expect(attributesOf(child(account, "Property", "industrycode"))).toMatchObject({ Type: "Edm.Int32" });
    const createdBy = child(account, "NavigationProperty", "createdby");
    expect(attributesOf(createdBy)).toEqual({
      Name: "createdby",
      Type: "mscrm.systemuser",
      Nullable: "false",
      Partner: "lk_accountbase_createdby",
    });
    expect(createdBy.children.map(attributesOf)).toEqual([
      { Property: "_createdby_value", ReferencedProperty: "systemuserid" },
    ]);
    expect(attributesOf(child(account, "NavigationProperty", "Account_Tasks"))).toEqual({
      Name: "Account_Tasks",
      Type: "Collection(mscrm.task)",
      Partner: "regardingobjectid_account_task",
    });
  });

  it("shows what principals and activities inherit only once", async () => {
    const types = await schema(await testClient());
    const user = child(types, "EntityType", "systemuser");
    expect(user.attributes.get("BaseType")).toBe("mscrm.principal");
    expect(children(user, "Key")).toEqual([]);
    const task = child(types, "EntityType", "task");
    expect(task.attributes.get("BaseType")).toBe("mscrm.activitypointer");
    const names = children(task, "Property").map(nameOf);
    expect(names).toContain("category");
    expect(names).not.toContain("subject");
    const pointer = child(types, "EntityType", "activitypointer");
    expect(children(pointer, "Property").map(nameOf)).toContain("subject");
  });

  it("names nothing that is not there", async () => {
    const document = await schema(await testClient());
    const types = new Set(
      ["EntityType", "ComplexType", "EnumType"].flatMap((kind) => children(document, kind).map(nameOf)),
    );
    const sets = new Set(children(child(document, "EntityContainer"), "EntitySet").map(nameOf));
    const named: string[] = [];
    const walk = ({ attributes, children: inner }: XmlElement): void => {
      for (const key of ["Type", "BaseType"]) named.push(attributes.get(key) ?? "");
      const target = attributes.get("Target");
      if (target !== undefined) expect(sets).toContain(target);
      for (const each of inner) walk(each);
    };
    walk(document);
    const own = named.flatMap((type) => /mscrm\.(\w+)/.exec(type)?.[1] ?? []);
    expect(own.length).toBeGreaterThan(500);
    expect(own.filter((type) => !types.has(type))).toEqual([]);
  });

  it("gives every type each of its names once", async () => {
    for (const type of children(await schema(await testClient()), "EntityType")) {
      const names = type.children.map(nameOf).filter(Boolean);
      expect(names.length).toBe(new Set(names).size);
    }
  });

  it("lists sets with their bindings, and only operations that are answered", async () => {
    const client = await testClient();
    const document = await schema(client);
    const contacts = child(child(document, "EntityContainer", "System"), "EntitySet", "contacts");
    expect(contacts.attributes.get("EntityType")).toBe("Microsoft.Dynamics.CRM.contact");
    expect(contacts.children.map(attributesOf)).toContainEqual({
      Path: "parentcustomerid_account",
      Target: "accounts",
    });
    const id = "00000000-0000-4000-8000-000000000001";
    client.emulator.store.insertMany("lead", [{ leadid: id }]);
    client.emulator.store.insertMany("list", [{ listid: id }]);
    client.emulator.store.insertMany("team", [{ teamid: id }]);
    for (const action of children(document, "Action")) {
      const bound = children(action, "Parameter")[0]?.attributes.get("Type") ?? "";
      const [, set, record] = /^(?:Collection\(mscrm\.(\w+)\)|mscrm\.(\w+))$/.exec(bound) ?? [];
      const entity = client.emulator.organization.entity(set ?? record ?? "");
      const flagged = action.attributes.get("IsBound") === "true";
      const path = flagged
        ? `${entity?.entitySetName}${set === undefined ? `(${id})` : ""}/Microsoft.Dynamics.CRM.${nameOf(action)}`
        : nameOf(action);
      // With an empty body each action complains of its parameters; one that does not exist is not found.
      expect([path, (await client.send("POST", path, { body: {} })).status]).toEqual([path, 400]);
    }
  });

  it("annotates change tracking, read-only properties and keys", async () => {
    const client = await testClient();
    const { schema: changes } = client.emulator;
    changes.addKey("account", "new_number", ["accountnumber", "parentaccountid"]);
    const plain = await client.get("$metadata");
    expect(plain.text).not.toContain("Capabilities.V1.ChangeTracking");
    expect(plain.text).toContain('PropertyPath="_parentaccountid_value"');
    const document = await schema(client, "?annotations=true");
    const sets = child(document, "EntityContainer");
    const tracked = (name: string): boolean =>
      child(sets, "EntitySet", name).children.some(
        ({ attributes }) => attributes.get("Term") === "Org.OData.Capabilities.V1.ChangeTracking",
      );
    expect([tracked("leads"), tracked("organizations")]).toEqual([true, false]);
    const lead = child(document, "EntityType", "lead");
    expect(child(lead, "Property", "fullname").children.map(attributesOf)).toContainEqual({
      Term: "Org.OData.Core.V1.Computed",
      Bool: "true",
    });
    expect(child(lead, "Property", "subject").children).toEqual([]);
    const asked = await client.get("$metadata", { prefer: 'odata.include-annotations="*"' });
    expect(asked.text).toContain("Capabilities.V1.ChangeTracking");
  });

  it("follows columns and entities that come and go, after the time that metadata are kept", async () => {
    const client = await testClient();
    const { schema: changes, settings } = client.emulator;
    settings.metadataStaleSeconds = 30;
    expect((await client.get("$metadata")).text).toContain('Name="campaigns"');
    changes.removeEntity("campaign");
    changes.removeAttribute("lead", "jobtitle");
    expect((await client.get("$metadata")).text).toContain('Name="campaigns"');
    client.now += 30_000;
    const document = await schema(client);
    expect(children(child(document, "EntityContainer"), "EntitySet").map(nameOf)).not.toContain("campaigns");
    const lead = child(document, "EntityType", "lead");
    expect(children(lead, "Property").map(nameOf)).not.toContain("jobtitle");
  });

  it("is only read", async () => {
    const client = await testClient();
    expect((await client.send("POST", "$metadata", { body: {} })).status).toBe(405);
  });
});
