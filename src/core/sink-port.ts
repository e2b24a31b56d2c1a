/**
 * What the engine asks of an outside system that can be written to.
 */
import type { SourceRecord } from "./change.ts";
import type { ErrorCode } from "./errors.ts";
import type { Entity } from "./organization.ts";

/** A value on its way out, in the words of the wire. */
export type OutValue =
  | {
      readonly kind: "value";
      readonly property: string;
      readonly value: string | number | boolean | null;
    }
  /** A number that must not pass through a double: its digits, written to the body as they are. */
  | { readonly kind: "exact"; readonly property: string; readonly digits: string }
  /** A lookup: the navigation property of the target's entity; null clears it. */
  | {
      readonly kind: "reference";
      readonly navigation: string;
      /** Entity (logical name) of the record referred to. */
      readonly target: string;
      readonly id: string | null;
    };

/** One record to write. */
export interface Write {
  readonly kind: "create" | "update" | "delete";
  /** Id of the record; for a creation chosen and stored before, so that a lost answer cannot create twice. */
  readonly id: string;
  /** Version the record must still have; null writes whatever it is now. Of no use to a creation. */
  readonly guard: string | null;
  /** Values to set, each attribute at most once; nothing else of the record is touched. */
  readonly values: readonly OutValue[];
}

/**
 * What became of a write.
 * - `written`: done; `version` is the record's version after it, null when the answer did not say.
 * - `overtaken`: the record has another version than the guard; nothing was written.
 * - `gone`: there is no such record.
 * - `exists`: a creation found its id taken: an earlier try had arrived.
 * - `refused`: the service will not have it; asking again is useless until something changes.
 * - `later`: not now (throttled, unavailable); nothing was written.
 * - `unknown`: the answer was lost or did not speak of the record; it may have been written.
 */
export type Outcome =
  | { readonly kind: "written"; readonly version: string | null }
  | { readonly kind: "overtaken" }
  | { readonly kind: "gone" }
  | { readonly kind: "exists" }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      /** In words for people, without the record's values. */
      readonly detail: string;
      /** Attribute the service named, where it named one. */
      readonly field: string | null;
    }
  | { readonly kind: "later"; readonly code: ErrorCode; readonly afterMs: number; readonly detail: string }
  | { readonly kind: "unknown"; readonly detail: string };

/** Records to look for by the value of one attribute. */
export interface Search {
  readonly entity: Entity;
  /** Attribute that is compared, as the service compares text: without regard to case. */
  readonly attribute: string;
  readonly values: readonly string[];
  /** Attributes to read of what is found. */
  readonly attributes: readonly string[];
}

/** Writes to an outside system, and reads single records for it. One sink serves one organization with one sign-in. */
export interface Sink {
  /**
   * Writes records, each once, in as few and as full requests as give each its own outcome; several requests at once.
   * Every write has exactly one outcome; one that no answer spoke of is `unknown`, never a success. The order of
   * writes is not kept: a record must not come twice.
   *
   * `all` writes without guards may travel together and are split when refused, until the bad record is alone.
   * @throws SyncError what concerns the whole connection: `sign_in_failed`, `not_an_application_user`,
   * `name_not_found`, `certificate_rejected`, `stopped`. Whatever was written before then is `unknown` to the caller.
   */
  write(entity: Entity, writes: readonly Write[], signal: AbortSignal): Promise<ReadonlyMap<string, Outcome>>;

  /**
   * The given records as they are now; those that do not exist are absent.
   * @throws SyncError as `Source.changes`
   */
  read(
    entity: Entity,
    ids: readonly string[],
    attributes: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly SourceRecord[]>;

  /**
   * Records of which the attribute has one of the values, inactive ones included, in no particular order.
   * @throws SyncError as `Source.changes`
   */
  find(search: Search, signal: AbortSignal): Promise<readonly SourceRecord[]>;

  /**
   * Makes a contact of a lead, without an account and without an opportunity, as the native sync does. Returns the
   * contact's id.
   * @throws SyncError `refused` when the lead is closed already or the organization does not know the action
   */
  qualify(leadId: string, signal: AbortSignal): Promise<string>;

  /**
   * Merges two records of an entity: what refers to the subordinate refers to the target, and the subordinate is closed
   * and points to it. No value is taken over. A pair that is merged already is `written`, so that asking again does no
   * harm; a lost answer is looked up. `gone` when one of the two does not exist.
   * @throws SyncError as `write`
   */
  merge(entity: Entity, target: string, subordinate: string, signal: AbortSignal): Promise<Outcome>;
}
