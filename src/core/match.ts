/**
 * Where a record of a page goes: to the row it has, to a row of its own, to that of another record, or nowhere. Pure.
 */
import type { Accept, Link } from "./link.ts";
import { brings, hasPerson } from "./link.ts";
import type { Standing } from "./standing.ts";

/**
 * - `create`: it becomes a row of its own. - `update`: its row follows it; a row that marketing deleted is made anew.
 * - `adopt`: it takes over the row of the lead it was made from. - `move`: its person is another record's; it has no
 * row. - `follow`: the same, but the columns that only its entity has go on following it.
 * - `exit`: the sync filter leaves it out from now on. - `skip`: it brings nothing.
 */
export type Destiny = "create" | "update" | "adopt" | "move" | "follow" | "exit" | "skip";

/** What a page says of a record. */
export interface Told {
  readonly version: string;
  readonly standing: Standing;
}

/** What is known of it. */
export interface Known {
  readonly link: Link | undefined;
  /** True when the lead it was made from has a row that no other record has taken over. */
  readonly leadIsFree: boolean;
  readonly accept: Accept;
}

/**
 * Decides for one record. What lost a merge before it was ever seen never becomes a person: its person is the
 * winner's, whom the filter decides about alone.
 */
export function destinyOf(told: Told, known: Known): Destiny {
  const { standing } = told;
  const { link } = known;
  if (link?.state === "moved") return follows(told, link, known.accept) ? "follow" : "skip";
  if (standing.merged && !hasPerson(link)) return "move";
  if (link === undefined) return newcomer(standing, known);
  if (!brings(told.version, link, known.accept)) return "skip";
  if (standing.excluded) return leaves(standing, link) ? "exit" : "skip";
  return link.rowId === null && known.leadIsFree ? "adopt" : "update";
}

/**
 * A record that is left out from the beginning leaves no trace, unless a lead became it: then it must be known that
 * the lead's contact has been seen.
 */
function newcomer({ excluded, lead }: Standing, { leadIsFree }: Known): Destiny {
  if (excluded) return lead === null ? "skip" : "exit";
  return leadIsFree ? "adopt" : "create";
}

function follows({ version, standing }: Told, link: Link, accept: Accept): boolean {
  return !standing.merged && !standing.excluded && brings(version, link, accept);
}

/** What lost a merge goes the winner's way, whatever the filter says of it. */
function leaves({ merged }: Standing, { state }: Link): boolean {
  return !merged && state !== "tombstone";
}
