import { describe, expect, test } from "vitest";
import type { Cell } from "./cell.ts";
import type { FoldColumn, FoldedRow } from "./fold.ts";
import { foldPerson } from "./fold.ts";
import { roundsOf } from "./fold-rounds.ts";
import type { FieldPolicy } from "./policy.ts";

const policy: FieldPolicy = { winner: "marketing", rule: null, optOut: false };

const OWN: FoldColumn = { name: "c", type: "text" };
const FOLLOWS: FoldColumn = { name: "c", type: "text", follows: true };
const TRAVELS: FoldColumn = { name: "c", type: "text", policy };
const OPT_OUT: FoldColumn = { name: "c", type: "boolean", policy: { ...policy, optOut: true } };
const CREATE_ONLY: FoldColumn = { name: "c", type: "text", policy: { ...policy, rule: "create-only" } };

/** `*` behind a value: it is an edit that Dynamics does not have yet. */
function row(value: Cell): FoldedRow {
  const text = typeof value === "string" ? value.replace("*", "") : value;
  const pending = typeof value === "string" && value.endsWith("*") ? ["c"] : [];
  return { values: new Map([["c", text]]), pending: new Set(pending) };
}

/** Nothing has to travel. */
const NOTHING = "nothing";

describe("what the row that stays takes, and what has to travel then", () => {
  test.each<[string, FoldColumn, rows: readonly [stays: Cell, goes: Cell], takes: boolean, agreed: Cell]>([
    ["marketing's own, blank", OWN, [null, "b"], true, NOTHING],
    ["marketing's own, an empty text", OWN, ["", "b"], true, NOTHING],
    ["marketing's own", OWN, ["a", "b"], false, NOTHING],
    ["Dynamics' alone, blank", FOLLOWS, [null, "b"], false, NOTHING],
    ["two-way, blank", TRAVELS, [null, "b"], true, null],
    ["two-way: Dynamics has decided, whoever wins else", TRAVELS, ["a", "b"], false, NOTHING],
    ["two-way, the other blank", TRAVELS, ["a", null], false, NOTHING],
    ["two-way, equal", TRAVELS, ["a", "a"], false, NOTHING],
    ["an edit that goes along", TRAVELS, ["a", "b*"], true, "a"],
    ["an edit that cleared the other", TRAVELS, ["a", "*"], false, NOTHING],
    ["an edit of its own", TRAVELS, ["a*", "b*"], false, NOTHING],
    ["an edit of its own, which cleared it", TRAVELS, ["*", "b"], false, NOTHING],
    ["an opt-out of the other", OPT_OUT, ["false", "true"], true, "false"],
    ["an opt-out of the other, against an edit of its own", OPT_OUT, ["false*", "true"], true, "false"],
    ["an opt-out of its own", OPT_OUT, ["true", "false*"], false, NOTHING],
    ["a field that is only for creating", CREATE_ONLY, [null, "b"], false, NOTHING],
  ])("%s", (...[, column, [stays, goes], takes, agreed]) => {
    const fold = foldPerson(row(stays), row(goes), { entity: "lead", columns: [column] });
    expect(fold.take).toEqual(takes ? ["c"] : []);
    expect([...fold.agreed]).toEqual(agreed === NOTHING ? [] : [["c", agreed]]);
  });
});

describe("rounds", () => {
  const pairs = (...all: readonly string[]) =>
    all.map((text) => ({ loser: text.charAt(0), winner: text.charAt(1) }));

  test.each([
    ["nobody", [], []],
    ["two that have nothing to do with each other", ["ab", "cd"], [["ab", "cd"]]],
    ["a chain, its beginning first", ["bc", "ab"], [["ab"], ["bc"]]],
    ["several into one, in their order", ["bz", "az", "cz"], [["bz"], ["az"], ["cz"]]],
    ["a tree", ["bz", "ab", "cb", "dz"], [["ab", "dz"], ["cb"], ["bz"]]],
    ["a circle is left out, what leads into it is not", ["ab", "ba", "ca"], [["ca"]]],
  ])("%s", (_, given, expected) => {
    const rounds = roundsOf(pairs(...given)).map((round) => round.map(({ loser, winner }) => loser + winner));
    expect(rounds).toEqual(expected);
  });
});
