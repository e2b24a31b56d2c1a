import { describe, expect, test } from "vitest";
import { failedFate, hadBeenThere, memberActivities, planMember } from "./campaign-plan.ts";
import type { DueMember, ListEntry } from "./campaign-port.ts";

const LEAD = { kind: "lead", id: "lead-1" } as const;
const CONTACT = { kind: "contact", id: "contact-1" } as const;

function member(given: Partial<DueMember>): DueMember {
  return {
    campaignId: "3",
    personId: "17",
    campaign: { id: "spring", name: "Spring", gone: false },
    wish: "add",
    revision: "1",
    attempts: 0,
    record: LEAD,
    entries: [],
    ...given,
  };
}

function entry(given: Partial<ListEntry> = {}): ListEntry {
  return { ...LEAD, list: "leads", wasThere: false, settled: true, ...given };
}

describe("a person who is to be in a campaign", () => {
  test("is put on the list of their record's kind", () => {
    expect(planMember(member({}))).toEqual({ put: LEAD, takeOff: [], drop: [] });
  });

  test("leaves the list of the record they were, if it was us who put them there", () => {
    const ours = entry();
    const theirs = entry({ id: "lead-2", wasThere: true });
    expect(planMember(member({ wish: "stay", record: CONTACT, entries: [ours, theirs] }))).toEqual({
      put: CONTACT,
      takeOff: [ours],
      drop: [theirs],
    });
  });

  test("is refused where the campaign is gone", () => {
    const gone = { id: "spring", name: "Spring", gone: true };
    expect(planMember(member({ campaign: gone }))).toMatchObject({
      fate: { kind: "refused", code: "record_gone" },
    });
    expect(planMember(member({ campaign: gone, wish: "remove" }))).toMatchObject({
      fate: { kind: "removed" },
    });
  });
});

describe("a person who is to be out of a campaign", () => {
  const out = (entries: readonly ListEntry[]) => planMember(member({ wish: "remove", entries }));

  test("is taken off wherever we had put them, and nowhere else", () => {
    const [ours, theirs] = [entry(), entry({ id: "lead-2", wasThere: true })];
    expect(out([ours, theirs])).toEqual({ put: null, takeOff: [ours], drop: [] });
  });

  test("stays where they had been before", () => {
    expect(out([entry({ wasThere: true })])).toMatchObject({ fate: { kind: "was-there" } });
    expect(out([])).toMatchObject({ fate: { kind: "removed" } });
  });
});

describe("a record that is found on the list", () => {
  test("had been there before, unless we put it there or it took the place of one of ours", () => {
    expect(hadBeenThere(member({}), LEAD)).toBe(true);
    expect(hadBeenThere(member({ entries: [entry({ settled: false })] }), LEAD)).toBe(false);
    expect(hadBeenThere(member({ entries: [entry({ id: "lead-2" })] }), LEAD)).toBe(false);
    expect(hadBeenThere(member({ entries: [entry({ id: "lead-2", wasThere: true })] }), LEAD)).toBe(true);
  });
});

describe("an outcome", () => {
  test("parks what is refused for itself, and lets wait what concerns everybody", () => {
    const refused = { kind: "refused", detail: "no", field: null } as const;
    expect(failedFate({ kind: "written", version: null })).toBeNull();
    expect(failedFate({ ...refused, code: "write_refused" })).toEqual({
      kind: "refused",
      code: "write_refused",
      detail: "no",
    });
    expect(failedFate({ ...refused, code: "write_permission_missing" })).toEqual({
      kind: "later",
      afterMs: 0,
    });
    expect(failedFate({ kind: "unknown", detail: "lost" })).toEqual({ kind: "later", afterMs: 0 });
    expect(failedFate({ kind: "gone" })).toMatchObject({ kind: "refused", code: "record_gone" });
  });
});

describe("the history", () => {
  const told = (wish: DueMember["wish"], fate: Parameters<typeof memberActivities>[0]["fate"]) =>
    memberActivities({ member: member({ wish }), fate, put: null, dropped: [] }).map(({ kind }) => kind);

  test("tells what was done since it was asked for, and nothing that was so already", () => {
    expect(told("add", { kind: "added", wasThere: false, anew: true })).toEqual(["campaign-added"]);
    expect(told("add", { kind: "added", wasThere: true, anew: false })).toEqual([]);
    expect(told("stay", { kind: "added", wasThere: false, anew: true })).toEqual([]);
    expect(told("remove", { kind: "removed", anew: true })).toEqual(["campaign-removed"]);
    expect(told("remove", { kind: "removed", anew: false })).toEqual([]);
    expect(told("add", { kind: "refused", code: "write_refused", detail: "no" })).toEqual(["refused"]);
    expect(told("add", { kind: "later", afterMs: 0 })).toEqual([]);
  });
});
