import { describe, expect, test } from "vitest";
import type { Accept, Link } from "./link.ts";
import type { Destiny } from "./match.ts";
import { destinyOf } from "./match.ts";
import type { Standing } from "./standing.ts";
import { ORDINARY } from "./standing.ts";

const LEAD = "00000000-0000-4000-8000-00000000001e";
const WINNER = "00000000-0000-4000-8000-00000000003c";

const ordinary = ORDINARY;
const excluded: Standing = { ...ORDINARY, excluded: true };
const fromLead: Standing = { ...ORDINARY, lead: LEAD };
const loser: Standing = { ...ORDINARY, merged: true, master: WINNER };
const orphan: Standing = { ...ORDINARY, merged: true };
const excludedLoser: Standing = { ...loser, excluded: true };
const excludedFromLead: Standing = { ...fromLead, excluded: true };

type State = Link["state"] | "unknown" | "never had a row";

function known(state: State): Link | undefined {
  if (state === "unknown") return undefined;
  if (state === "never had a row") return { rowId: null, version: "5", state: "frozen" };
  return { rowId: "1", version: "5", state };
}

interface Situation {
  readonly version?: string;
  readonly accept?: Accept;
  readonly leadIsFree?: boolean;
}

function destiny(state: State, standing: Standing, situation: Situation = {}): Destiny {
  const { version = "6", accept = "newer", leadIsFree = false } = situation;
  return destinyOf({ version, standing }, { link: known(state), leadIsFree, accept });
}

describe("an ordinary record", () => {
  test.each<[State, Destiny]>([
    ["unknown", "create"],
    ["live", "update"],
    ["deleted", "update"],
    ["frozen", "update"],
    ["never had a row", "update"],
    // Marketing deleted the person and Dynamics has changed them since: a new person, as in the native sync.
    ["tombstone", "update"],
    // A lead that was qualified: its person is the contact's.
    ["moved", "follow"],
  ])("%s, newer: %s", (state, expected) => {
    expect(destiny(state, ordinary)).toBe(expected);
  });

  test.each<[State, Destiny, Destiny, Destiny]>([
    ["live", "skip", "update", "update"],
    ["deleted", "update", "update", "update"],
    ["frozen", "skip", "update", "update"],
    ["tombstone", "skip", "skip", "skip"],
    ["moved", "skip", "follow", "follow"],
  ])("%s, in the version that was applied: %s; to a backfill %s; to a compare pass %s", (state, ...all) => {
    const accepts = ["newer", "same", "any"] as const;
    expect(accepts.map((accept) => destiny(state, ordinary, { version: "5", accept }))).toEqual(all);
  });

  test.each<[State, Destiny]>([
    ["live", "skip"],
    ["deleted", "skip"],
    ["frozen", "skip"],
    ["tombstone", "skip"],
    ["moved", "skip"],
  ])("%s, older: %s", (state, expected) => {
    expect(destiny(state, ordinary, { version: "4" })).toBe(expected);
  });
});

describe("a contact that was made from a lead", () => {
  test.each<[State, boolean, Destiny]>([
    ["unknown", true, "adopt"],
    ["unknown", false, "create"],
    // It was left out until now, so it has no row of its own.
    ["never had a row", true, "adopt"],
    ["never had a row", false, "update"],
    // It has a row already: the lead's folds into it.
    ["live", true, "update"],
    ["frozen", true, "update"],
    ["tombstone", false, "update"],
  ])("%s, the lead's row free: %s: %s", (state, leadIsFree, expected) => {
    expect(destiny(state, fromLead, { leadIsFree })).toBe(expected);
  });
});

describe("what lost a merge", () => {
  test.each<[State, Destiny]>([
    ["unknown", "move"],
    ["never had a row", "move"],
    ["tombstone", "move"],
    ["moved", "skip"],
    // Its person folds into the winner's; until then it follows its record.
    ["live", "update"],
    ["deleted", "update"],
    ["frozen", "update"],
  ])("%s: %s", (state, expected) => {
    expect(destiny(state, loser)).toBe(expected);
    expect(destiny(state, orphan)).toBe(expected);
  });

  test.each<[State, Destiny]>([
    ["unknown", "move"],
    ["live", "skip"],
    ["frozen", "skip"],
  ])("%s, and left out by the filter: %s, since the winner's filter alone decides", (state, expected) => {
    expect(destiny(state, excludedLoser)).toBe(expected);
  });
});

describe("the sync filter", () => {
  test.each<[State, Destiny]>([
    ["unknown", "skip"],
    ["live", "exit"],
    ["deleted", "exit"],
    ["frozen", "exit"],
    ["tombstone", "skip"],
    ["moved", "skip"],
  ])("says No of a record that is %s: %s", (state, expected) => {
    expect(destiny(state, excluded)).toBe(expected);
  });

  test("says No in an older version: nothing", () => {
    expect(destiny("live", excluded, { version: "4" })).toBe("skip");
  });

  test("leaves out a contact that a lead became: it is known, without a row", () => {
    expect(destiny("unknown", excludedFromLead, { leadIsFree: true })).toBe("exit");
  });
});
