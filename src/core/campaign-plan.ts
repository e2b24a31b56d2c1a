/**
 * Decides what is to be done in Dynamics about a person in a campaign, and what an outcome means for them. Pure.
 */
import type { Activity } from "./activity.ts";
import type { DueMember, ListEntry, MemberFate, MemberSettlement, PersonRecord } from "./campaign-port.ts";
import { ERROR_CODES } from "./errors.ts";
import type { Outcome } from "./sink-port.ts";

/** What is to be done about one person: first the record that is put on a list, then those that are taken off. */
export interface MemberPlan {
  readonly put: PersonRecord | null;
  readonly takeOff: readonly ListEntry[];
  /** Entries that are forgotten without a call: they were there before anybody asked. */
  readonly drop: readonly ListEntry[];
}

/** Nothing is to be done in Dynamics, and this is what became of it. */
type Decided = { readonly fate: MemberFate; readonly drop: readonly ListEntry[] };

export function planMember(member: DueMember): MemberPlan | Decided {
  if (member.campaign.gone) return goneCampaign(member);
  return member.wish === "remove" ? planRemoval(member) : planStay(member);
}

function goneCampaign({ wish, entries }: DueMember): Decided {
  const detail = "Dynamics has deleted the campaign.";
  const fate: MemberFate =
    wish === "add" ? { kind: "refused", code: "record_gone", detail } : { kind: "removed", anew: false };
  return { fate, drop: entries };
}

/** Who was there before is left where they are; nothing says that they should go. */
function planRemoval({ entries }: DueMember): MemberPlan | Decided {
  const ours = entries.filter(({ wasThere }) => !wasThere);
  if (ours.length > 0) return { put: null, takeOff: ours, drop: [] };
  if (entries.length > 0) return { fate: { kind: "was-there" }, drop: [] };
  return { fate: { kind: "removed", anew: false }, drop: [] };
}

/** The person's record of today is on the list of its kind, and no other record of theirs is on any. */
function planStay({ record, entries }: DueMember): MemberPlan {
  const others = entries.filter((entry) => record === null || !isSame(entry, record));
  return {
    put: record,
    takeOff: others.filter(({ wasThere }) => !wasThere),
    drop: others.filter(({ wasThere }) => wasThere),
  };
}

function isSame(entry: PersonRecord, record: PersonRecord): boolean {
  return entry.kind === record.kind && entry.id === record.id;
}

/**
 * Whether a record that was found on the list counts as having been there before: not one that we had put there, nor
 * one that took the place of one we had, since Dynamics itself moves members when it merges records.
 */
export function hadBeenThere({ entries }: DueMember, record: PersonRecord): boolean {
  const own = entries.find((entry) => isSame(entry, record));
  if (own !== undefined) return own.wasThere;
  return entries.every((entry) => entry.wasThere);
}

/** What an outcome means; null where it is as it was to be. */
export function failedFate(outcome: Outcome | undefined): MemberFate | null {
  switch (outcome?.kind) {
    case "written":
      return null;
    case "later":
      return { kind: "later", afterMs: outcome.afterMs };
    case "refused": {
      const { code, detail } = outcome;
      if (ERROR_CODES[code].retry === "later") return { kind: "later", afterMs: 0 };
      return { kind: "refused", code, detail };
    }
    case "gone":
      return { kind: "refused", code: "record_gone", detail: "Dynamics has no such record any more." };
    case "overtaken":
    case "exists":
    case "unknown":
    case undefined:
      return { kind: "later", afterMs: 0 };
  }
}

/** Surely nothing was done by it. */
export function hadNoEffect(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "refused" || outcome?.kind === "gone" || outcome?.kind === "later";
}

/** What the history tells of it; nothing of what is tried again, or was so already. */
export function memberActivities({ member, fate }: MemberSettlement): readonly Activity[] {
  const { personId: rowId, record, campaign, wish } = member;
  const about = { rowId, crmId: record?.id ?? null, origin: "marketing" } as const;
  const changes = { campaign: { from: null, to: campaign.name } };
  switch (fate.kind) {
    case "added":
      if (!fate.anew || wish === "stay") return [];
      return [{ ...about, kind: "campaign-added", changes, detail: `Campaign ${campaign.id}.` }];
    case "removed": {
      if (!fate.anew) return [];
      const left = { campaign: { from: campaign.name, to: null } };
      return [{ ...about, kind: "campaign-removed", changes: left, detail: `Campaign ${campaign.id}.` }];
    }
    case "refused": {
      const detail = `Campaign ${campaign.name}: ${fate.detail}`;
      return [{ ...about, kind: "refused", changes: {}, code: fate.code, detail }];
    }
    case "was-there":
    case "later":
      return [];
  }
}
