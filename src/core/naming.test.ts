import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_NAME_BYTES, OWN_COLUMNS, fittingName, lookupColumn, typeColumnOf } from "./naming.ts";

const NONE: ReadonlySet<string> = new Set();

function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

describe("a fitting name", () => {
  test("is the wanted one where it can be had, in lower case", () => {
    expect(fittingName("new_Score", "lead", NONE)).toBe("new_score");
  });

  test("carries the suffix when the wanted one is taken, reserved or one of the table's own", () => {
    expect(fittingName("score", "lead", new Set(["score"]))).toBe("score_lead");
    expect(fittingName("order", "lead", NONE)).toBe("order_lead");
    expect(fittingName("CRM_ID", "lead", NONE)).toBe("crm_id_lead");
    expect(fittingName("ctid", "lead", NONE)).toBe("ctid_lead");
  });

  test("ends in a hash when the suffixed one is taken as well", () => {
    expect(fittingName("score", "lead", new Set(["score", "score_lead"]))).toMatch(
      /^score_lead_[0-9a-f]{8}$/,
    );
  });

  test("may have exactly as many bytes as PostgreSQL keeps", () => {
    const longest = "x".repeat(MAX_NAME_BYTES);
    expect(fittingName(longest, "lead", NONE)).toBe(longest);
    const shortened = fittingName(`${longest}y`, "lead", NONE);
    expect(bytes(shortened)).toBe(MAX_NAME_BYTES);
    expect(shortened).toMatch(/^x+_[0-9a-f]{8}$/);
  });

  test("counts bytes, not characters", () => {
    expect(bytes(fittingName("é".repeat(40), "lead", NONE))).toBeLessThanOrEqual(MAX_NAME_BYTES);
  });

  test("gets another hash when the first one is taken", () => {
    const long = "x".repeat(80);
    const first = fittingName(long, "lead", NONE);
    expect(fittingName(long, "lead", new Set([first]))).not.toBe(first);
  });

  test("is never cut within a character", () => {
    const name = fittingName(`${"x".repeat(53)}éé${"y".repeat(20)}`, "lead", NONE);
    expect(name).toMatch(/^x{53}_[0-9a-f]{8}$/);
  });

  test("tells long names apart that begin alike", () => {
    const long = "new_".padEnd(80, "x");
    expect(fittingName(`${long}1`, "lead", NONE)).not.toBe(fittingName(`${long}2`, "lead", NONE));
  });
});

const word = fc.oneof(
  fc.constantFrom("order", "id", "crm_id", "name", "score", "user", "new_x"),
  fc.string({ unit: fc.constantFrom("a", "B", "_", "1", "é", "名", "👩"), minLength: 1, maxLength: 90 }),
);
const suffix = fc.string({ unit: fc.constantFrom("a", "b", "_"), minLength: 1, maxLength: 70 });

test("any number of names, given one after the other, fit and never collide", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, suffix), { maxLength: 12 }), (wanted) => {
      const taken = new Set<string>();
      for (const [name, tail] of [...wanted, ...wanted]) {
        const fitting = fittingName(name, tail, taken);
        expect(bytes(fitting)).toBeLessThanOrEqual(MAX_NAME_BYTES);
        expect(fitting.isWellFormed()).toBe(true);
        expect(OWN_COLUMNS.has(fitting)).toBe(false);
        expect(taken.has(fitting)).toBe(false);
        taken.add(fitting);
      }
      expect(taken.size).toBe(wanted.length * 2);
    }),
  );
});

test("the same input always gives the same name", () => {
  fc.assert(
    fc.property(word, suffix, fc.array(word), (name, tail, used) => {
      expect(fittingName(name, tail, new Set(used))).toBe(fittingName(name, tail, new Set(used)));
    }),
  );
});

test.each([
  ["ownerid", "owner_crm_id", "owner_crm_type"],
  ["new_productid", "new_product_crm_id", "new_product_crm_type"],
  ["new_product_id", "new_product_crm_id", "new_product_crm_type"],
  ["msdyn_segment", "msdyn_segment_crm_id", "msdyn_segment_crm_type"],
])("the lookup %s lives in %s and %s", (attribute, column, type) => {
  expect(lookupColumn(attribute)).toBe(column);
  expect(typeColumnOf(column)).toBe(type);
});
