import { describe, expect, test } from "vitest";
import { attribute, entity, guid } from "../../test/support/entity.ts";
import { UnstorableValue } from "./cell.ts";
import type { WireValue } from "./change.ts";
import type { EntityMapping, FieldMapping, Projection } from "./mapping.ts";
import { columnsFor, project } from "./mapping.ts";

const OPPORTUNITY = entity("opportunity", [
  attribute("name", "String"),
  attribute("estimatedvalue", "Money"),
  attribute("transactioncurrencyid", "Lookup", { targets: ["transactioncurrency"] }),
  attribute("customerid", "Customer", { targets: ["account", "contact"] }),
  attribute("hidden", "String", { readable: false }),
]);

const EURO = { id: guid(1), code: "EUR" };
const TYPE = "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";

function field(name: string, column: string, facts: Partial<FieldMapping> = {}): FieldMapping {
  return { attribute: name, column, direction: "pull", enabled: true, ...facts };
}

function mapping(...fields: readonly FieldMapping[]): EntityMapping {
  return { entity: "opportunity", table: "opportunities", fields };
}

function compiled(of: EntityMapping, lane: "live" | "backfill" = "live"): Projection {
  return project(of, { entity: OPPORTUNITY, currencies: [EURO], lane });
}

function cellsOf(of: EntityMapping, fields: Record<string, WireValue>): readonly unknown[] {
  return compiled(of).row({ id: guid(9), version: "7", fields }).cells;
}

describe("a projection", () => {
  test("reads the switched-on fields in the order of the mapping, and asks for no others", () => {
    const projection = compiled(
      mapping(
        field("estimatedvalue", "amount"),
        field("name", "title"),
        field("customerid", "c", { enabled: false }),
      ),
    );
    expect(projection.columns).toEqual([
      { name: "amount", type: "numeric" },
      { name: "title", type: "text" },
    ]);
    expect(projection.attributes).toEqual(["estimatedvalue", "name"]);
    const row = projection.row({
      id: guid(9),
      version: "7",
      fields: { name: "Big", estimatedvalue: "1.10" },
    });
    expect(row).toEqual({ id: guid(9), version: "7", cells: ["1.10", "Big"] });
  });

  test("reads an absent property as null", () => {
    expect(cellsOf(mapping(field("name", "title"), field("estimatedvalue", "amount")), {})).toEqual([
      null,
      null,
    ]);
  });

  test("leaves out what is set aside, only pushed, unreadable or unknown to Dynamics", () => {
    const projection = compiled(
      mapping(
        field("name", "a", { setAside: "gone" }),
        field("estimatedvalue", "b", { direction: "push" }),
        field("hidden", "c"),
        field("vanished", "d"),
        field("customerid", "e", { direction: "both" }),
      ),
    );
    expect(projection.columns.map(({ name }) => name)).toEqual(["e"]);
    expect(projection.attributes).toEqual(["customerid"]);
  });

  test("leaves a field that waits for its backfill to the backfill: a feed that does not select it tells no value", () => {
    const of = mapping(field("name", "title"), field("estimatedvalue", "amount", { unfilled: true }));
    expect(compiled(of, "live").attributes).toEqual(["name"]);
    expect(compiled(of, "backfill").attributes).toEqual(["name", "estimatedvalue"]);
  });

  test("keeps a lookup's target beside its id, and asks for the attribute once", () => {
    const both = mapping(field("customerid", "customer_crm_id", { typeColumn: "customer_crm_type" }));
    expect(compiled(both).columns).toEqual([
      { name: "customer_crm_id", type: "uuid" },
      { name: "customer_crm_type", type: "text", typeOf: "customer_crm_id" },
    ]);
    expect(compiled(both).attributes).toEqual(["customerid"]);
    expect(cellsOf(both, { _customerid_value: guid(2), [TYPE]: "account" })).toEqual([guid(2), "account"]);
    expect(cellsOf(both, {})).toEqual([null, null]);
  });

  test("turns a currency into its ISO code, beside the currency's own id", () => {
    const money = mapping(
      field("transactioncurrencyid", "currency"),
      field("transactioncurrencyid", "transactioncurrency_crm_id"),
    );
    const projection = compiled(money);
    expect(projection.columns.map(({ type }) => type)).toEqual(["text", "uuid"]);
    expect(projection.attributes).toEqual(["transactioncurrencyid"]);
    expect(cellsOf(money, { _transactioncurrencyid_value: EURO.id })).toEqual(["EUR", EURO.id]);
  });

  test("keeps the id of a currency nobody described: a wrong code would be worse, and nothing as well", () => {
    const money = mapping(field("transactioncurrencyid", "currency"));
    expect(cellsOf(money, { _transactioncurrencyid_value: guid(5) })).toEqual([guid(5)]);
    expect(cellsOf(money, {})).toEqual([null]);
  });

  test("refuses a record whose value cannot be kept, by the field's name", () => {
    expect(() => cellsOf(mapping(field("name", "title")), { name: "a\u0000" })).toThrow(UnstorableValue);
    expect(() => cellsOf(mapping(field("name", "title")), { name: "a\u0000" })).toThrow(/^name: /);
  });
});

test("the columns a field needs are the columns its projection fills", () => {
  const fields = [
    field("name", "title"),
    field("estimatedvalue", "amount"),
    field("transactioncurrencyid", "currency"),
    field("customerid", "customer_crm_id", { typeColumn: "customer_crm_type" }),
  ];
  const needed = fields.flatMap((one) => {
    const found = OPPORTUNITY.attributes.find(({ name }) => name === one.attribute);
    return found === undefined ? [] : columnsFor(one, found);
  });
  expect(compiled(mapping(...fields)).columns).toEqual(needed);
});
