import { describe, expect, test } from "vitest";
import { canonicalCell, isBlank, sameCell } from "./canonical-cell.ts";
import type { Cell, ColumnType } from "./cell.ts";

const ID = "ab000000-0000-4000-8000-00000000000f";

const SAME: readonly (readonly [ColumnType, string, Cell, Cell])[] = [
  ["text", "nothing and an empty text", null, ""],
  ["text[]", "nothing and an empty list", null, []],
  ["text[]", "labels in another order", ["Tea", "Coffee"], ["Coffee", "Tea"]],
  ["text[]", "a label twice", ["Tea", "Tea"], ["Tea"]],
  ["integer", "a zero and its negative", "0", "-0"],
  ["integer", "zeros in front", "7", "007"],
  ["bigint", "64 bits with a plus", "9223372036854775807", "+9223372036854775807"],
  ["numeric", "zeros at the end", "1.50", "1.5"],
  ["numeric", "an amount with the wire's four digits", "5000000", "5000000.0000"],
  ["numeric", "a negative zero with digits", "-0.00", "0"],
  ["numeric", "a fraction without its zero", ".5", "0.50"],
  ["double precision", "an exponent", "1e+300", "1e300"],
  ["double precision", "a whole number", "3", "3.0"],
  ["double precision", "a zero and its negative", "-0", "0"],
  ["boolean", "yes in print", "t", "true"],
  ["boolean", "no in print", "f", "false"],
  ["timestamp with time zone", "PostgreSQL and the wire", "2024-05-01 10:00:00+00", "2024-05-01T10:00:00Z"],
  ["timestamp with time zone", "six zeros", "2024-05-01T10:00:00.000000Z", "2024-05-01T10:00:00Z"],
  [
    "timestamp with time zone",
    "a fraction with zeros",
    "2024-05-01T10:00:00.120Z",
    "2024-05-01 10:00:00.12+00",
  ],
  ["timestamp with time zone", "another zone", "2024-05-01 12:00:00+02", "2024-05-01T10:00:00Z"],
  ["timestamp with time zone", "a zone of half an hour", "2024-05-01T04:30:00-05:30", "2024-05-01T10:00:00Z"],
  [
    "timestamp with time zone",
    "a zone to the second",
    "1890-01-01 00:53:28+00:53:28",
    "1890-01-01T00:00:00Z",
  ],
  ["timestamp with time zone", "the eve in another zone", "2023-12-31 23:00:00-02", "2024-01-01T01:00:00Z"],
  ["timestamp with time zone", "no zone, which is UTC", "2024-05-01 10:00:00", "2024-05-01T10:00:00Z"],
  ["timestamp with time zone", "what is rounded up", "2024-05-01T09:59:59.9999997Z", "2024-05-01T10:00:00Z"],
  ["timestamp with time zone", "the first century", "0001-01-01 00:00:00+00", "0001-01-01T00:00:00Z"],
  ["timestamp without time zone", "a wall clock", "2024-03-31 02:30:00", "2024-03-31T02:30:00Z"],
  ["uuid", "capitals", ID.toUpperCase(), ID],
];

const DIFFERENT: readonly (readonly [ColumnType, string, Cell, Cell])[] = [
  ["text", "P37: the text null and nothing", "null", null],
  ["text", "another case", "Ada", "ada"],
  ["text", "a blank at the end, which Dynamics may cut", "Ada ", "Ada"],
  ["text", "digits that are a text", "1.50", "1.5"],
  ["text", "line ends", "a\r\nb", "a\nb"],
  ["text[]", "a label more", ["Tea"], ["Tea", "Coffee"]],
  ["text[]", "one label and its text", ["Tea"], "Tea"],
  ["text[]", "other labels", ["Tea"], ["Coffee"]],
  ["integer", "nothing and zero", null, "0"],
  ["bigint", "the last digit of 64 bits", "9223372036854775807", "9223372036854775806"],
  ["numeric", "P37: the 22nd digit", "123456789012.3456789012", "123456789012.3456789013"],
  ["numeric", "a sign", "-1.5", "1.5"],
  ["numeric", "a power of ten", "10", "1"],
  ["numeric", "not a number and zero", "NaN", "0"],
  ["double precision", "not a number and zero", "NaN", "0"],
  ["boolean", "yes and no", "true", "false"],
  ["boolean", "nothing and no", null, "false"],
  ["date", "P42: neighbouring days", "2024-05-01", "2024-05-02"],
  ["timestamp with time zone", "a second", "2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z"],
  ["timestamp with time zone", "a microsecond", "2024-05-01T10:00:00.000001Z", "2024-05-01T10:00:00Z"],
  ["timestamp with time zone", "P42: the hour of a zone", "2024-05-01 10:00:00+02", "2024-05-01T10:00:00Z"],
  ["timestamp with time zone", "a day that is none", "2024-02-30T00:00:00Z", "2024-03-01T00:00:00Z"],
  ["timestamp with time zone", "the end of time", "infinity", "-infinity"],
  [
    "timestamp without time zone",
    "an hour that the clock skips",
    "2024-03-31T02:30:00",
    "2024-03-31T03:30:00",
  ],
  ["uuid", "the last digit", ID, ID.replace(/f$/, "e")],
];

describe("the same value", () => {
  for (const [type, what, a, b] of SAME) {
    test(`${type}: ${what}`, () => {
      expect(sameCell(type, a, b)).toBe(true);
      expect(sameCell(type, b, a)).toBe(true);
    });
  }
});

describe("not the same value", () => {
  for (const [type, what, a, b] of DIFFERENT) {
    test(`${type}: ${what}`, () => {
      expect(sameCell(type, a, b)).toBe(false);
      expect(sameCell(type, b, a)).toBe(false);
    });
  }
});

test("what is no value of its type stays as it is spelt", () => {
  const spelt: readonly (readonly [ColumnType, string])[] = [
    ["numeric", "."],
    ["numeric", "-"],
    ["numeric", "Infinity"],
    ["boolean", "maybe"],
    ["double precision", "many"],
    ["timestamp with time zone", "0044-03-15 12:00:00+00 BC"],
    ["timestamp with time zone", "2024-05-01T25:00:00Z"],
    ["timestamp without time zone", "12024-01-01 00:00:00"],
  ];
  for (const [type, text] of spelt) expect(canonicalCell(type, text)).toBe(text);
});

test("a blank is nothing, an empty text or an empty list; zero and false are values (P11, P31)", () => {
  expect([null, "", []].map(isBlank)).toEqual([true, true, true]);
  expect(["0", "false", " ", [""]].map(isBlank)).toEqual([false, false, false, false]);
});
