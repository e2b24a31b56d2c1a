/**
 * What people did, as the judge remembers it: by person, not by record, since records come and go.
 */
export type Side = "marketing" | "dynamics";

/** A two-way field, on both sides. */
export interface SharedField {
  readonly column: string;
  readonly attribute: string;
}

/** Texts without a rule of their own in Dynamics. */
export const FIELDS: readonly SharedField[] = [
  { column: "job_title", attribute: "jobtitle" },
  { column: "city", attribute: "address1_city" },
  { column: "phone", attribute: "telephone1" },
];

/** Opt-outs: one that nobody ever takes back, and one that goes either way. */
export const OPT_OUTS = {
  always: { column: "do_not_call", attribute: "donotphone" },
  either: { column: "do_not_email", attribute: "donotemail" },
} as const satisfies Record<string, SharedField>;

/** Holds a person's mark: unique, and never edited. */
export const MARK: SharedField = { column: "middle_name", attribute: "middlename" };

/** Nobody maps it. */
export const UNMAPPED = { column: "own_note", attribute: "new_untouched" };

export function fieldAt(at: number): SharedField {
  const found = FIELDS[at % FIELDS.length];
  if (found === undefined) throw new Error("there is no such field");
  return found;
}

export interface Writes {
  /** The last value of each side; absent where it wrote none. */
  readonly last: Map<Side, string | boolean | null>;
}

export class Ledger {
  /** By mark and column. */
  readonly writes = new Map<string, Writes>();
  /** Marks of persons whose story is no longer about one row and one record alone, with what happened. */
  readonly special = new Map<string, Set<Special>>();
  /** Marks of persons who are now part of another one. */
  readonly mergedInto = new Map<string, string>();
  /** Persons of whom somebody said, on any side, that they must not be called. */
  readonly neverCall = new Set<string>();
  /** Columns that an admin switched off for some time. */
  readonly switched = new Set<string>();
  /** What nobody maps, by record or row, as it was made. */
  readonly unmapped = new Map<string, string>();

  note(mark: string, { column }: SharedField, side: Side, value: string | boolean | null): void {
    const key = `${mark} ${column}`;
    const known = this.writes.get(key) ?? { last: new Map() };
    known.last.set(side, value);
    this.writes.set(key, known);
    if (column === OPT_OUTS.always.column && value === true) this.neverCall.add(mark);
  }

  tell(mark: string, what: Special): void {
    this.special.set(mark, (this.special.get(mark) ?? new Set()).add(what));
  }

  is(mark: string, ...what: readonly Special[]): boolean {
    const told = this.special.get(mark);
    return what.some((one) => told?.has(one) === true);
  }
}

export type Special =
  /** The row was deleted by marketing. */
  | "row-deleted"
  /** The record was deleted in Dynamics. */
  | "record-deleted"
  | "re-created"
  | "merged"
  | "qualified";
