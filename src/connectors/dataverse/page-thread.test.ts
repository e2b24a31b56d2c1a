import { afterAll, describe, expect, it } from "vitest";
import {
  CONTACT,
  contact,
  deleted,
  guid,
  open,
  page,
  pagesOf,
  request,
} from "../../../test/connectors/organization.ts";
import { scriptedWire } from "../../../test/connectors/script.ts";
import { UnstorableValue } from "../../core/cell.ts";
import type { SourceRecord } from "../../core/change.ts";
import type { EntityMapping, Projection } from "../../core/mapping.ts";
import { project } from "../../core/mapping.ts";
import type { Entity } from "../../core/organization.ts";
import { cellsWriter } from "../../core/row-text.ts";
import { attribute } from "../../../test/support/entity.ts";
import type { PageRecipe } from "./page-reading.ts";
import type { PageBody } from "./page-thread.ts";
import { PageThread } from "./page-thread.ts";
import { readPage } from "./records.ts";
import { selectionOf } from "./selection.ts";

const PEOPLE: Entity = {
  ...CONTACT,
  attributes: [
    ...CONTACT.attributes,
    attribute("new_interests", "MultiSelectPicklist", { choices: [{ value: 1, label: 'Say "hi", \\' }] }),
    attribute("originatingleadid", "Lookup", { property: "_originatingleadid_value", targets: ["lead"] }),
    attribute("new_synctomkto", "Boolean"),
  ],
};
const MAPPING: EntityMapping = {
  entity: "contact",
  table: "people",
  crmType: "contact",
  fields: ["firstname", "annualincome", "new_interests"].map((name) => {
    return { attribute: name, column: name, direction: "pull", enabled: true };
  }),
};
const PROJECTION: Projection = project(MAPPING, { entity: PEOPLE, currencies: [], lane: "live" });
const RECIPE: PageRecipe = {
  entity: PEOPLE,
  attributes: PROJECTION.attributes,
  reading: PROJECTION.reading,
};
const never = new AbortController().signal;

const body = JSON.stringify(
  page(
    [
      contact(1, { firstname: "tab\tline\nback\\slash 日本 👍", annualincome: 0 }),
      contact(2, { firstname: null, new_interests: "1,7" }),
      contact(3, { firstname: "half \ud83d" }),
      contact(4, { _originatingleadid_value: guid(9), new_synctomkto: false }),
      contact(5, { firstname: "" }),
      deleted(6),
    ],
    { delta: "https://contoso.crm.dynamics.com/api/data/v9.2/contacts?$deltatoken=7" },
  ).body,
).replace('"annualincome":0', '"annualincome":79228162514264337593.5439');

const as = (text: string): PageBody => ({
  body: new TextEncoder().encode(text),
  again: () => new TextEncoder().encode(text),
});

/** Everything anybody can learn of a record. */
function told(record: SourceRecord): unknown {
  const { id, version } = record;
  const standing = PROJECTION.standing(record);
  try {
    const { cells } = PROJECTION.row(record);
    return { id, version, standing, cells, fields: record.fields };
  } catch (error) {
    if (!(error instanceof UnstorableValue)) throw error;
    return { id, version, standing, refused: error.message, field: error.field, fields: record.fields };
  }
}

const thread = new PageThread();

afterAll(() => thread.close());

describe("a page that the thread reads", () => {
  it("says what it would say read here, down to the fields", async () => {
    const here = readPage(Buffer.from(body), selectionOf(PEOPLE, PROJECTION.attributes));
    const there = await thread.read(RECIPE, as(body), never);
    expect(there.upserts.map(told)).toEqual(here.upserts.map(told));
    expect(here.upserts).toHaveLength(5);
    expect(told(there.upserts[2] as SourceRecord)).toMatchObject({ field: "firstname" });
    const { deletes, nextLink, deltaLink } = there;
    expect({ deletes, nextLink, deltaLink }).toEqual({
      deletes: [guid(6)],
      nextLink: null,
      deltaLink: here.deltaLink,
    });
  });

  it("has its rows written out already, and a copy with other cells leaves the text behind", async () => {
    const { upserts } = await thread.read(RECIPE, as(body), never);
    const write = cellsWriter(PROJECTION.columns.map(({ type }) => type));
    const row = PROJECTION.row(upserts[0] as SourceRecord);
    expect(new TextDecoder().decode(row.text)).toBe(write(row.cells));
    expect({ ...row, cells: [] }.text).toBeUndefined();
  });

  it("is read again after its feed was forgotten, whoever else is read meanwhile", async () => {
    const other = { ...RECIPE };
    thread.forget(RECIPE);
    const [one, two] = await Promise.all([
      thread.read(RECIPE, as(body), never),
      thread.read(other, as(JSON.stringify(page([contact(8)]).body)), never),
    ]);
    expect([one.upserts.length, two.upserts.map(({ id }) => id)]).toEqual([5, [guid(8)]]);
  });

  it("is refused as it would be here", async () => {
    for (const bad of ["", "<html>", "{}", '{"value":[{"contactid":"x"}]}', '{"value":[1']) {
      const read = thread.read(RECIPE, as(bad), never);
      await expect(read).rejects.toMatchObject({ name: "SyncError", code: "unexpected_answer" });
    }
  });

  it("fails with the thread, as what waits behind it does, and another thread reads the next one", async () => {
    const { entity, attributes, reading } = RECIPE;
    const mapping = { ...reading.mapping, fields: null as unknown as EntityMapping["fields"] };
    const broken = { entity, attributes, reading: { ...reading, mapping } };
    await thread.read(RECIPE, as(body), never);
    const [fails, waits] = [thread.read(broken, as(body), never), thread.read(RECIPE, as(body), never)];
    await Promise.all([fails, waits].map((read) => expect(read).rejects.toThrow(TypeError)));
    expect((await thread.read(RECIPE, as(body), never)).upserts).toHaveLength(5);
  });

  it("is given up when work stops, and when the connection is closed", async () => {
    const stopping = AbortSignal.abort();
    await expect(thread.read(RECIPE, as(body), stopping)).rejects.toMatchObject({ code: "stopped" });
    const later = new AbortController();
    const given = thread.read(RECIPE, as(body), later.signal);
    later.abort();
    await expect(given).rejects.toMatchObject({ code: "stopped" });
    const closed = new PageThread();
    const read = closed.read(RECIPE, as(body), never);
    await Promise.all([expect(read).rejects.toMatchObject({ code: "stopped" }), closed.close()]);
  });
});

describe.each([true, false])("a large page of a feed, packed: %s", (gzip) => {
  it("has its fields for whoever asks for them later", async () => {
    const records = Array.from({ length: 2000 }, (_, at) => contact(at + 1, { firstname: `Ada ${at}` }));
    const wire = scriptedWire({ contacts: { ...page(records, { delta: "7" }), gzip } });
    const source = open(wire, { largePage: 0 });
    const { attributes, reading } = RECIPE;
    const asked = request({ entity: PEOPLE, attributes, reading });
    const [only] = await pagesOf(source, asked);
    expect(only?.upserts.at(-1)?.made).toBeDefined();
    expect(only?.upserts.at(-1)?.fields).toMatchObject({ firstname: "Ada 1999" });
    expect(only?.bytes).toBeGreaterThan(1000);
    await source.close();
  });
});
