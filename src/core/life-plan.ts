/**
 * What a page does to the lives of people, beside bringing their values: who takes over whose row, and which records
 * stand for nobody of their own.
 */
import type { SourceRecord } from "./change.ts";
import type { Link } from "./link.ts";
import { compareVersions, hasPerson } from "./link.ts";
import type { Row } from "./mapping.ts";
import type { Destiny } from "./match.ts";
import type { Standing } from "./standing.ts";

export interface LifePlan {
  /** Contacts that take over the row of the lead they were made from. */
  readonly adopts: readonly Adoption[];
  /** Records whose person is another record's: they are linked and get no row. */
  readonly moved: readonly Versioned[];
  /** Leads whose person is a contact by now: what only a lead has goes on following them. */
  readonly follows: readonly Row[];
  /** Records that the sync filter leaves out from now on. */
  readonly exits: readonly Versioned[];
  /** What the records say about whose person somebody is. Told again, it changes nothing. */
  readonly moves: readonly Move[];
  /** Contacts of qualified leads, by lead; of no other record of the page. */
  readonly heirs: ReadonlyMap<string, string>;
}

export interface Adoption {
  readonly row: Row;
  /** Id of the lead. */
  readonly lead: string;
}

export interface Versioned {
  readonly id: string;
  readonly version: string;
}

/**
 * The person of one record is that of another: of a lead that of the contact it became, of what lost a merge that of
 * the winner. Of several moves of one record the first counts.
 */
export interface Move {
  readonly kind: "qualified" | "merged";
  readonly from: string;
  readonly to: string;
}

export const NO_LIFE: LifePlan = {
  adopts: [],
  moved: [],
  follows: [],
  exits: [],
  moves: [],
  heirs: new Map(),
};

/** What became of a record of the page. `row` where it could be kept. */
export interface Fate {
  readonly record: SourceRecord;
  readonly standing: Standing;
  readonly link: Link | undefined;
  readonly destiny: Destiny;
  readonly row: Row | null;
}

/** Gathers what the fates of a page's records do to the lives of people, in the order in which they were written. */
export function lifeOf(fates: readonly Fate[]): LifePlan {
  const unusual = fates
    .filter(isUnusual)
    .toSorted((a, b) => compareVersions(a.record.version, b.record.version));
  if (unusual.length === 0) return NO_LIFE;
  const versioned = (destiny: Destiny): Versioned[] =>
    unusual.flatMap(({ destiny: own, record: { id, version } }) =>
      own === destiny ? [{ id, version }] : [],
    );
  return {
    adopts: unusual.flatMap(({ destiny, row, standing: { lead } }) =>
      destiny === "adopt" && row !== null && lead !== null ? [{ row, lead }] : [],
    ),
    moved: versioned("move"),
    follows: unusual.flatMap(({ destiny, row }) => (destiny === "follow" && row !== null ? [row] : [])),
    exits: versioned("exit"),
    moves: unusual.flatMap(movesOf),
    heirs: new Map(
      unusual.flatMap(({ record, standing: { heir }, row }): [string, string][] =>
        heir === null || row === null ? [] : [[record.id, heir]],
      ),
    ),
  };
}

/** True for a plan that does nothing to anybody's life. */
export function isUneventful({ adopts, moved, follows, exits, moves }: LifePlan): boolean {
  return adopts.length + moved.length + follows.length + exits.length + moves.length === 0;
}

/**
 * By lead, the contact of a page that may take over its row: of several the one that was written first, whatever their
 * order in the page.
 */
export function claimsOf(
  told: readonly { readonly record: SourceRecord; readonly standing: Standing }[],
): ReadonlyMap<string, string> {
  const first = new Map<string, SourceRecord>();
  for (const { record, standing } of told) {
    const { lead } = standing;
    if (lead === null || standing.excluded) continue;
    const known = first.get(lead);
    if (known === undefined || compareVersions(record.version, known.version) < 0) first.set(lead, record);
  }
  return new Map([...first].map(([lead, { id }]) => [lead, id]));
}

function isUnusual({ destiny, standing }: Fate): boolean {
  const { master, lead, heir } = standing;
  return (
    (destiny !== "create" && destiny !== "update" && destiny !== "skip") || (master ?? lead ?? heir) !== null
  );
}

/** Destinies after which a contact's lead is known to have become it. */
const KEPT: ReadonlySet<Destiny> = new Set(["create", "update", "adopt"]);

function movesOf({ record: { id }, standing, link, destiny, row }: Fate): readonly Move[] {
  const { lead, master } = standing;
  const moves: Move[] = [];
  if (lead !== null && (destiny === "move" || (KEPT.has(destiny) && row !== null))) {
    moves.push({ kind: "qualified", from: lead, to: id });
  }
  if (master !== null && master !== id && (destiny === "move" || hasPerson(link))) {
    moves.push({ kind: "merged", from: id, to: master });
  }
  return moves;
}
