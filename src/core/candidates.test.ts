import { describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import type { Candidate, Verdict } from "./candidates.ts";
import { gathered, verdictOf } from "./candidates.ts";

const candidate = (number: number, facts: Partial<Candidate> = {}): Candidate => ({
  id: guid(number),
  entity: "contact",
  name: null,
  key: null,
  rowId: null,
  ...facts,
});

const lead = (number: number, facts: Partial<Candidate> = {}): Candidate =>
  candidate(number, { entity: "lead", ...facts });

describe("who a person is", () => {
  const FREE: readonly (readonly [string, readonly Candidate[], Verdict["kind"]])[] = [
    ["nobody when nobody is alike", [], "none"],
    ["a contact that is nobody's", [candidate(1)], "one"],
    ["a lead that is nobody's", [lead(1)], "one"],
    ["the contact, where there are leads as well", [lead(1), candidate(2), lead(3)], "one"],
    ["the contact, even where a lead is somebody's", [lead(1, { rowId: "7" }), candidate(2)], "one"],
    ["undecided among two contacts (P8)", [candidate(1), candidate(2)], "several"],
    ["undecided among two leads (P8)", [lead(1), lead(2)], "several"],
    ["undecided when the contact is somebody's", [candidate(1, { rowId: "7" })], "several"],
    ["undecided when the lead is somebody's", [lead(1, { rowId: "7" })], "several"],
    ["undecided when one of two is somebody's", [candidate(1, { rowId: "7" }), candidate(2)], "several"],
    [
      "undecided when the contact is somebody's though a lead is free",
      [candidate(1, { rowId: "7" }), lead(2)],
      "several",
    ],
  ];
  test.each(FREE)("is %s", (_, candidates, kind) => {
    expect(verdictOf(candidates).kind).toBe(kind);
    expect(verdictOf(candidates.toReversed()).kind).toBe(kind);
  });

  test("shows a person all who are alike", () => {
    const all = [candidate(1), candidate(2), lead(3)];
    expect(verdictOf(all)).toEqual({ kind: "several", candidates: all });
  });
});

test("what both sides know of a record is put together", () => {
  const found = candidate(1, { name: "Ann Lee", key: "ann@x.org" });
  const linked = candidate(1, { rowId: "7" });
  for (const both of [
    [found, linked],
    [linked, found],
  ]) {
    expect(gathered(both)).toEqual([candidate(1, { name: "Ann Lee", key: "ann@x.org", rowId: "7" })]);
  }
});
