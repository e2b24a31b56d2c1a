import { describe, expect, test } from "vitest";
import type { Cell } from "./cell.ts";
import type { MergeField, RecordMerge } from "./merge.ts";
import { mergeFirst, mergeRecord } from "./merge.ts";
import type { FieldPolicy, FieldRule } from "./policy.ts";
import { defaultWinner } from "./policy.ts";

/** What Dynamics and marketing hold; where the field is pending, what was agreed on, and what was sent. */
type Values = Pick<MergeField, "crm" | "marketing"> & { readonly agreed?: Cell; readonly sent?: Cell };

function field({ crm, marketing, agreed, sent }: Values, policy: Partial<FieldPolicy> = {}): MergeField {
  const edit = sent === undefined ? {} : { sent };
  return {
    column: "name",
    type: "text",
    policy: { winner: "dynamics", rule: null, optOut: false, ...policy },
    crm,
    marketing,
    ...(agreed === undefined ? {} : { pending: { agreed, ...edit } }),
  };
}

/**
 * A merge of one field in a word. `take`: marketing takes what Dynamics has. `over`: the edit is. `push`: it stays
 * pending as it is; `push over`: it stays, and both agree on what Dynamics has. `!` marks a conflict.
 */
function outcome(merge: RecordMerge, { crm, agreed }: Values): string {
  const words: string[] = [];
  const { take, settled, pending, conflicts, keptApart } = merge;
  if (take.has("name")) words.push(take.get("name") === crm ? "take" : "take something else");
  if (pending.has("name")) {
    const left = pending.get("name");
    words.push(left === agreed ? "push" : left === crm ? "push over" : "push over something else");
  }
  if (settled.length > 0) words.push("over");
  if (keptApart.length > 0) words.push("apart");
  if (conflicts.length > 0) words.push("!".repeat(conflicts.length));
  return words.join(" ") || "nothing";
}

function merged(values: Values, policy: Partial<FieldPolicy> = {}, entity = "contact"): string {
  return outcome(mergeRecord([field(values, policy)], entity), values);
}

interface Case {
  readonly what: string;
  readonly values: Values;
  /** Where marketing wins, and where Dynamics does. */
  readonly lead: string;
  readonly contact: string;
}

function same(what: string, values: Values, both: string): Case {
  return { what, values, lead: both, contact: both };
}

/** The merge table of the design, row by row, with a blank in every place where one can stand. */
const TABLE: readonly Case[] = [
  same("not pending, equal", { crm: "a", marketing: "a" }, "nothing"),
  same("not pending, both blank", { crm: null, marketing: "" }, "nothing"),
  same("not pending, different", { crm: "c", marketing: "m" }, "take"),
  same("not pending, Dynamics has cleared", { crm: null, marketing: "m" }, "take"),
  same("not pending, marketing is blank", { crm: "c", marketing: null }, "take"),
  same("pending, equal (P34)", { agreed: "a", crm: "x", marketing: "x" }, "over"),
  same("pending, both have cleared (P34)", { agreed: "a", crm: null, marketing: null }, "over"),
  same("pending, both have filled alike (P34)", { agreed: null, crm: "x", marketing: "x" }, "over"),
  same("pending, only marketing changed", { agreed: "a", crm: "a", marketing: "m" }, "push"),
  same("pending, only marketing cleared", { agreed: "a", crm: "a", marketing: null }, "push"),
  same("pending, only marketing filled", { agreed: null, crm: null, marketing: "m" }, "push"),
  same("pending, blank in other words", { agreed: null, crm: "", marketing: "m" }, "push"),
  same("pending, set back; Dynamics changed", { agreed: "a", crm: "c", marketing: "a" }, "take"),
  same("pending, set back; Dynamics cleared", { agreed: "a", crm: null, marketing: "a" }, "take"),
  same("pending, set back to nothing", { agreed: null, crm: "c", marketing: null }, "take"),
  {
    what: "pending, both changed",
    values: { agreed: "a", crm: "c", marketing: "m" },
    lead: "push over !",
    contact: "take !",
  },
  {
    what: "pending, both filled",
    values: { agreed: null, crm: "c", marketing: "m" },
    lead: "push over !",
    contact: "take !",
  },
  {
    what: "pending, Dynamics cleared, marketing changed (P31)",
    values: { agreed: "a", crm: null, marketing: "m" },
    lead: "push over !",
    contact: "take !",
  },
  {
    what: "pending, Dynamics changed, marketing cleared (P31)",
    values: { agreed: "a", crm: "c", marketing: null },
    lead: "push over !",
    contact: "take !",
  },
  same("sent, and back: ours", { agreed: "a", sent: "s", crm: "s", marketing: "s" }, "over"),
  same("sent, not there yet", { agreed: "a", sent: "s", crm: "a", marketing: "s" }, "push"),
  same("sent and edited since, not there yet", { agreed: "a", sent: "s", crm: "a", marketing: "m" }, "push"),
  same(
    "P27: sent, edited since, and back",
    { agreed: "a", sent: "s", crm: "s", marketing: "m" },
    "push over",
  ),
  same("sent, set back since, and back", { agreed: "a", sent: "s", crm: "s", marketing: "a" }, "push over"),
  same(
    "cleared, edited since, and back",
    { agreed: "a", sent: null, crm: null, marketing: "m" },
    "push over",
  ),
  {
    what: "sent, and something else is back",
    values: { agreed: "a", sent: "s", crm: "c", marketing: "s" },
    lead: "push over !",
    contact: "take !",
  },
  {
    what: "sent, set back since, and something else is back",
    values: { agreed: "a", sent: "s", crm: "c", marketing: "a" },
    lead: "push over !",
    contact: "take !",
  },
];

describe("the merge table", () => {
  for (const { what, values, lead, contact } of TABLE) {
    test(`lead: ${what}`, () => {
      expect(merged(values, { winner: defaultWinner("lead") }, "lead")).toBe(lead);
    });

    for (const entity of ["contact", "account"]) {
      test(`${entity}${entity === "account" ? ", which is one-way" : ""}: ${what}`, () => {
        expect(merged(values, { winner: defaultWinner(entity) }, entity)).toBe(contact);
      });
    }
  }
});

/** Rules, whoever wins. The rule decides without a conflict where only one side changed. */
const RULES: Readonly<Record<FieldRule, readonly (readonly [string, Values, string])[]>> = {
  "fill-if-blank": [
    ["equal", { crm: "a", marketing: "a" }, "nothing"],
    ["values that differ stay apart", { crm: "c", marketing: "m" }, "apart"],
    ["blank marketing is filled", { crm: "c", marketing: null }, "take"],
    ["blank Dynamics is filled", { crm: null, marketing: "m" }, "push over"],
    ["an edit over a value is over", { agreed: "a", crm: "a", marketing: "m" }, "over apart"],
    ["an edit over a blank travels", { agreed: null, crm: null, marketing: "m" }, "push"],
    ["what marketing cleared is filled again", { agreed: "a", crm: "a", marketing: "" }, "take"],
    ["both changed, apart, nobody loses", { agreed: "a", crm: "c", marketing: "m" }, "over apart"],
    ["both changed, Dynamics to a blank", { agreed: "a", crm: null, marketing: "m" }, "push over !"],
    ["both changed, marketing to a blank", { agreed: "a", crm: "c", marketing: null }, "take !"],
    ["our own write came back", { agreed: null, sent: "s", crm: "s", marketing: "s" }, "over"],
    ["edited since our own write", { agreed: null, sent: "s", crm: "s", marketing: "m" }, "over apart"],
  ],
  "create-only": [
    ["equal", { crm: "a", marketing: "a" }, "nothing"],
    ["different", { crm: "c", marketing: "m" }, "apart"],
    ["blank marketing", { crm: "c", marketing: null }, "apart"],
    ["blank Dynamics", { crm: null, marketing: "m" }, "apart"],
    ["equal after an edit", { agreed: "a", crm: "x", marketing: "x" }, "over"],
    ["an edit does not travel", { agreed: "a", crm: "a", marketing: "m" }, "over apart"],
    ["both changed, nobody loses", { agreed: "a", crm: "c", marketing: "m" }, "over apart"],
  ],
  "never-blank": [
    ["equal", { crm: "a", marketing: "a" }, "nothing"],
    ["both blank", { crm: "", marketing: null }, "nothing"],
    ["Dynamics changed", { crm: "c", marketing: "m" }, "take"],
    ["P31: Dynamics cleared, and the value travels back", { crm: null, marketing: "m" }, "push over"],
    ["marketing was blank all along", { crm: "c", marketing: null }, "take"],
    ["marketing changed", { agreed: "a", crm: "a", marketing: "m" }, "push"],
    ["P31: marketing cleared, and the value comes back", { agreed: "a", crm: "a", marketing: "" }, "take"],
    ["marketing cleared after a write", { agreed: "a", sent: "s", crm: "s", marketing: null }, "take"],
    ["marketing filled", { agreed: null, crm: null, marketing: "m" }, "push"],
    ["Dynamics cleared, marketing changed", { agreed: "a", crm: "", marketing: "m" }, "push over !"],
    ["Dynamics changed, marketing cleared", { agreed: "a", crm: "c", marketing: null }, "take !"],
    ["both cleared", { agreed: "a", crm: null, marketing: "" }, "over"],
  ],
};

describe.each(["fill-if-blank", "create-only", "never-blank"] as const)("%s", (rule) => {
  for (const [what, values, expected] of RULES[rule]) {
    test.each(["dynamics", "marketing"] as const)(`${what}, where %s wins`, (winner) => {
      // A blank is agreed on as null, however it is spelt.
      const blank = values.crm === "" ? { ...values, crm: null } : values;
      expect(outcome(mergeRecord([field(values, { winner, rule })], "lead"), blank)).toBe(expected);
    });
  }
});

test("never-blank leaves it to the winner where both sides have a value", () => {
  const values = { agreed: "a", crm: "c", marketing: "m" };
  expect(merged(values, { rule: "never-blank", winner: "dynamics" })).toBe("take !");
  expect(merged(values, { rule: "never-blank", winner: "marketing" })).toBe("push over !");
});

/** Of a yes/no field. */
const OPT_OUTS: readonly (readonly [string, Values, string])[] = [
  ["an opt-in of Dynamics alone counts", { crm: "false", marketing: "true" }, "take"],
  ["an opt-in of marketing alone counts", { agreed: "true", crm: "true", marketing: "false" }, "push"],
  ["an opt-out of Dynamics comes", { crm: "true", marketing: "false" }, "take"],
  ["an opt-out of marketing goes", { agreed: "false", crm: "false", marketing: "true" }, "push"],
  ["both changed: yes in Dynamics stays", { agreed: null, crm: "true", marketing: "false" }, "take !"],
  ["both changed: yes in marketing stays", { agreed: null, crm: "false", marketing: "true" }, "push over !"],
  [
    "both changed: yes stays before nothing",
    { agreed: "false", crm: null, marketing: "true" },
    "push over !",
  ],
  ["both changed: nothing gives way to yes", { agreed: "false", crm: "true", marketing: null }, "take !"],
  ["yes as PostgreSQL spells it", { agreed: null, crm: "false", marketing: "t" }, "push over !"],
  ["yes spelt so on the other side", { agreed: null, crm: "t", marketing: "false" }, "take !"],
];

describe.each(["dynamics", "marketing"] as const)("opt-outs, where %s wins", (winner) => {
  for (const [what, values, expected] of OPT_OUTS) {
    test(what, () => {
      const one = { ...field(values, { winner, optOut: true }), type: "boolean" } as const;
      expect(outcome(mergeRecord([one], "lead"), values)).toBe(expected);
    });
  }

  test.each(["fill-if-blank", "create-only", "never-blank"] as const)("%s does not weaken them", (rule) => {
    for (const [crm, marketing, ends] of [
      ["true", "false", "take !"],
      ["false", "true", "push over !"],
    ] as const) {
      const values = { agreed: null, crm, marketing };
      const one = { ...field(values, { winner, rule, optOut: true }), type: "boolean" } as const;
      // Left apart, each side keeps its own yes.
      const expected = rule === "never-blank" ? ends : "over apart";
      expect(outcome(mergeRecord([one], "lead"), values)).toBe(expected);
    }
  });

  test("the history says why", () => {
    const values = { agreed: null, crm: "true", marketing: "false" };
    expect(mergeRecord([field(values, { winner, optOut: true })], "lead").conflicts).toMatchObject([
      { winner: "dynamics", rule: "opt-outs stay" },
    ]);
  });

  test("a yes/no field that is no opt-out is left to the winner", () => {
    const one = { ...field({ agreed: null, crm: "true", marketing: "false" }, { winner }), type: "boolean" };
    expect(mergeRecord([one as MergeField], "lead").conflicts).toMatchObject([{ winner }]);
  });
});

const FIRST: readonly (readonly [string, Values, FieldRule | null, string, string])[] = [
  ["equal", { crm: "a", marketing: "a" }, null, "nothing", "nothing"],
  ["blank in other words", { crm: null, marketing: "" }, null, "nothing", "nothing"],
  ["blank marketing takes", { crm: "c", marketing: "" }, null, "take", "take"],
  ["blank Dynamics is filled", { crm: null, marketing: "m" }, null, "push over", "push over"],
  ["both have one", { crm: "c", marketing: "m" }, null, "push over !", "take !"],
  ["filled by a rule", { crm: null, marketing: "m" }, "fill-if-blank", "push over", "push over"],
  ["apart by a rule", { crm: "c", marketing: "m" }, "fill-if-blank", "apart", "apart"],
  ["nothing is created", { crm: null, marketing: "m" }, "create-only", "apart", "apart"],
  ["never blank, and filled", { crm: "c", marketing: null }, "never-blank", "take", "take"],
  ["never blank, both have one", { crm: "c", marketing: "m" }, "never-blank", "push over !", "take !"],
];

describe("two records that never agreed", () => {
  for (const [what, values, rule, marketing, dynamics] of FIRST) {
    test(what, () => {
      const first = (winner: "marketing" | "dynamics"): string =>
        outcome(mergeFirst([field(values, { winner, rule })], "lead"), values);
      expect([first("marketing"), first("dynamics")]).toEqual([marketing, dynamics]);
    });
  }

  test.each([null, "fill-if-blank", "create-only", "never-blank"] as const)(
    "with %s: a yes stays",
    (rule) => {
      for (const winner of ["dynamics", "marketing"] as const) {
        const first = (values: Values): string => {
          const one = { ...field(values, { winner, rule, optOut: true }), type: "boolean" } as const;
          return outcome(mergeFirst([one], "lead"), values);
        };
        expect(first({ crm: "true", marketing: "false" })).toBe("take !");
        expect(first({ crm: "false", marketing: "true" })).toBe("push over !");
        expect(first({ crm: "true", marketing: null })).toBe("take");
        expect(first({ crm: null, marketing: "true" })).toBe("push over");
      }
    },
  );

  test("tells who lost, and that nothing had been agreed on", () => {
    const values = { crm: "c", marketing: "m" };
    expect(mergeFirst([field(values, { winner: "marketing" })], "lead").conflicts).toEqual([
      { column: "name", agreed: null, ...values, winner: "marketing", rule: "lead: marketing wins" },
    ]);
  });
});

describe("a conflict is told", () => {
  const values = { agreed: "a", crm: "c", marketing: "m" };

  test("with all three values, the winner and the rule in words", () => {
    expect(mergeRecord([field(values)], "contact").conflicts).toEqual([
      { column: "name", ...values, winner: "dynamics", rule: "contact: dynamics wins" },
    ]);
  });

  test("by the rule that decided", () => {
    const blank = { ...values, marketing: null };
    const rule = (facts: Partial<FieldPolicy>): unknown =>
      mergeRecord([field(blank, facts)], "lead").conflicts.map((one) => one.rule);
    expect(rule({ winner: "marketing" })).toEqual(["lead: marketing wins"]);
    expect(rule({ winner: "marketing", rule: "never-blank" })).toEqual(["never-blank"]);
    expect(rule({ winner: "marketing", rule: "fill-if-blank" })).toEqual(["fill-if-blank"]);
  });
});

test("what was agreed on keeps its spelling while it is still the value", () => {
  const one: MergeField = { ...field({ agreed: "1.50", crm: "1.5", marketing: "2" }), type: "numeric" };
  expect(mergeRecord([one], "lead").pending).toEqual(new Map([["name", "1.50"]]));
});

describe("traps", () => {
  const both = { agreed: "a", crm: "c", marketing: "m" };

  test("P1: both changed in the same moment: it ends by rule, and no field is dropped", () => {
    for (const winner of ["dynamics", "marketing"] as const) {
      const { take, pending, conflicts } = mergeRecord([field(both, { winner })], "lead");
      expect([take.size + pending.size, conflicts.length]).toEqual([1, 1]);
    }
  });

  test("P2: the loser of a conflict is not pushed later", () => {
    expect(merged(both, { winner: "dynamics" })).toBe("take !");
    // As it is once the page is applied: marketing has what Dynamics has, and nothing is pending.
    expect(merged({ crm: "c", marketing: "c" }, { winner: "dynamics" })).toBe("nothing");
    expect(merged({ agreed: "a", crm: "c", marketing: "c" }, { winner: "dynamics" })).toBe("over");
  });

  test("P27: an echo that lands between two edits does not bring the first one back", () => {
    const { take, pending } = mergeRecord(
      [field({ agreed: "old", sent: "new", crm: "new", marketing: "newer" })],
      "contact",
    );
    expect([take.size, pending]).toEqual([0, new Map([["name", "new"]])]);
  });

  test("P29, P30: each field is decided for itself, and only what was edited travels", () => {
    const fields = [
      { ...field({ agreed: "a", crm: "a", marketing: "m" }), column: "edited" },
      { ...field({ crm: "c", marketing: "m" }), column: "changed" },
      { ...field({ crm: "a", marketing: "a" }), column: "untouched" },
    ];
    const { take, pending, conflicts } = mergeRecord(fields, "contact");
    expect([...take]).toEqual([["changed", "c"]]);
    expect([...pending]).toEqual([["edited", "a"]]);
    expect(conflicts).toEqual([]);
  });

  test("P34: a conflict that marketing won is none the next time", () => {
    expect(merged(both, { winner: "marketing" })).toBe("push over !");
    expect(merged({ ...both, agreed: "c" }, { winner: "marketing" })).toBe("push");
  });

  test("P40: the winner follows from the policy, not from values or names", () => {
    for (const [crm, marketing] of [
      ["x", "y"],
      ["y", "x"],
      ["", "x"],
      ["x", ""],
    ] as const) {
      for (const column of ["a", "z", "name"]) {
        const one = { ...field({ agreed: "a", crm, marketing }, { winner: "marketing" }), column };
        expect(mergeRecord([one], "lead").conflicts).toMatchObject([{ column, winner: "marketing" }]);
      }
    }
  });
});
