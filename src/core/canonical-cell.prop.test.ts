import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalCell, sameCell } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import { COLUMN_TYPES } from "./cell.ts";

/** Made of the pieces that spellings are made of, so that many of them are alike. */
const spelling = fc.oneof(
  fc
    .array(fc.constantFrom("0", "1", "-", "+", ".", "5", "e", "t", "true", "Z"), { maxLength: 5 })
    .map((all) => all.join("")),
  fc
    .tuple(
      fc.constantFrom("2024-05-01", "2024-02-30", "9999-12-31", "0001-01-01"),
      fc.constantFrom(" ", "T"),
      fc.constantFrom("00:00:00", "10:00:00", "23:59:59", "24:00:00"),
      fc.constantFrom("", ".0", ".000", ".5", ".9999999"),
      fc.constantFrom("", "Z", "+00", "-12", "+05:30"),
    )
    .map((all) => all.join("")),
);
const cell: fc.Arbitrary<Cell> = fc.oneof(spelling, fc.constant(null), fc.array(spelling, { maxLength: 3 }));

test("a canonical value is its own canonical value, and the same as what it was made of", () => {
  fc.assert(
    fc.property(fc.constantFrom(...COLUMN_TYPES), cell, (type, value) => {
      const canonical = canonicalCell(type, value);
      expect(canonicalCell(type, canonical)).toEqual(canonical);
      expect(sameCell(type, value, canonical)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test("being the same is mutual, and passes on", () => {
  fc.assert(
    fc.property(fc.constantFrom(...COLUMN_TYPES), cell, cell, cell, (type, a, b, c) => {
      expect(sameCell(type, a, b)).toBe(sameCell(type, b, a));
      if (sameCell(type, a, b)) expect(sameCell(type, a, c)).toBe(sameCell(type, b, c));
    }),
    { numRuns: 5_000 },
  );
});

test("numbers are the same exactly when they are as large", () => {
  const decimal = fc.tuple(fc.bigInt({ min: -999n, max: 999n }), fc.nat({ max: 3 }), fc.nat({ max: 2 }));
  const print = ([units, scale, zeros]: readonly [bigint, number, number]): string => {
    const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
    const [whole, part] = [digits.slice(0, digits.length - scale), digits.slice(digits.length - scale)];
    const fraction = part + "0".repeat(zeros);
    return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
  };
  const inThousandths = ([units, scale]: readonly [bigint, number, number]): bigint =>
    units * 10n ** BigInt(3 - scale);
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      expect(sameCell("numeric", print(a), print(b))).toBe(inThousandths(a) === inThousandths(b));
    }),
    { numRuns: 5_000 },
  );
});

test("instants are the same exactly when a clock would say so", () => {
  const told = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-330, -60, 0, 60, 330));
  const print = ([seconds, offset]: readonly [number, number]): string => {
    const wall = new Date(Date.UTC(2024, 0, 1) + seconds * 1_000 + offset * 60_000)
      .toISOString()
      .slice(0, 19);
    const size = Math.abs(offset);
    const pad = (part: number): string => String(part).padStart(2, "0");
    return `${wall.replace("T", " ")}${offset < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
  };
  fc.assert(
    fc.property(told, told, (a, b) => {
      expect(sameCell("timestamp with time zone", print(a), print(b))).toBe(a[0] === b[0]);
    }),
    { numRuns: 2_000 },
  );
});
