/**
 * The closed table of everything that can go wrong, by consequence.
 *
 * Each code says what Tandem does by itself (`retry`), who must act, and what they do. `docs/operations.md` has one
 * entry per code, and a test keeps the two in step.
 */
export const ERROR_CODES = {
  // ── configuration ────────────────────────────────────────────────────────────────────────────────────────────
  configuration_invalid: {
    retry: "never",
    who: "admin",
    meaning: "A setting is missing, misspelt or contradicts another one.",
    remedy: "Correct what the message names and run it again.",
  },
  insecure_address: {
    retry: "never",
    who: "admin",
    meaning: "An address is plain http and not on this machine, so credentials would travel in the open.",
    remedy: "Use https. Plain http is accepted only for a loopback address.",
  },
  database_unreachable: {
    retry: "later",
    who: "admin",
    meaning: "The marketing database does not answer.",
    remedy: "Start PostgreSQL or correct TANDEM_DATABASE_URL; Tandem goes on by itself once it answers.",
  },
  database_newer: {
    retry: "never",
    who: "admin",
    meaning: "The database was made by a newer Tandem than this one.",
    remedy: "Run the newer Tandem. This one has changed nothing.",
  },
  database_unsupported: {
    retry: "never",
    who: "admin",
    meaning: "The PostgreSQL server is older than 15, or its user may not create schemas.",
    remedy: "Use PostgreSQL 15 or newer, and a user that may create schemas in the database.",
  },
  // ── sign-in ──────────────────────────────────────────────────────────────────────────────────────────────────
  sign_in_failed: {
    retry: "later",
    who: "admin",
    meaning: "The identity provider refused the credentials.",
    remedy:
      "Check tenant, client id and secret (or certificate); a secret may have expired. Then sync again.",
  },
  not_an_application_user: {
    retry: "later",
    who: "dynamics-admin",
    meaning: "The sign-in works, but Dynamics knows no enabled user for it.",
    remedy:
      "In the Power Platform admin center add the app registration as an application user and enable it.",
  },
  // ── what Dynamics lets us read ───────────────────────────────────────────────────────────────────────────────
  permission_missing: {
    retry: "later",
    who: "dynamics-admin",
    meaning: "The application user may not read this entity in the whole organization.",
    remedy:
      "Give its security role Read on the entity with Organization scope; the entity resumes by itself.",
  },
  entity_missing: {
    retry: "later",
    who: "dynamics-admin",
    meaning: "The entity does not exist in the organization.",
    remedy: "Install the solution that brings it, or leave it: everything else flows.",
  },
  field_missing: {
    retry: "later",
    who: "admin",
    meaning: "A mapped column no longer exists in Dynamics.",
    remedy: "The field is set aside and the rest flows. Map another column, or switch the field off.",
  },
  change_tracking_off: {
    retry: "later",
    who: "dynamics-admin",
    meaning: "Change tracking is off for this entity, so deletes are found only by comparing ids.",
    remedy: "In Power Apps open the table's properties, tick 'Track changes' and publish.",
  },
  history_lost: {
    retry: "later",
    who: "nobody",
    meaning: "The change feed no longer reaches back to where this connection stopped.",
    remedy: "Nothing to do: Tandem compares the whole entity and carries on.",
  },
  // ── the wire ─────────────────────────────────────────────────────────────────────────────────────────────────
  throttled: {
    retry: "later",
    who: "nobody",
    meaning: "Dynamics asked us to slow down.",
    remedy: "Nothing to do: Tandem waits as long as it was told to.",
  },
  unavailable: {
    retry: "later",
    who: "nobody",
    meaning: "Dynamics did not answer, or answered that it cannot at the moment.",
    remedy: "Nothing to do unless it lasts: then check the network and the service's health page.",
  },
  name_not_found: {
    retry: "later",
    who: "admin",
    meaning: "The host name of the address cannot be resolved.",
    remedy: "Check the address for a typing error and the machine's DNS.",
  },
  certificate_rejected: {
    retry: "later",
    who: "admin",
    meaning: "The server's certificate is not trusted, or it refused ours.",
    remedy: "Point TANDEM_DYNAMICS_CA_FILE at the issuing authority, or correct the client certificate.",
  },
  unexpected_answer: {
    retry: "later",
    who: "nobody",
    meaning: "An answer was cut short or is not what the Web API promises.",
    remedy:
      "Nothing to do unless it lasts: then a proxy between Tandem and Dynamics may be altering answers.",
  },
  refused: {
    retry: "never",
    who: "admin",
    meaning: "Dynamics refused the request itself.",
    remedy: "Read the message: it names what Dynamics did not accept.",
  },
  // ── one record ───────────────────────────────────────────────────────────────────────────────────────────────
  value_unstorable: {
    retry: "when-changed",
    who: "dynamics-admin",
    meaning: "A value of this record cannot be stored in PostgreSQL as it is.",
    remedy: "Correct the named field in Dynamics; the record is read again when it changes.",
  },
  value_invalid: {
    retry: "when-changed",
    who: "editor",
    meaning: "A value edited in marketing does not fit its field in Dynamics; the record was not sent.",
    remedy: "Correct the named field in marketing; the record goes on by itself.",
  },
  write_refused: {
    retry: "when-changed",
    who: "dynamics-admin",
    meaning:
      "Dynamics refused to write this record: a rule, a plug-in or a required field of the organization.",
    remedy: "Read the reason, mend the record or the rule, then let it be tried again.",
  },
  duplicate_in_dynamics: {
    retry: "when-changed",
    who: "editor",
    meaning: "Dynamics has a record like this one already, and its duplicate rules forbid another.",
    remedy: "Merge the two in Dynamics or change the value that is the same, then let it be tried again.",
  },
  write_permission_missing: {
    retry: "later",
    who: "dynamics-admin",
    meaning: "The application user may read these records, but not write them.",
    remedy:
      "Give its security role Create, Write, Append (and Delete where deletes travel); what waits goes on by itself.",
  },
  record_gone: {
    retry: "later",
    who: "nobody",
    meaning: "The record was deleted in Dynamics while an edit was on its way to it.",
    remedy: "Nothing to do: the edit stays in marketing, and the row is flagged as deleted.",
  },
  several_matches: {
    retry: "when-approved",
    who: "editor",
    meaning: "More than one record could be this person, so none was linked and none was created.",
    remedy: "Look at the candidates and decide which one it is, or that it is a new one.",
  },
  // ── the marketing tables ─────────────────────────────────────────────────────────────────────────────────────
  table_refused: {
    retry: "later",
    who: "admin",
    meaning:
      "PostgreSQL refused to change a marketing table: a trigger, a missing right, a column that was changed.",
    remedy: "Undo or mend what the message names; the entity goes on by itself where it stopped.",
  },
  // ── safety ───────────────────────────────────────────────────────────────────────────────────────────────────
  mass_change: {
    retry: "when-approved",
    who: "admin",
    meaning:
      "More deletes than the guard lets pass, from Dynamics or to it; those wait, everything else flows.",
    remedy:
      "Look at the count. If it is right, run `tandem approve <entity>`; if not, check permissions first.",
  },
  paused: {
    retry: "when-approved",
    who: "admin",
    meaning: "A person paused the connection: nothing travels, and everything that waits is kept.",
    remedy: "Run `tandem resume` when it shall go on.",
  },
  unforeseen: {
    retry: "later",
    who: "admin",
    meaning: "Tandem met something it did not foresee; nothing was committed.",
    remedy: "Tandem tries again by itself. If it stays, report it with the line `cycle.failed` of the log.",
  },
  fenced: {
    retry: "never",
    who: "nobody",
    meaning: "Another worker has taken over this connection; this one stopped and wrote nothing.",
    remedy: "Nothing to do.",
  },
  stopped: {
    retry: "later",
    who: "nobody",
    meaning: "Tandem was asked to stop; the page in hand was not committed.",
    remedy: "Nothing to do: the next start goes on from the last committed page.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** Who can make an error go away; `nobody` means that it passes by itself, `editor` is whoever edits in marketing. */
export type Responsible = "nobody" | "admin" | "dynamics-admin" | "editor";

interface ErrorEntry {
  readonly retry: "never" | "later" | "when-changed" | "when-approved";
  readonly who: Responsible;
  readonly meaning: string;
  readonly remedy: string;
}

export type ErrorCode = keyof typeof ERROR_CODES;

/** Facts beside the message: which entity, how long to wait, what the service said. */
export interface ErrorFacts {
  /** Entity the error is about, where it is about one. */
  readonly entity?: string;
  /** Field (attribute or setting) the error is about. */
  readonly field?: string;
  /** Milliseconds the other side asked us to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * The one error type that crosses Tandem's ports. Its message names the thing; its code says what follows.
 * Messages never carry secrets or personal data (promise 15).
 */
export class SyncError extends Error {
  readonly code: ErrorCode;
  readonly entity: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "SyncError";
    this.code = code;
    this.entity = facts.entity;
    this.field = facts.field;
    this.retryAfterMs = facts.retryAfterMs;
  }

  get remedy(): string {
    return ERROR_CODES[this.code].remedy;
  }

  get who(): Responsible {
    return ERROR_CODES[this.code].who;
  }
}

/** True when the same call may succeed later without anybody changing anything here. */
export function isTransient(error: unknown): error is SyncError {
  return error instanceof SyncError && TRANSIENT.has(error.code);
}

const TRANSIENT: ReadonlySet<ErrorCode> = new Set([
  "throttled",
  "unavailable",
  "unexpected_answer",
  "database_unreachable",
]);
