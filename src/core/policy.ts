/**
 * Who wins when both sides changed the same field, and what a field never lets happen.
 */

/** The side whose value stays in a conflict. */
export type Winner = "dynamics" | "marketing";

/**
 * What a field adds to the rule of the winner.
 * - `fill-if-blank`: a value travels only to a side that is blank, whichever that is; values that differ stay apart.
 * - `create-only`: a value travels with the creation of a record and never again.
 * - `never-blank`: a blank never replaces a value; the value travels back instead.
 */
export type FieldRule = "fill-if-blank" | "create-only" | "never-blank";

/** What becomes in Dynamics of the record of a row that marketing deletes. */
export type Deletes = "keep" | "delete";

/** How one field of one entity is merged. */
export interface FieldPolicy {
  readonly winner: Winner;
  readonly rule: FieldRule | null;
  /** True where "yes" means that a person does not want something; no policy weakens such a yes. */
  readonly optOut: boolean;
}

/** As the native sync decides: marketing wins for leads, Dynamics for everything else. */
export function defaultWinner(entity: string): Winner {
  return entity === "lead" ? "marketing" : "dynamics";
}

/** Attributes of leads and contacts in which "yes" is an opt-out (`lead.json`, `contact.json` of the schemas). */
const OPT_OUTS: ReadonlySet<string> = new Set([
  "donotbulkemail",
  "donotbulkpostalmail",
  "donotemail",
  "donotfax",
  "donotphone",
  "donotpostalmail",
  "donotsendmm",
  "msdyn_gdproptout",
]);

export function isOptOut(attribute: string): boolean {
  return OPT_OUTS.has(attribute);
}
