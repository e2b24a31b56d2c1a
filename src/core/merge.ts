/**
 * How two sides agree: three values of a field, the one both last agreed on, that of Dynamics and that of marketing,
 * and what becomes of them. Pure.
 */
import { canonicalCell, isBlank, sameCell } from "./canonical-cell.ts";
import type { Cell, ColumnType } from "./cell.ts";
import type { FieldPolicy, Winner } from "./policy.ts";

/** A two-way field of a record that is linked. */
export interface MergeField {
  readonly column: string;
  readonly type: ColumnType;
  /** Of the name of the entity that a reference leads to: the reference's column. It goes where the reference goes. */
  readonly typeOf?: string;
  readonly policy: FieldPolicy;
  /** Value in Dynamics now. */
  readonly crm: Cell;
  /** Value in marketing now. */
  readonly marketing: Cell;
  /** The pending edit of this field; absent when the field is not pending. */
  readonly pending?: {
    readonly agreed: Cell;
    /** What was last sent and not settled: when it comes back it is our own write. */
    readonly sent?: Cell;
  };
}

/** Both sides had changed the field; the loser's value is on record. */
export interface Conflict {
  readonly column: string;
  readonly agreed: Cell;
  readonly crm: Cell;
  readonly marketing: Cell;
  readonly winner: Winner;
  /** The rule that decided, in words: `lead: marketing wins`, `opt-outs stay`. */
  readonly rule: string;
}

/** What becomes of a record's fields. Columns that are in none of these stay as they are on both sides. */
export interface RecordMerge {
  /** Marketing takes these values; a pending edit of the column is over. */
  readonly take: ReadonlyMap<string, Cell>;
  /** Columns whose pending edit is over: both sides agree, or a rule leaves them apart. */
  readonly settled: readonly string[];
  /** Columns that are, or stay, pending, with the value both sides agree on from now on. */
  readonly pending: ReadonlyMap<string, Cell>;
  readonly conflicts: readonly Conflict[];
  /** Columns that a rule leaves different on purpose. */
  readonly keptApart: readonly string[];
}

/**
 * Merges the fields of a linked record. Pure; every field is decided for itself, so their order does not matter, and
 * what is done as the merge says is not decided again: a second merge finds nothing.
 *
 * To pass: every pending field, and of the others those whose policy has a rule, since a rule may hold back what
 * Dynamics says or send a value there. Fields without a rule that are not pending may be left out: marketing takes
 * what Dynamics has.
 * @param entity logical name, for the words of a rule
 */
export function mergeRecord(fields: readonly MergeField[], entity: string): RecordMerge {
  return gather(fields, (field) => decide(field, entity));
}

/**
 * Merges two records that never agreed on anything: a person who is linked for the first time, or is made again, and
 * one who folds into another (`marketing` is then what folds, `crm` what it folds into). A blank gives way to a value
 * without anybody losing one; where both have a value the policy decides, and a yes of an opt-out stays whatever it
 * says. `create-only` fields stay apart: nothing is created.
 * @param entity logical name, for the words of a rule
 */
export function mergeFirst(fields: readonly FirstField[], entity: string): RecordMerge {
  return gather(fields, (field) => decideFirst(field, entity));
}

/** A field of two records that never agreed, so that nothing of it can be pending. */
export type FirstField = Omit<MergeField, "pending">;

/** Whose value stays. */
interface Decision {
  readonly stays: Winner | "equal" | "apart";
  /** The rule that decided against a value; null where no value is given up. */
  readonly against: string | null;
}

function decide(field: MergeField, entity: string): Decision {
  if (sameCell(field.type, field.crm, field.marketing)) return { stays: "equal", against: null };
  const by = changedBy(field);
  if (by !== "both") return { stays: ruled(field) ?? by, against: null };
  const kept = ruled(field);
  // What stays apart weakens nobody's yes; whatever else a rule says, a yes comes first.
  if (kept === "apart") return { stays: kept, against: null };
  const yes = optedOut(field);
  if (yes !== null) return { stays: yes, against: OPT_OUTS_STAY };
  const { winner, rule } = field.policy;
  if (kept !== null) return { stays: kept, against: rule };
  return { stays: winner, against: winnerRule(entity, winner) };
}

function decideFirst(field: FirstField, entity: string): Decision {
  if (sameCell(field.type, field.crm, field.marketing)) return { stays: "equal", against: null };
  const yes = optedOut(field);
  const filled = filledSide(field);
  const stays = yes ?? ruled(field) ?? filled ?? field.policy.winner;
  if (stays === "apart" || filled !== null) return { stays, against: null };
  return { stays, against: yes === null ? winnerRule(entity, stays) : OPT_OUTS_STAY };
}

/**
 * Who changed a field that differs. What comes back as it was sent is our own write. A field that marketing has set
 * back is not changed there, unless a write of ours may have arrived in between.
 */
function changedBy({ type, crm, marketing, pending }: MergeField): Winner | "both" {
  if (pending === undefined) return "dynamics";
  const { agreed, sent } = pending;
  if (sameCell(type, crm, agreed)) return "marketing";
  if (sent !== undefined) return sameCell(type, crm, sent) ? "marketing" : "both";
  return sameCell(type, marketing, agreed) ? "dynamics" : "both";
}

/** The side whose value a rule keeps, whoever changed it; null where there is no rule or it does not mind. */
function ruled(field: FirstField): Winner | "apart" | null {
  switch (field.policy.rule) {
    case null:
      return null;
    case "create-only":
      return "apart";
    // A blank is filled from either side, so that values which stay apart are never blank.
    case "fill-if-blank":
      return filledSide(field) ?? "apart";
    case "never-blank":
      return filledSide(field);
  }
}

/** The side that has a value, where the other has none. */
function filledSide({ crm, marketing }: FirstField): Winner | null {
  if (isBlank(crm) === isBlank(marketing)) return null;
  return isBlank(crm) ? "marketing" : "dynamics";
}

/** The side of a field that differs on which a person has opted out; null for every other field. */
function optedOut({ policy, type, crm, marketing }: FirstField): Winner | null {
  if (!policy.optOut) return null;
  if (canonicalCell(type, crm) === YES) return "dynamics";
  return canonicalCell(type, marketing) === YES ? "marketing" : null;
}

function winnerRule(entity: string, winner: Winner): string {
  return `${entity}: ${winner} wins`;
}

function gather<Field extends MergeField>(
  fields: readonly Field[],
  decision: (field: Field) => Decision,
): RecordMerge {
  const take = new Map<string, Cell>();
  const settled: string[] = [];
  const pending = new Map<string, Cell>();
  const conflicts: Conflict[] = [];
  const keptApart: string[] = [];
  const references = new Map(fields.map((field) => [field.column, field]));
  for (const field of fields) {
    const { column, crm, marketing, pending: edit } = field;
    const { stays, against } = together(field, references, decision);
    if (stays === "dynamics") take.set(column, crm);
    else if (stays === "marketing") pending.set(column, agreedNow(field));
    else if (edit !== undefined) settled.push(column);
    if (stays === "apart") keptApart.push(column);
    if (against !== null && (stays === "dynamics" || stays === "marketing")) {
      const agreed = edit?.agreed ?? null;
      conflicts.push({ column, agreed, crm, marketing, winner: stays, rule: against });
    }
  }
  return { take, settled, pending, conflicts, keptApart };
}

/** The decision about a field; where the name of a reference's entity differs, that about the reference. */
function together<Field extends MergeField>(
  field: Field,
  references: ReadonlyMap<string, Field>,
  decision: (field: Field) => Decision,
): Decision {
  const own = decision(field);
  const reference = field.typeOf === undefined ? undefined : references.get(field.typeOf);
  if (reference === undefined || own.stays === "equal") return own;
  const its = decision(reference);
  return its.stays === "equal" ? own : its;
}

/** What Dynamics has, in the spelling in which it was agreed on before, where that is still the value. */
function agreedNow({ type, crm, pending }: MergeField): Cell {
  if (pending !== undefined && sameCell(type, crm, pending.agreed)) return pending.agreed;
  return isBlank(crm) ? null : crm;
}

const YES = "true";
const OPT_OUTS_STAY = "opt-outs stay";
