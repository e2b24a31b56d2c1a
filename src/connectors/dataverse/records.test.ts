import { describe, expect, it } from "vitest";

import { CONTACT, contact, deleted, guid, page } from "../../../test/connectors/organization.ts";
import { readPage } from "./records.ts";
import { selectionOf } from "./selection.ts";

const selection = selectionOf(CONTACT, ["firstname", "annualincome", "versionnumber", "exchangerate"]);
const text = (value: readonly object[]): string => JSON.stringify(page(value).body);
const read = (body: string): ReturnType<typeof readPage> => readPage(Buffer.from(body), selection);

describe("a page of records", () => {
  it("keeps the parsed objects themselves as fields, with exact numbers as digits", () => {
    const body = text([contact(1, { annualincome: 5, versionnumber: 1001, exchangerate: 1 })])
      .replace('"annualincome":5', '"annualincome":20000.0000')
      .replace('"exchangerate":1', '"exchangerate":1.0000000000');
    expect(read(body).upserts).toEqual([
      {
        id: guid(1),
        version: "1001",
        fields: {
          "@odata.etag": 'W/"1001"',
          contactid: guid(1),
          firstname: "First 1",
          annualincome: "20000.0000",
          versionnumber: "1001",
          exchangerate: "1.0000000000",
        },
      },
    ]);
  });

  it("tells deletes by what they are, and takes a whole address for an id", () => {
    const odd = {
      "@odata.context": "x#contacts/$deletedEntity",
      id: `https://x/contacts(${guid(2)})`,
      reason: "deleted",
    };
    const told = read(text([deleted(1), contact(3, { reason: "deleted", id: "x" }), odd]));
    expect(told.deletes).toEqual([guid(1), guid(2)]);
    expect(told.upserts.map(({ id }) => id)).toEqual([guid(3)]);
  });

  it.each([
    ["no collection", "{}"],
    ["null", "null"],
    ["a value that is no list", '{"value":{}}'],
    ["a record without its id", text([{ "@odata.etag": 'W/"1"', firstname: "x" }])],
    ["a delete for another reason", text([{ id: guid(1), reason: "changed" }])],
    ["a record without a version", text([{ contactid: guid(1) }])],
    ["a version that is no number", text([{ "@odata.etag": 'W/"abc"', contactid: guid(1) }])],
  ])("refuses %s", (_, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: "unexpected_answer" }) as Error);
  });
});

describe("a selection", () => {
  it("asks for wire names, the primary id first and once, in an order of its own", () => {
    const one = selectionOf(CONTACT, ["ownerid", "contactid", "firstname", "firstname"]);
    expect(one.select).toBe("contactid,firstname,_ownerid_value");
    expect(one.attributes).toEqual(["firstname", "ownerid"]);
    expect(one.ambiguous).toEqual(["_ownerid_value"]);
    expect(selectionOf(CONTACT, ["firstname", "ownerid"]).select).toBe(one.select);
  });
});
