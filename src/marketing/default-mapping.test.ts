import { describe, expect, test } from "vitest";
import { attribute, entity } from "../../test/support/entity.ts";
import { columnTypeOf } from "../core/cell.ts";
import type { FieldMapping } from "../core/mapping.ts";
import { MAX_NAME_BYTES, OWN_COLUMNS } from "../core/naming.ts";
import type { Attribute, AttributeType } from "../core/organization.ts";
import pairs from "./default-mapping.json" with { type: "json" };
import type { TakenColumns } from "./default-mapping.ts";
import { DEFAULT_ENTITIES, mappingFor } from "./default-mapping.ts";

const NONE: TakenColumns = new Map();

interface Pair {
  readonly column: string;
  readonly attribute: string;
  readonly direction: string;
  readonly attributeType?: string;
  readonly targets?: readonly string[];
}

const TABLES = Object.entries<Record<string, readonly Pair[]>>(pairs.tables);

function columns(fields: readonly FieldMapping[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ column, attribute: of }) => [column, of]));
}

describe("the default pairs", () => {
  const all = TABLES.flatMap(([table, entities]) =>
    Object.entries(entities).map(([name, list]) => ({ table, name, list })),
  );

  test.each(all)("of $name have columns that fit, each once", ({ list }) => {
    const names = list.map(({ column }) => column);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_NAME_BYTES);
      expect(OWN_COLUMNS.has(name)).toBe(false);
    }
  });

  test("give leads and contacts that share a column the same type of column", () => {
    const types = new Map<string, string>();
    for (const [table, entities] of TABLES) {
      for (const { column, attributeType } of Object.values(entities).flat()) {
        if (attributeType === undefined) continue;
        const type = columnTypeOf({ type: attributeType as AttributeType, dateBehavior: "UserLocal" });
        const key = `${table}.${column}`;
        expect.soft(types.get(key) ?? type, key).toBe(type);
        types.set(key, type);
      }
    }
  });

  test("cover the default entities", () => {
    const names = new Set(all.map(({ name }) => name));
    expect(DEFAULT_ENTITIES.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe("the mapping of a default entity", () => {
  const CONTACT = entity("contact", [
    attribute("firstname", "String"),
    attribute("ownerid", "Owner", { targets: ["systemuser", "team"] }),
    attribute("nickname", "String"),
    attribute("secret", "String", { readable: false }),
  ]);

  test("switches on the pairs the organization has, and lists every other readable field switched off", () => {
    const mapping = mappingFor(CONTACT, NONE);
    expect(mapping).toMatchObject({ entity: "contact", table: "people", crmType: "contact" });
    const on = mapping.fields.filter(({ enabled }) => enabled);
    expect(columns(on)).toMatchObject({ first_name: "firstname" });
    const off = mapping.fields.filter(({ enabled }) => !enabled);
    expect(columns(off)).toEqual({ nickname: "nickname" });
    expect(off[0]?.direction).toBe("pull");
  });

  test("keeps the target of a lookup with several beside it", () => {
    const owner = mappingFor(CONTACT, NONE).fields.find(({ attribute: of }) => of === "ownerid");
    expect(owner).toMatchObject({ column: "owner_crm_id", typeColumn: "owner_crm_type" });
  });

  test("leaves out the primary id, which every table has, and pairs the organization lacks", () => {
    const attributes = new Set(mappingFor(CONTACT, NONE).fields.map(({ attribute: of }) => of));
    expect(attributes.has("contactid")).toBe(false);
    expect(attributes.has("lastname")).toBe(false);
  });

  test("takes in a pair that the organization got later, switched on", () => {
    const known = mappingFor(CONTACT, NONE);
    const richer = { ...CONTACT, attributes: [...CONTACT.attributes, attribute("lastname", "String")] };
    const last = mappingFor(richer, NONE, known).fields.find(({ attribute: of }) => of === "lastname");
    expect(last).toMatchObject({ column: "last_name", enabled: true });
  });
});

describe("a mapping that is known", () => {
  const ORDER = entity("new_order", [attribute("new_name", "String"), attribute("new_city", "String")]);

  test("is the same when it is made again", () => {
    const known = mappingFor(ORDER, NONE);
    expect(mappingFor(ORDER, NONE, known)).toEqual(known);
  });

  test("keeps its columns, directions and switches", () => {
    const known = mappingFor(ORDER, NONE);
    const own = known.fields.map((field) => ({ ...field, column: `my_${field.column}`, enabled: false }));
    expect(mappingFor(ORDER, NONE, { ...known, fields: own }).fields).toEqual(own);
  });

  test("sets a field aside that is gone or may not be read, and takes it back", () => {
    const known = mappingFor(ORDER, NONE);
    const poorer = { ...ORDER, attributes: [attribute("new_name", "String", { readable: false })] };
    const aside = mappingFor(poorer, NONE, known);
    expect(aside.fields.map(({ setAside }) => setAside)).toEqual([
      "Dynamics does not let new_name be read.",
      "Dynamics no longer has the column new_city.",
    ]);
    expect(mappingFor(ORDER, NONE, aside)).toEqual(known);
  });
});

describe("a custom entity", () => {
  test("has a table of its own, with every field on under its own name", () => {
    const thing = entity("new_thing", [
      attribute("new_name", "String"),
      attribute("new_productid", "Lookup", { targets: ["product"] }),
      attribute("order", "Integer"),
      attribute("created_at", "DateTime"),
    ]);
    const mapping = mappingFor(thing, NONE);
    expect(mapping.table).toBe("custom_new_thing");
    expect(mapping.fields.every(({ enabled }) => enabled)).toBe(true);
    expect(columns(mapping.fields)).toEqual({
      new_name: "new_name",
      new_product_crm_id: "new_productid",
      order_new_thing: "order",
      created_at_new_thing: "created_at",
    });
  });

  test("with money carries the currency beside it", () => {
    const deal = entity("new_deal", [
      attribute("new_amount", "Money"),
      attribute("transactioncurrencyid", "Lookup", { targets: ["transactioncurrency"] }),
    ]);
    const fields = mappingFor(deal, NONE).fields.filter(
      ({ attribute: of }) => of === "transactioncurrencyid",
    );
    expect(fields.map(({ column }) => column).toSorted()).toEqual(["currency", "transactioncurrency_crm_id"]);
  });

  test("that has a column called currency keeps the money's currency apart from it", () => {
    const deal = entity("new_deal", [
      attribute("new_amount", "Money"),
      attribute("currency", "String"),
      attribute("transactioncurrencyid", "Lookup", { targets: ["transactioncurrency"] }),
    ]);
    const { fields } = mappingFor(deal, NONE);
    const names = fields.flatMap(({ column, typeColumn }) => [
      column,
      ...(typeColumn === undefined ? [] : [typeColumn]),
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(columns(fields)["currency"]).toBe("transactioncurrencyid");
  });

  test("with a name longer than PostgreSQL allows has a table that fits, and another one for another entity", () => {
    const long = "new_".padEnd(70, "x");
    const [one, other] = [mappingFor(entity(`${long}1`, []), NONE), mappingFor(entity(`${long}2`, []), NONE)];
    expect(Buffer.byteLength(one.table)).toBe(MAX_NAME_BYTES);
    expect(one.table).not.toBe(other.table);
  });

  test("whose name with and without a prefix look alike never shares a table with a default one", () => {
    const tables = new Set(TABLES.map(([table]) => table));
    expect(tables.has(mappingFor(entity("people", []), NONE).table)).toBe(false);
  });
});

describe("leads beside contacts", () => {
  /** What contacts have taken in `people`. */
  function takenBy(of: readonly Attribute[]): TakenColumns {
    const contact = entity("contact", of);
    return new Map(
      mappingFor(contact, NONE).fields.flatMap((field) => {
        const found = of.find(({ name }) => name === field.attribute);
        return found === undefined
          ? []
          : [[field.column, { attribute: field.attribute, type: columnTypeOf(found) }] as const];
      }),
    );
  }

  const lead = (...of: readonly Attribute[]): Record<string, string> =>
    columns(
      mappingFor(
        entity("lead", of),
        takenBy([attribute("new_score", "Integer"), attribute("new_ref", "String")]),
      ).fields,
    );

  test("share a column for the same attribute of the same type", () => {
    expect(lead(attribute("new_score", "Integer"))).toEqual({ new_score: "new_score" });
  });

  test("get one of their own for the same name with another type, or another attribute of that name", () => {
    expect(lead(attribute("new_score", "Decimal"))).toEqual({ new_score_lead: "new_score" });
    const refs = mappingFor(
      entity("lead", [
        attribute("new_refid", "Lookup", { targets: ["x", "y"] }),
        attribute("new_ref_crm_type", "String"),
      ]),
      takenBy([attribute("new_ref_crm_id", "String")]),
    ).fields;
    const names = refs.flatMap(({ column, typeColumn }) => [
      column,
      ...(typeColumn === undefined ? [] : [typeColumn]),
    ]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain("new_ref_crm_id");
  });
});
