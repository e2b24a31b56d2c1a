/**
 * Actions: what people ask Dynamics to do about a person, and what the engine asks of the store to carry it out.
 */
import type { ErrorCode } from "./errors.ts";
import type { Owner, PersonEntity } from "./request-port.ts";
import type { WaitingDeletes } from "./errand-port.ts";
import type { Settled } from "./push-port.ts";
import type { Lease, StoredEntity } from "./store-port.ts";

/** A user or a team; `entity` is null while nobody here knows which. */
export interface NamedOwner {
  readonly id: string;
  readonly entity: Owner["entity"] | null;
}

/** A task to make. Subject and description may have tokens. */
export interface TaskWish {
  readonly subject: string;
  readonly description: string | null;
  /** ISO 8601 day. */
  readonly due: string;
  /** Label or number of the priority; null leaves it to Dynamics. */
  readonly priority: string | null;
  /** Label or number of the status reason; null leaves it to Dynamics. */
  readonly status: string | null;
  /** What the task belongs to, for the token of that name. */
  readonly campaign: string | null;
}

/** A task as it is sent: whole, so that whichever of two tries arrives, it is one task. */
export interface SentTask {
  readonly subject: string;
  readonly description: string | null;
  readonly owner: NamedOwner | null;
  readonly regarding: { readonly entity: PersonEntity; readonly id: string };
}

interface Asked {
  readonly id: string;
  /** Row of the table people. */
  readonly rowId: string;
  /** True when it was asked of Dynamics before, and nobody heard what came of it. */
  readonly sent: boolean;
  readonly attempts: number;
  /**
   * The person's record now. `gone`: the row was deleted. `left`: the record was deleted in Dynamics, or is the person's
   * no more.
   */
  readonly person: PersonRecord | "gone" | "left";
}

export interface PersonRecord {
  readonly entity: PersonEntity;
  readonly id: string;
  /** The newest version that marketing knows. */
  readonly version: string;
  /** Who owns it, as far as marketing knows. */
  readonly owner: NamedOwner | null;
}

export interface OwnerAction extends Asked {
  readonly kind: "owner";
  /** Who shall own the person's record. */
  readonly owner: NamedOwner;
  /** True when the record was made with that owner since it was asked for. */
  readonly made: boolean;
}

export interface TaskAction extends Asked {
  readonly kind: "task";
  readonly wish: TaskWish;
  /** Who shall own the task; null is whoever owns the person's record. */
  readonly owner: NamedOwner | null;
  /** Id of the task, chosen before any call. */
  readonly taskId: string;
  readonly sending: SentTask | null;
  /** Values for tokens, as text by name; what is blank is absent. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface DeleteAction extends Asked {
  readonly kind: "delete";
  /** False when an admin does not let deletes of the entity travel. */
  readonly allowed: boolean;
  /** True when the person's record is another one than it was when this was asked for. */
  readonly moved: boolean;
}

export type PersonAction = OwnerAction | TaskAction | DeleteAction;

/**
 * What became of an action.
 * - `over`: it has ended, and `detail` says why where it did not end as asked. - `parked`: refused until somebody asks
 * again. - `later`: not before `afterMs` milliseconds, more the more often it was tried; `sent` when it may have been
 * carried out all the same.
 */
export type ActionFate =
  | { readonly kind: "over"; readonly outcome: "done" | "already" }
  | { readonly kind: "over"; readonly outcome: "kept" | "gone"; readonly detail: string }
  | { readonly kind: "parked"; readonly code: ErrorCode; readonly detail: string }
  | {
      readonly kind: "later";
      readonly sent: boolean;
      readonly code: ErrorCode;
      readonly detail: string;
      readonly afterMs: number;
    };

export interface ActionSettlement {
  readonly action: PersonAction;
  readonly fate: ActionFate;
  /** What was sent of a task, and who was made the owner of a record: for the history. */
  readonly told: { readonly task?: SentTask; readonly owner?: Owner };
}

/** An action that is about to be asked of Dynamics. */
export interface ActionSending {
  readonly action: PersonAction;
  /** Of a task; null of everything else, which says it all itself. */
  readonly task: SentTask | null;
}

/** Which actions to read. */
export interface ActionsWish {
  readonly limit: number;
  /** What the people are in Dynamics. */
  readonly of: readonly PersonEntity[];
  /** Entities of which deletes may be carried out. */
  readonly deletesOf: readonly PersonEntity[];
}

export interface ActionStore {
  /**
   * Actions whose turn it is, oldest first; of each person one, so that they are carried out in the order in which they
   * were asked for. Those that wait for their person to be in Dynamics are left out, and so are those of entities that are
   * not named.
   * @throws SyncError `database_unreachable`, `table_refused`
   */
  dueActions(lease: Lease, wish: ActionsWish): Promise<readonly PersonAction[]>;

  /** As `waitingDeletes` of errands, of those that were asked for by themselves. */
  waitingDeleteActions(lease: Lease, entity: StoredEntity, allowed: number): Promise<WaitingDeletes>;

  /** Notes and commits what is about to be asked, before the call. @throws SyncError `fenced`, `database_unreachable` */
  noteActions(lease: Lease, sendings: readonly ActionSending[]): Promise<void>;

  /**
   * Makes fates take effect, and tells the history; a row whose record has a new owner shows it at once. Returns how many
   * are done, and how many are refused.
   * @param entity what the people are in Dynamics
   * @throws SyncError `fenced`, `database_unreachable`
   */
  settleActions(
    lease: Lease,
    entity: StoredEntity,
    settling: { readonly settlements: readonly ActionSettlement[]; readonly cycle: string },
  ): Promise<Settled>;
}
