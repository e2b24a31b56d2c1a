/**
 * Which record a person of marketing is: decided where it is certain, and left to people where it is not. Pure.
 */

/** A record that could be a person of marketing. */
export interface Candidate {
  readonly id: string;
  readonly entity: "lead" | "contact";
  /** For people, as far as it is known. */
  readonly name: string | null;
  /** Value of the first match column. */
  readonly key: string | null;
  /** Row of the person that the record is already linked to; null where it is linked to nobody. */
  readonly rowId: string | null;
}

/**
 * - `none`: nobody is like this person. - `one`: this record, and no other, is the person.
 * - `several`: a person has to look at the candidates.
 */
export type Verdict =
  | { readonly kind: "none" }
  | { readonly kind: "one"; readonly candidate: Candidate }
  | { readonly kind: "several"; readonly candidates: readonly Candidate[] };

/**
 * Contacts come first: where there are some, leads do not matter, since who has become a contact is one. A record that is
 * somebody's already is never given away, and of several none is preferred: the pair would be kept for ever.
 */
export function verdictOf(candidates: readonly Candidate[]): Verdict {
  const contacts = candidates.filter(({ entity }) => entity === "contact");
  const [first, ...others] = contacts.length > 0 ? contacts : candidates;
  if (first === undefined) return { kind: "none" };
  if (others.length === 0 && first.rowId === null) return { kind: "one", candidate: first };
  return { kind: "several", candidates };
}

/** Each record once; what is known of it from either side. */
export function gathered(candidates: readonly Candidate[]): readonly Candidate[] {
  const byId = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const known = byId.get(candidate.id);
    byId.set(candidate.id, {
      ...candidate,
      name: known?.name ?? candidate.name,
      key: known?.key ?? candidate.key,
      rowId: known?.rowId ?? candidate.rowId,
    });
  }
  return [...byId.values()];
}
