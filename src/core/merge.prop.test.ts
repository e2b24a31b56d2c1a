import fc from "fast-check";
import { expect, test } from "vitest";
import { isBlank, sameCell } from "./canonical-cell.ts";
import type { Cell } from "./cell.ts";
import type { MergeField, RecordMerge } from "./merge.ts";
import { mergeFirst, mergeRecord } from "./merge.ts";
import type { FieldPolicy, Winner } from "./policy.ts";

// ── one merge ──────────────────────────────────────────────────────────────────────────────────────────────────────

const policy: fc.Arbitrary<FieldPolicy> = fc.record({
  winner: fc.constantFrom<Winner>("dynamics", "marketing"),
  rule: fc.constantFrom(null, "fill-if-blank", "create-only", "never-blank"),
  optOut: fc.boolean(),
});

/** Few values, so that sides meet by chance; blanks, and yes and no, among them. */
const value = fc.constantFrom<Cell>(null, "", "true", "false", "x");

const field: fc.Arbitrary<MergeField> = fc
  .record({ policy, crm: value, marketing: value, agreed: value, sent: value, is: fc.nat({ max: 2 }) })
  .map(({ policy: how, crm, marketing, agreed, sent, is }) => {
    const one = { column: "", type: "text" as const, policy: how, crm, marketing };
    if (is === 0) return one;
    return { ...one, pending: is === 1 ? { agreed } : { agreed, sent } };
  });

const record: fc.Arbitrary<MergeField[]> = fc
  .array(field, { maxLength: 5 })
  .map((fields) => fields.map((one, at) => ({ ...one, column: `c${at}` })));

/** The record after the merge has been done and what stays pending has not been written yet. */
function done(fields: readonly MergeField[], { take, settled, pending }: RecordMerge): MergeField[] {
  return fields.map(({ pending: edit, ...one }) => {
    const { column } = one;
    const taken = take.get(column);
    const agreed = pending.get(column);
    if (taken !== undefined) return { ...one, marketing: taken };
    if (agreed !== undefined) return { ...one, pending: { agreed } };
    return edit === undefined || settled.includes(column) ? one : { ...one, pending: edit };
  });
}

/** The record after what stays pending has been written. */
function written(fields: readonly MergeField[], merge: RecordMerge): MergeField[] {
  return done(fields, merge).map((one) => {
    const { column, type, policy: how, marketing } = one;
    const crm = merge.pending.has(column) ? marketing : one.crm;
    return { column, type, policy: how, crm, marketing };
  });
}

test("what is done as a merge says is not decided again", () => {
  fc.assert(
    fc.property(record, (fields) => {
      const first = mergeRecord(fields, "lead");
      const again = mergeRecord(done(fields, first), "lead");
      expect(again.take).toEqual(new Map());
      expect(again.settled).toEqual([]);
      expect(again.conflicts).toEqual([]);
      expect(again.pending).toEqual(first.pending);
    }),
    { numRuns: 5_000 },
  );
});

test("merged and written, both sides are equal, but for what a rule keeps apart", () => {
  fc.assert(
    fc.property(record, (fields) => {
      const merge = mergeRecord(fields, "lead");
      const left = written(fields, merge);
      for (const { column, type, crm, marketing, policy: how } of left) {
        if (sameCell(type, crm, marketing)) continue;
        expect(merge.keptApart).toContain(column);
        expect(["fill-if-blank", "create-only"]).toContain(how.rule);
        if (how.rule === "fill-if-blank") expect([crm, marketing].some(isBlank)).toBe(false);
      }
      const last = mergeRecord(left, "lead");
      expect([last.take.size, last.pending.size, last.settled.length]).toEqual([0, 0, 0]);
    }),
    { numRuns: 5_000 },
  );
});

test("never is a value made that neither side had", () => {
  fc.assert(
    fc.property(record, (fields) => {
      const merge = mergeRecord(fields, "lead");
      for (const { column, crm } of fields) {
        if (merge.take.has(column)) expect(merge.take.get(column)).toBe(crm);
      }
      const known = fields.map(({ column }) => column);
      const told = [
        ...merge.take.keys(),
        ...merge.pending.keys(),
        ...merge.settled,
        ...merge.keptApart,
        ...merge.conflicts.map(({ column }) => column),
      ];
      expect(known).toEqual(expect.arrayContaining(told));
    }),
  );
});

test("one outcome a field, and a conflict tells of the value that loses", () => {
  fc.assert(
    fc.property(record, (fields) => {
      const { take, pending, settled, conflicts } = mergeRecord(fields, "lead");
      const outcomes = [...take.keys(), ...pending.keys(), ...settled];
      expect(new Set(outcomes).size).toBe(outcomes.length);
      for (const { column, winner } of conflicts) {
        expect(winner === "dynamics" ? [...take.keys()] : [...pending.keys()]).toContain(column);
      }
      expect(new Set(conflicts.map(({ column }) => column)).size).toBe(conflicts.length);
    }),
    { numRuns: 2_000 },
  );
});

test("the order of fields does not matter, nor what becomes of the others", () => {
  fc.assert(
    fc.property(record, (fields) => {
      const merge = mergeRecord(fields, "lead");
      const back = mergeRecord(fields.toReversed(), "lead");
      expect([...back.take].toReversed()).toEqual([...merge.take]);
      expect([...back.pending].toReversed()).toEqual([...merge.pending]);
      expect(back.settled.toReversed()).toEqual(merge.settled);
      expect(back.conflicts.toReversed()).toEqual(merge.conflicts);
      expect(back.keptApart.toReversed()).toEqual(merge.keptApart);
    }),
  );
});

test("a conflict never turns an opt-out off, whatever the policy", () => {
  fc.assert(
    fc.property(record, fc.boolean(), (fields, first) => {
      const merge = first ? mergeFirst(fields, "lead") : mergeRecord(fields, "lead");
      const optOuts = new Set(fields.filter((one) => one.policy.optOut).map(({ column }) => column));
      for (const { column, crm, marketing, winner } of merge.conflicts) {
        if (!optOuts.has(column)) continue;
        const [stays, lost] = winner === "dynamics" ? [crm, marketing] : [marketing, crm];
        expect(lost === "true" && stays !== "true").toBe(false);
      }
    }),
    { numRuns: 5_000 },
  );
});

test("P31: where a field is never blank, or filled if blank, no blank replaces a value", () => {
  fc.assert(
    fc.property(record, fc.boolean(), (fields, first) => {
      const merge = first ? mergeFirst(fields, "lead") : mergeRecord(fields, "lead");
      const left = new Map(written(fields, merge).map((one) => [one.column, one]));
      for (const { column, crm, marketing, policy: how } of fields) {
        if (how.rule !== "never-blank" && how.rule !== "fill-if-blank") continue;
        if (isBlank(crm) && isBlank(marketing)) continue;
        const after = left.get(column);
        expect([after?.crm ?? null, after?.marketing ?? null].some(isBlank)).toBe(false);
      }
    }),
    { numRuns: 5_000 },
  );
});

test("P40: where no rule speaks, the policy's winner wins, whatever the values are", () => {
  fc.assert(
    fc.property(record, fc.boolean(), (fields, first) => {
      const merge = first ? mergeFirst(fields, "lead") : mergeRecord(fields, "lead");
      const policies = new Map(fields.map((one) => [one.column, one.policy]));
      for (const { column, winner } of merge.conflicts) {
        const how = policies.get(column);
        if (how?.rule === null && !how.optOut) expect(winner).toBe(how.winner);
      }
    }),
    { numRuns: 5_000 },
  );
});

test("the first meeting gives up no opt-out and, without being told, no value", () => {
  fc.assert(
    fc.property(record, (fields) => {
      const merge = mergeFirst(fields, "lead");
      const left = new Map(written(fields, merge).map((one) => [one.column, one]));
      for (const { column, type, crm, marketing, policy: how } of fields) {
        const after = left.get(column) ?? { crm: null, marketing: null };
        const told = merge.conflicts.some((one) => one.column === column);
        if (!isBlank(crm) && !sameCell(type, after.crm, crm)) expect(told).toBe(true);
        if (!isBlank(marketing) && !sameCell(type, after.marketing, marketing)) expect(told).toBe(true);
        if (how.optOut && [crm, marketing].includes("true"))
          expect([after.crm, after.marketing]).toEqual(["true", "true"]);
      }
      expect(mergeFirst(written(fields, merge), "lead").conflicts).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});
