/**
 * What people ask about persons, and what they are told: by command, API and SQL alike.
 */
import type { ActionDesk, RuleAction } from "./action-desk.ts";
import type { Candidate } from "./candidates.ts";
import type { ErrorCode } from "./errors.ts";
import type { PersonEntity, RequestState } from "./request-port.ts";

/** - `waiting`: somebody must decide first; `tandem matches` shows about what. */
export type FilingAnswer = "queued" | "already queued" | "already linked" | "waiting";

/** A request that a person be in Dynamics. */
export interface Filing {
  /** Row of the table people. */
  readonly person: string;
  readonly as: PersonEntity;
  /** User of Dynamics who shall own the record; null leaves it to Dynamics. */
  readonly owner: string | null;
}

/** How the newest request of a person stands. */
export interface RequestStatus {
  readonly person: string;
  readonly as: PersonEntity | null;
  readonly state: RequestState | "done";
  /** How it ended; null while it has not. */
  readonly outcome: "created" | "linked" | "already-linked" | "kept-apart" | "gone" | null;
  /** Record of the person in Dynamics; null while there is none. */
  readonly crmId: string | null;
  readonly code: ErrorCode | null;
  /** Column, where one is to blame. */
  readonly field: string | null;
  readonly detail: string | null;
  /** ISO 8601, UTC. */
  readonly requestedAt: string;
}

/** A person and the records that could be theirs. */
export interface ListedMatch {
  readonly id: string;
  /** Row of the table people. */
  readonly person: string;
  readonly name: string | null;
  readonly email: string | null;
  /** What the person was to become; null where nobody asked, and a record that came from Dynamics is alike. */
  readonly as: PersonEntity | null;
  readonly candidates: readonly Candidate[];
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface MatchDecision {
  readonly id: string;
  /** Which of the candidates the person is; null for somebody else than all of them. */
  readonly record: string | null;
}

/**
 * - `queued`: it goes with the next turn. - `merged`: the record was somebody's already, and the two rows are one now.
 * - `kept apart`: nobody had asked for the person to be synced, so that nothing is left to do.
 * - `no candidate`: the record is none of those to choose from.
 */
export type DecisionAnswer = "queued" | "merged" | "kept apart" | "no candidate";

/** People who are one person. */
export interface PersonMerge {
  /** Row of the table people, which stays. */
  readonly winner: string;
  /** Rows that go, in the order in which the winner takes what it does not have. */
  readonly losers: readonly string[];
}

export interface MergedPerson {
  /** Row that went. */
  readonly person: string;
  /** What becomes of its record in Dynamics, in words. */
  readonly inDynamics: string;
}

/** What matching would do, before anything is written. */
export interface MatchPreview {
  /** Columns that are compared; empty when nobody is matched. */
  readonly matchBy: readonly string[];
  /** People of marketing alone. */
  readonly people: number;
  /** Of them those who are certainly one record each. */
  readonly certain: number;
  /** Those of whom somebody must decide which record they are. */
  readonly undecided: number;
  /** Those whom nobody in Dynamics is like. */
  readonly alone: number;
}

/** What a column is held against. The last two need no value. */
export const OPERATORS = ["is", "is-not", "contains", "at-least", "at-most", "filled", "blank"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  /** Column of `people`. */
  readonly column: string;
  readonly operator: Operator;
  /** As PostgreSQL writes a value of the column; null where the operator needs none. */
  readonly value: string | null;
}

/** Whom an admin wants in Dynamics without asking for each. */
export interface SyncRule {
  readonly name: string;
  readonly as: PersonEntity;
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
  /**
   * What is asked for once of everybody who begins to meet them, in this order; who is not in Dynamics is made there for
   * it. Absent or empty: that they are in Dynamics.
   */
  readonly actions?: readonly RuleAction[];
}

/** A rule to add. */
export interface NewRule extends SyncRule {
  /** With actions: they are for those too who meet the conditions already, and not only for those to come. */
  readonly includePresent?: boolean;
}

export interface ListedRule extends SyncRule {
  /**
   * People of marketing alone who meet it now and never had a request; of a rule with actions, all who meet it now. Null
   * while it cannot be followed.
   */
  readonly meets: number | null;
  /** Of a rule with actions: people it has met; null of one without. */
  readonly applied?: number | null;
  readonly trouble: string | null;
}

/** Where people ask about persons. */
export interface PersonDesk extends ActionDesk {
  /**
   * Files a request and lets it go at once where a worker runs. Asking again changes nothing, but lets one that was
   * refused be tried again. Null when there is no such person.
   * @throws SyncError `configuration_invalid` when no organization is connected yet
   */
  syncPerson(filing: Filing): Promise<FilingAnswer | null>;
  /** How the newest request of a person stands; null where nobody ever asked. */
  requestOf(person: string): Promise<RequestStatus | null>;
  /** All that wait for a decision, oldest first. */
  matches(): Promise<readonly ListedMatch[]>;
  /** Null when there is no such match to decide. */
  decideMatch(decision: MatchDecision): Promise<DecisionAnswer | null>;
}

/** The same for admins, who have rules as well. */
export interface AdminDesk extends PersonDesk {
  /**
   * Merges people of marketing, and says of each loser what becomes of its record in Dynamics.
   * @throws SyncError `configuration_invalid` when there is no such person, one is named twice, or one is being made in
   * Dynamics at this moment; `table_refused`
   */
  mergePeople(merge: PersonMerge): Promise<readonly MergedPerson[]>;
  rules(): Promise<readonly ListedRule[]>;
  /**
   * Adds a rule, or replaces the one of that name. Returns how many people meet it now.
   * @throws SyncError `configuration_invalid` when it has no condition, or one that cannot be followed
   */
  addRule(rule: NewRule): Promise<number>;
  /** @throws SyncError `configuration_invalid` when there is none of that name */
  removeRule(name: string): Promise<void>;
}
