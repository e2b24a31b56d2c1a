/**
 * References, searches and qualifications, over a scripted wire.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { searchPaths } from "../../src/connectors/dataverse/find-records.ts";
import type { Attribute, Entity } from "../../src/core/organization.ts";
import type { Outcome, OutValue, Write } from "../../src/core/sink-port.ts";
import { batch, done } from "./batch-reply.ts";
import { API, CONTACT, NEVER, contact, guid, open, page } from "./organization.ts";
import type { Line, ScriptedWire } from "./script.ts";
import { refused, scriptedWire, wireError } from "./script.ts";

const COMPANY: Attribute = {
  name: "parentcustomerid",
  label: "Company",
  type: "Customer",
  property: "_parentcustomerid_value",
  required: "None",
  readable: true,
  creatable: true,
  updatable: true,
  navigation: { account: "parentcustomerid_account", contact: "parentcustomerid_contact" },
};
const ENTITY: Entity = { ...CONTACT, attributes: [...CONTACT.attributes, COMPANY] };

const refer = (target: string, id: string | null): OutValue => ({
  kind: "reference",
  navigation: `parentcustomerid_${target}`,
  target,
  id,
});
const update = (n: number, ...values: OutValue[]): Write => ({
  kind: "update",
  id: guid(n),
  guard: "1",
  values,
});

const bodies = ({ sent }: ScriptedWire): unknown[] =>
  sent.filter(({ method }) => method === "PATCH").map(({ body = "" }) => JSON.parse(body) as unknown);

async function one(wire: ScriptedWire, write: Write): Promise<Outcome | undefined> {
  return (await open(wire).write(ENTITY, [write], NEVER)).get(write.id);
}

describe("a reference", () => {
  const sets = { "LogicalName='account'": { body: { EntitySetName: "accounts_odd" } } };

  it("names the entity set as the metadata does, asked once (P16)", async () => {
    const wire = scriptedWire({ ...sets, "/contacts(": { body: contact(1) } });
    const source = open(wire);
    for (let round = 0; round < 2; round++)
      await source.write(ENTITY, [update(1, refer("account", guid(5)))], NEVER);
    expect(bodies(wire)[0]).toEqual({ "parentcustomerid_account@odata.bind": `/accounts_odd(${guid(5)})` });
    expect(wire.paths("EntityDefinitions")).toEqual([
      `${API}/EntityDefinitions(LogicalName='account')?$select=EntitySetName`,
    ]);
  });

  it("to the entity itself, or to nothing, asks nothing", async () => {
    const wire = scriptedWire({ "/contacts(": { body: contact(1) } });
    await one(wire, update(1, refer("contact", guid(5))));
    await one(wire, update(1, refer("account", null)));
    expect(bodies(wire)).toEqual([
      { "parentcustomerid_contact@odata.bind": `/contacts(${guid(5)})` },
      { "parentcustomerid_account@odata.bind": null },
    ]);
    expect(wire.paths("EntityDefinitions")).toEqual([]);
  });

  it("to a table that is not there is refused, and the other records are written", async () => {
    const wire = scriptedWire({
      EntityDefinitions: refused(404, "0x80040217"),
      $batch: batch([done(2), done(3)]),
    });
    const writes = [update(1, refer("account", guid(5))), update(2), update(3)];
    const outcomes = await open(wire).write(ENTITY, writes, NEVER);
    expect([...outcomes.values()]).toMatchObject([
      { kind: "refused", code: "value_invalid", field: "parentcustomerid" },
      { kind: "written" },
      { kind: "written" },
    ]);
  });

  it("makes the records wait when the metadata cannot be read for now", async () => {
    const wire = scriptedWire({ EntityDefinitions: refused(503, "") });
    expect(await one(wire, update(1, refer("account", guid(5))))).toMatchObject({ kind: "later" });
    expect(bodies(wire)).toEqual([]);
  });
});

describe("a value that cannot be written down", () => {
  it.each<[string, OutValue]>([
    ["no number", { kind: "value", property: "annualincome", value: Number.NaN }],
    ["infinity", { kind: "value", property: "annualincome", value: Infinity }],
    ["digits that are none", { kind: "exact", property: "annualincome", digits: '1,"firstname":"x"' }],
    ["leading zeros", { kind: "exact", property: "annualincome", digits: "007" }],
    ["nothing", { kind: "exact", property: "annualincome", digits: "" }],
  ])("is refused before anything is sent: %s", async (_, value) => {
    const wire = scriptedWire({});
    expect(await one(wire, update(1, value))).toMatchObject({
      kind: "refused",
      code: "value_invalid",
      field: "annualincome",
    });
    expect(wire.sent).toEqual([]);
  });
});

describe("a search", () => {
  const search = (values: readonly string[]): readonly string[] =>
    searchPaths({ entity: CONTACT, attribute: "firstname", values }, "contactid");

  /** The values that a filter looks for, read as the service reads it. */
  function soughtBy(path: string): string[] {
    const filter = decodeURIComponent(path.slice(path.indexOf("$filter=") + 8));
    expect(filter).toMatch(/^firstname eq '(?:[^']|'')*'(?: or firstname eq '(?:[^']|'')*')*$/u);
    return [...filter.matchAll(/firstname eq '((?:[^']|'')*)'/gu)].map(([, value = ""]) =>
      value.replaceAll("''", "'"),
    );
  }

  it("looks for exactly the values it was given, whatever stands in them (P14)", () => {
    const unit = fc.oneof(
      fc.constantFrom("'", '"', "&", "#", "%", "+", "/", "?", " ", "(", "\ud800", "日", "👩"),
      fc.string({ unit: "binary" }),
    );
    const values = fc.array(fc.string({ unit, maxLength: 300 }), { maxLength: 40 });
    const property = fc.property(values, (given) => {
      const paths = search(given);
      const wanted = new Set(
        given.filter((value) => value.trim() !== "").map((value) => value.toWellFormed()),
      );
      expect(new Set(paths.flatMap(soughtBy))).toEqual(wanted);
    });
    fc.assert(property);
  });

  it("keeps its addresses short, and its filters", () => {
    const many = search(Array.from({ length: 1000 }, (_, n) => `${n}`));
    expect(Math.max(...many.map((path) => soughtBy(path).length))).toBe(100);
    const emails = Array.from({ length: 1000 }, (_, n) => `somebody.with.a.long.name.${n}@example.com`);
    for (const path of search(emails)) expect(path.length).toBeLessThan(6200);
    const long = search(["a", "'".repeat(4000), "b"]);
    expect(long.map((path) => soughtBy(path).length)).toEqual([1, 1, 1]);
  });

  it("follows every page, and never asks for the top of them (P26)", async () => {
    const wire = scriptedWire({
      $skiptoken: page([contact(3)]),
      "/contacts?": page([contact(1), contact(2)], { next: "$skiptoken=2" }),
    });
    const found = await open(wire).find(
      { entity: CONTACT, attribute: "firstname", values: ["a"], attributes: ["lastname"] },
      NEVER,
    );
    expect(found.map(({ id, version }) => [id, version])).toEqual([
      [guid(1), "1001"],
      [guid(2), "1002"],
      [guid(3), "1003"],
    ]);
    expect(wire.paths("/contacts")).toEqual([
      `${API}/contacts?$select=contactid,firstname,lastname&$filter=firstname eq 'a'`,
      `${API}/contacts?$skiptoken=2`,
    ]);
  });

  it("names a column that is gone", async () => {
    const wire = scriptedWire({
      "/contacts?": refused(
        400,
        "0x80060888",
        "Could not find a property named '_ownerid_value' on type 'x'.",
      ),
    });
    const asked = { entity: CONTACT, attribute: "firstname", values: ["a"], attributes: ["ownerid"] };
    await expect(open(wire).find(asked, NEVER)).rejects.toMatchObject({
      code: "field_missing",
      field: "ownerid",
    });
    await expect(open(wire).read(CONTACT, [guid(1)], ["nosuch"], NEVER)).rejects.toMatchObject({
      code: "field_missing",
      field: "nosuch",
    });
  });
});

describe("a qualification", () => {
  const LEAD = guid(8);
  const MADE = {
    value: [{ "@odata.type": "#Microsoft.Dynamics.CRM.contact", contactid: guid(1).toUpperCase() }],
  };
  const script = (answer: Line, found: readonly object[] = []): ScriptedWire =>
    scriptedWire({ QualifyLead: answer, "/contacts?": page(found) });

  it("asks for a contact and nothing else", async () => {
    const wire = script({ body: MADE });
    expect(await open(wire).qualify(LEAD, NEVER)).toBe(guid(1));
    const [request] = wire.sent.filter(({ url }) => url.includes("QualifyLead"));
    expect(request?.url).toBe(`${API}/leads(${LEAD})/Microsoft.Dynamics.CRM.QualifyLead`);
    expect(JSON.parse(request?.body ?? "")).toEqual({
      CreateAccount: false,
      CreateContact: true,
      CreateOpportunity: false,
      Status: 3,
    });
  });

  it.each<[string, Line]>([
    ["is lost", wireError("ECONNRESET")],
    ["comes from a gateway", { status: 504 }],
    ["names no contact", { body: { value: [{ accountid: guid(4) }] } }],
    ["is a web page", { headers: { "content-type": "text/html" }, body: "<html>" }],
    ["says that the lead is closed", refused(400, "0x80040519", "The lead is already closed.")],
  ])("is looked up when the answer %s, and not repeated", async (_, answer) => {
    const wire = script(answer, [contact(1), contact(2)]);
    expect(await open(wire).qualify(LEAD, NEVER)).toBe(guid(1));
    expect(wire.paths("QualifyLead")).toHaveLength(1);
    expect(wire.paths("/contacts?")).toEqual([
      `${API}/contacts?$select=contactid&$filter=_originatingleadid_value eq ${LEAD}&$orderby=createdon desc`,
    ]);
  });

  it.each<[string, Line, string]>([
    ["the answer was lost", wireError("ECONNRESET"), "unavailable"],
    ["the lead is closed", refused(400, "0x80040519", "The lead is already closed."), "refused"],
    ["there is no such action", refused(404, "0x8006088a"), "refused"],
    ["there is no such lead", refused(404, "0x80040217"), "record_gone"],
    ["that is not allowed", refused(403, "0x80040220"), "write_permission_missing"],
    ["a plug-in says no", refused(400, "0x80040265", "Not today."), "refused"],
    ["the database is busy", refused(500, "0x80044151"), "unavailable"],
    ["the answer shows nothing", { body: { value: [] } }, "unexpected_answer"],
  ])("without a contact says why: %s", async (_, answer, code) => {
    await expect(open(script(answer)).qualify(LEAD, NEVER)).rejects.toMatchObject({ code, entity: "lead" });
  });
});
