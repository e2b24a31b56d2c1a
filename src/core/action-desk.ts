/**
 * What people ask about what Dynamics shall do, on one person, on several, or on all who meet conditions: by command and
 * API alike.
 */
import type { ErrorCode } from "./errors.ts";
import type { Condition } from "./person-desk.ts";
import type { PersonEntity } from "./request-port.ts";

/** How many people are asked about without anybody having to say that so many are meant. */
export const UNCONFIRMED = 100;

/** What is asked for. */
export type Wish =
  | { readonly kind: "sync"; readonly as: PersonEntity; readonly owner: string | null }
  | { readonly kind: "owner"; readonly as: PersonEntity; readonly owner: string }
  | WishedTask
  | { readonly kind: "delete" };

export interface WishedTask {
  readonly kind: "task";
  /** What people become who are not in Dynamics yet. */
  readonly as: PersonEntity;
  readonly subject: string;
  readonly description: string | null;
  /** Days from today; a number, or a day by its date. */
  readonly due: number | string;
  /** User or team; null is whoever owns the person's record. */
  readonly owner: string | null;
  readonly priority: string | null;
  readonly status: string | null;
  readonly campaign: string | null;
}

/** Days in which a task is due when nobody says otherwise, as the native sync has it. */
export const DUE_IN_DAYS = 5;

/** People by the numbers of their rows, or all who meet conditions and are not deleted in Dynamics. */
export type Concerned = { readonly people: readonly string[] } | { readonly when: readonly Condition[] };

export interface Asking {
  readonly wish: Wish;
  readonly concerned: Concerned;
  /** Ask nothing, only count. */
  readonly dry: boolean;
  /** Up to how many people are meant; more are not asked about. */
  readonly most: number;
  /** Let it go at once instead of with the next cycle. */
  readonly now: boolean;
}

/**
 * - `asked`: it goes with the next cycle. - `counted`: so many would be concerned. - `too-many`: more than are meant;
 * nothing was asked. - `refused`: it cannot be asked for, and `detail` says why; `missing` when a person is not there.
 */
export type AskingAnswer =
  | { readonly kind: "asked" | "counted" | "too-many"; readonly people: number }
  | { readonly kind: "refused"; readonly detail: string; readonly missing: boolean };

/** Which actions to list; what is absent does not matter. */
export interface ActionFilter {
  /** `open` is everything that has not ended. */
  readonly state?: "open" | ListedAction["state"];
  readonly kind?: ListedAction["kind"];
  /** Row of the table people. */
  readonly person?: string;
  readonly limit: number;
}

/** An action as people see it. */
export interface ListedAction {
  /** `task-17`. */
  readonly id: string;
  readonly person: string;
  readonly kind: "sync" | "owner" | "task" | "delete";
  readonly origin: "sql" | "api" | "cli" | "rule";
  /** The rule that asked, where one did. */
  readonly rule: string | null;
  /**
   * - `queued`: its turn comes. - `sent`, `creating`, `qualifying`: it is being done. - `waiting`: the person is not in
   * Dynamics yet, or somebody must decide who they are there. - `parked`: refused until somebody asks again.
   */
  readonly state: "queued" | "sent" | "creating" | "qualifying" | "waiting" | "parked" | "done";
  readonly outcome: string | null;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  /** Of a task or a person that was made: the record in Dynamics. */
  readonly recordId: string | null;
  /** ISO 8601, UTC. */
  readonly requestedAt: string;
  readonly finishedAt: string | null;
}

/** Where people ask for actions. */
export interface ActionDesk {
  /** @throws SyncError `configuration_invalid` when no organization is connected yet */
  ask(asking: Asking): Promise<AskingAnswer>;
  /** Newest first. */
  actions(filter: ActionFilter): Promise<readonly ListedAction[]>;
}

/** What a rule asks for when somebody begins to meet it. */
export type RuleAction =
  | { readonly kind: "owner"; readonly owner: string }
  | { readonly kind: "task"; readonly subject: string }
  /** Row of the table campaigns. */
  | { readonly kind: "campaign"; readonly campaign: string };
