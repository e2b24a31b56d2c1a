import { describe, expect, test } from "vitest";
import { UNLIKE, errandActivities, errandFate } from "./errand-fate.ts";
import type { DeleteErrand, ErrandFate, MergeErrand } from "./errand-port.ts";
import type { Outcome } from "./sink-port.ts";

const ASKED = { crmId: "a", rowId: "17", sent: false, attempts: 0 } as const;
const DELETE: DeleteErrand = { ...ASKED, kind: "delete", version: "7" };
const MERGE: MergeErrand = { ...ASKED, kind: "merge", into: "b" };

const refused = (code: "write_refused" | "write_permission_missing"): Outcome => {
  return { kind: "refused", code, detail: "no", field: null };
};
const later: Outcome = { kind: "later", code: "throttled", afterMs: 9, detail: "slow down" };
const unknown: Outcome = { kind: "unknown", detail: "lost" };

describe("what becomes of an errand", () => {
  test.each<[string, Outcome | undefined, ErrandFate["kind"], ErrandFate["kind"]]>([
    ["written", { kind: "written", version: null }, "done", "done"],
    ["overtaken", { kind: "overtaken" }, "dropped", "dropped"],
    ["gone", { kind: "gone" }, "dropped", "dropped"],
    ["refused for good", refused("write_refused"), "refused", "refused"],
    ["refused for now", refused("write_permission_missing"), "later", "later"],
    ["put off", later, "later", "later"],
    ["unheard", unknown, "later", "later"],
    ["not spoken of", undefined, "later", "later"],
  ])("that is %s", (_, outcome, ofDelete, ofMerge) => {
    expect(errandFate(DELETE, outcome).kind).toBe(ofDelete);
    expect(errandFate(MERGE, outcome).kind).toBe(ofMerge);
  });

  test("of which nobody heard, and whose record is gone by now, is done", () => {
    expect(errandFate({ ...DELETE, sent: true }, { kind: "gone" })).toEqual({ kind: "done" });
    expect(errandFate({ ...MERGE, sent: true }, { kind: "gone" }).kind).toBe("dropped");
  });

  test("may have been carried out unless an answer says that it was not", () => {
    expect(errandFate(DELETE, unknown)).toMatchObject({ sent: true });
    expect(errandFate(DELETE, later)).toEqual({ kind: "later", afterMs: 9, sent: false });
    expect(errandFate({ ...DELETE, sent: true }, later)).toMatchObject({ sent: true });
  });
});

test("the history tells what was done, what was not and why, and nothing of what is tried again", () => {
  const told = (errand: DeleteErrand | MergeErrand, fate: ErrandFate): unknown =>
    errandActivities({ errand, fate }).map(({ kind, origin, crmId, detail, code }) => [
      kind,
      origin,
      crmId,
      code ?? detail,
    ]);
  expect(told(DELETE, { kind: "done" })).toEqual([["deleted", "marketing", "a", undefined]]);
  expect(told(MERGE, { kind: "done" })).toEqual([
    ["merged", "marketing", "b", "The record a was merged into this one's in Dynamics."],
  ]);
  expect(told(MERGE, UNLIKE)).toEqual([["kept-apart", "sync", "a", expect.stringContaining("one kind")]]);
  expect(told(DELETE, { kind: "refused", code: "write_refused", detail: "no" })).toEqual([
    ["refused", "marketing", "a", "write_refused"],
  ]);
  expect(told(DELETE, { kind: "later", afterMs: 0, sent: false })).toEqual([]);
});
