/**
 * What an outcome of the sink means for an errand, and what the history tells of it. Pure.
 */
import type { Activity } from "./activity.ts";
import type { Errand, ErrandFate, ErrandSettlement } from "./errand-port.ts";
import { ERROR_CODES } from "./errors.ts";
import type { Outcome } from "./sink-port.ts";

/** What follows from an outcome; an errand that no answer spoke of is asked again, and then found done where it was. */
export function errandFate(errand: Errand, outcome: Outcome | undefined): ErrandFate {
  switch (outcome?.kind) {
    case "written":
      return { kind: "done" };
    case "overtaken":
      return { kind: "dropped", detail: CHANGED };
    case "gone":
      return errand.kind === "delete" ? goneFate(errand) : { kind: "dropped", detail: NO_PAIR };
    case "later":
      return { kind: "later", afterMs: outcome.afterMs, sent: errand.sent };
    case "refused": {
      const { code, detail } = outcome;
      if (ERROR_CODES[code].retry === "later") return { kind: "later", afterMs: 0, sent: errand.sent };
      return { kind: "refused", code, detail };
    }
    case "exists":
    case "unknown":
    case undefined:
      return { kind: "later", afterMs: 0, sent: true };
  }
}

const CHANGED = "Its record has changed in Dynamics since, so it was not deleted there.";
const NO_PAIR = "Dynamics no longer has both records, so they were not merged there.";
const NOT_ALIKE = "The records are not of one kind any more, so they were not merged in Dynamics.";

/** A record that is not there was deleted by us when we had asked for it before, and else by somebody else. */
function goneFate({ sent }: Errand): ErrandFate {
  return sent
    ? { kind: "done" }
    : { kind: "dropped", detail: "Somebody has deleted its record in Dynamics." };
}

/** A merge that cannot be asked for. */
export const UNLIKE: ErrandFate = { kind: "dropped", detail: NOT_ALIKE };

/** What the history tells of it; nothing of what is tried again. */
export function errandActivities({ errand, fate }: ErrandSettlement): readonly Activity[] {
  const { rowId, crmId } = errand;
  const about = { rowId, crmId, origin: "marketing", changes: {} } as const;
  switch (fate.kind) {
    case "done":
      return [{ ...about, ...doneActivity(errand) }];
    case "dropped":
      return [{ ...about, kind: "kept-apart", origin: "sync", detail: fate.detail }];
    case "refused":
      return [{ ...about, kind: "refused", code: fate.code, detail: fate.detail }];
    case "later":
      return [];
  }
}

function doneActivity(errand: Errand): Pick<Activity, "kind" | "crmId" | "detail"> {
  const { kind, crmId } = errand;
  if (kind === "delete") return { kind: "deleted", crmId };
  const detail = `The record ${crmId} was merged into this one's in Dynamics.`;
  return { kind: "merged", crmId: errand.into, detail };
}
