import { describe, expect, it } from "vitest";
import type { WireRecord } from "../record.ts";
import { crowd } from "./crowd.ts";
import { checkOf } from "./schema-check.ts";
import { standardFiles } from "../schema.ts";

const schema = standardFiles();

/** With lookups as the Web API writes them. */
function onWire(record: WireRecord): Record<string, unknown> {
  const shown = Object.entries(record).map(([name, value]) =>
    typeof value === "object" && value !== null ? [`_${name}_value`, value.id] : [name, value],
  );
  return Object.fromEntries(shown) as Record<string, unknown>;
}

describe("a crowd", () => {
  it("fills exactly the chosen columns of every contact, 60 by default, by the schema", () => {
    const { columns, contacts, definition } = crowd({ seed: 3, schema });
    const check = checkOf({ definition, exists: () => true, use: "stored" });
    expect(columns).toHaveLength(60);
    for (const record of contacts(2_000)) {
      expect(Object.keys(record)).toEqual(columns);
      expect(Object.values(record)).not.toContain(null);
      expect(check(record)).toEqual([]);
    }
  });

  it("weighs just under 2 KB on the wire with 60 columns", () => {
    const records = [...crowd({ seed: 3, schema }).contacts(2_000)].map(onWire);
    const bytes = Buffer.byteLength(JSON.stringify(records)) / records.length;
    expect(bytes).toBeGreaterThan(1_600);
    expect(bytes).toBeLessThan(2_000);
  });

  it("has as few or as many columns as are asked for", () => {
    expect(crowd({ seed: 3, schema, columns: 3 }).columns).toEqual(["contactid", "lastname", "firstname"]);
    const { columns, contacts } = crowd({ seed: 3, schema, columns: 180 });
    const [first] = contacts(1);
    expect(Object.keys(first ?? {})).toEqual(columns);
    expect(columns).toHaveLength(180);
    expect(() => crowd({ seed: 3, schema, columns: 1_000 })).toThrow(RangeError);
    expect(() => crowd({ seed: 3, schema, columns: 0 })).toThrow(RangeError);
  });

  it("is the same for the same seed, has no person twice, and is made while it is read", () => {
    const { contacts } = crowd({ seed: 3, schema, columns: 10 });
    const first = [...contacts(3_000)];
    expect([...contacts(1_000_000_000).take(3_000)]).toEqual(first);
    expect(new Set(first.map((record) => record["contactid"])).size).toBe(3_000);
    expect(new Set(first.map((record) => record["emailaddress1"])).size).toBe(3_000);
    const [other] = crowd({ seed: 4, schema, columns: 10 }).contacts(1);
    expect(other).not.toEqual(first[0]);
  });
});
