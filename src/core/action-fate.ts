/**
 * What an outcome of the sink means for an action, and what the history tells of it. Pure.
 */
import type { Activity } from "./activity.ts";
import type { ActionFate, ActionSettlement, PersonAction } from "./action-port.ts";
import { ERROR_CODES } from "./errors.ts";
import type { Outcome } from "./sink-port.ts";

/** What follows from an outcome; `look` where only the record itself can tell. */
export function actionFate({ kind }: PersonAction, outcome: Outcome | undefined): ActionFate | "look" {
  switch (outcome?.kind) {
    case "written":
      return DONE;
    case "exists":
    case "unknown":
    case undefined:
      return "look";
    case "overtaken":
      return { kind: "over", outcome: "kept", detail: CHANGED };
    case "gone":
      return kind === "delete" ? { kind: "over", outcome: "already" } : LEFT;
    case "later": {
      const { code, detail, afterMs } = outcome;
      return { kind: "later", sent: false, code, detail, afterMs };
    }
    case "refused": {
      const { code, detail } = outcome;
      if (ERROR_CODES[code].retry === "later")
        return { kind: "later", sent: false, code, detail, afterMs: 0 };
      return { kind: "parked", code, detail };
    }
  }
}

export const DONE: ActionFate = { kind: "over", outcome: "done" };

/** Nothing of the person is left that could be asked about. */
export const GONE: ActionFate = {
  kind: "over",
  outcome: "gone",
  detail: "The person was deleted in marketing.",
};

export const LEFT: ActionFate = {
  kind: "parked",
  code: "record_gone",
  detail: "The person's record is no longer in Dynamics. Asked again, they are made there anew.",
};

export const FORBIDDEN: ActionFate = {
  kind: "over",
  outcome: "kept",
  detail: "An admin does not let deletes of this kind travel to Dynamics.",
};

export const MOVED: ActionFate = {
  kind: "over",
  outcome: "kept",
  detail:
    "It was asked for about the record that the person had then. They have another one by now, which was not deleted.",
};

/** It may still be on its way. */
export const UNHEARD: ActionFate = {
  kind: "later",
  sent: true,
  code: "unavailable",
  detail: "Whether it was carried out is not known yet; it is looked up.",
  afterMs: 0,
};

const CHANGED = "The record has changed in Dynamics since it was read, so it was not deleted there.";

/** What the history tells of it; nothing of what is tried again. */
export function actionActivities({ action, fate, told }: ActionSettlement): readonly Activity[] {
  const { rowId, person } = action;
  const crmId = typeof person === "string" ? null : person.id;
  const about = { rowId, crmId, origin: "marketing", changes: {} } as const;
  if (fate.kind === "later") return [];
  if (fate.kind === "parked") return [{ ...about, kind: "refused", code: fate.code, detail: fate.detail }];
  if (fate.outcome === "gone") return [];
  if (fate.outcome === "kept") return [{ ...about, kind: "kept-apart", origin: "sync", detail: fate.detail }];
  switch (action.kind) {
    case "owner":
      return [{ ...about, kind: "owner-changed", changes: ownerChange(action, told) }];
    case "task": {
      const detail = `${told.task?.subject ?? action.wish.subject} (task ${action.taskId})`;
      return [{ ...about, kind: "task-created", detail }];
    }
    case "delete":
      return [{ ...about, kind: "delete-asked", detail: DELETED[fate.outcome] }];
  }
}

const DELETED = {
  done: "Its record was deleted in Dynamics.",
  already: "Its record was no longer in Dynamics.",
} as const;

function ownerChange({ person }: PersonAction, { owner }: ActionSettlement["told"]): Activity["changes"] {
  const before = typeof person === "string" ? null : person.owner;
  return {
    owner_crm_id: { from: before?.id ?? null, to: owner?.id ?? null },
    owner_crm_type: { from: before?.entity ?? null, to: owner?.entity ?? null },
  };
}
