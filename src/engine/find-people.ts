/**
 * Looks for people of marketing in Dynamics, and among those who are linked already.
 */
import type { Candidate, Verdict } from "../core/candidates.ts";
import { gathered, verdictOf } from "../core/candidates.ts";
import type { SourceRecord } from "../core/change.ts";
import type { MatchColumns } from "../core/match-key.ts";
import { isMatchable, keyOfRow } from "../core/match-key.ts";
import type { Cells } from "../core/pending.ts";
import { standingReader } from "../core/standing.ts";
import type { Lease } from "../core/store-port.ts";
import type { PeopleKinds, PersonKind } from "./people.ts";
import { recordAttributes } from "./people.ts";
import type { EngineParts } from "./ports.ts";

/** Whom to look for. */
export interface Search {
  readonly kinds: PeopleKinds;
  readonly matchBy: MatchColumns;
  /** Values of people by column; those of whom a match column is blank are like nobody. */
  readonly people: readonly Cells[];
  /** True to read whole records, so that somebody can be linked to them; else only what they are compared by. */
  readonly whole: boolean;
}

export interface Findings {
  /** Who the people of a key are. */
  verdict(key: string): Verdict;
  /** A record that was found in Dynamics. */
  record(id: string): SourceRecord | undefined;
}

/**
 * Finds everybody who is alike: contacts and leads, of those in Dynamics the active ones that take part in the sync. Asks
 * Dynamics once for each kind, however many people there are.
 * @throws SyncError as `Sink.find`, `database_unreachable`
 */
export async function findPeople(
  parts: Pick<EngineParts, "sink" | "store">,
  lease: Pick<Lease, "connectionId">,
  search: Search,
  signal: AbortSignal,
): Promise<Findings> {
  const keyed = keyedValues(search);
  const values = [...keyed.values()];
  const records = new Map<string, SourceRecord>();
  const alike: Keyed[] = [];
  for (const kind of values.length === 0 ? [] : search.kinds.values()) {
    for (const { record, key } of await findKind(parts, kind, { search, values }, signal)) {
      if (!keyed.has(key)) continue;
      records.set(record.id, record);
      alike.push({ key, candidate: candidateOf(kind, record) });
    }
  }
  alike.push(...(await linkedAlike(parts, lease, search, keyed)));
  const owners = await parts.store.owners(lease, [...records.keys()]);
  const owned = alike.map(({ key, candidate }) => ({
    key,
    candidate: { ...candidate, rowId: owners.get(candidate.id) ?? candidate.rowId },
  }));
  const byKey = Map.groupBy(owned, ({ key }) => key);
  return {
    verdict: (key) => verdictOf(gathered((byKey.get(key) ?? []).map(({ candidate }) => candidate))),
    record: (id) => records.get(id),
  };
}

interface Keyed {
  readonly key: string;
  readonly candidate: Candidate;
}

/** By key, a value to search for. */
function keyedValues({ people, matchBy }: Search): ReadonlyMap<string, string> {
  const [first = ""] = matchBy;
  return new Map(
    people.flatMap((cells): [string, string][] => {
      const key = keyOfRow(cells, matchBy);
      const value = cells.get(first);
      return key === null || typeof value !== "string" ? [] : [[key, value.trim()]];
    }),
  );
}

async function findKind(
  { sink }: Pick<EngineParts, "sink">,
  kind: PersonKind,
  { search, values }: { readonly search: Search; readonly values: readonly string[] },
  signal: AbortSignal,
): Promise<readonly { readonly record: SourceRecord; readonly key: string }[]> {
  const { match, entity } = kind;
  if (match === null) return [];
  const { primaryName, attributes: known } = entity.description;
  const named = known
    .filter(({ name, readable }) => readable && name === primaryName)
    .map(({ name }) => name);
  const { standing } = entity.projections.live;
  const attributes = search.whole
    ? recordAttributes(kind)
    : [...match.attributes, ...standingAttributes(kind)];
  const found = await sink.find(
    {
      entity: entity.description,
      attribute: match.attribute,
      values: [...new Set(values)],
      attributes: [...new Set([...attributes, ...named])],
    },
    signal,
  );
  return found.flatMap((record) => {
    const key = isMatchable(standing(record)) && match.isActive(record) ? match.key(record) : null;
    return key === null ? [] : [{ record, key }];
  });
}

function standingAttributes({ entity: { description, terms } }: PersonKind): readonly string[] {
  return standingReader(description, terms.filter.column).attributes;
}

export function candidateOf({ name, entity, match }: PersonKind, record: SourceRecord): Candidate {
  const text = (attribute: string | null): string | null => {
    const property = entity.description.attributes.find((one) => one.name === attribute)?.property;
    const value = property === undefined ? null : record.fields[property];
    return typeof value === "string" ? value : null;
  };
  return {
    id: record.id,
    entity: name,
    name: text(entity.description.primaryName),
    key: text(match?.attribute ?? null),
    rowId: null,
  };
}

/** Also people whose record is not alike in Dynamics: whoever was edited a moment ago. */
async function linkedAlike(
  { store }: Pick<EngineParts, "store">,
  lease: Pick<Lease, "connectionId">,
  { matchBy }: Search,
  keyed: ReadonlyMap<string, string>,
): Promise<readonly Keyed[]> {
  if (keyed.size === 0) return [];
  const [first = ""] = matchBy;
  const rows = await store.linked(lease, matchBy, [...keyed.values()]);
  return rows.flatMap(({ rowId, recordId, entity, values }): Keyed[] => {
    const key = keyOfRow(values, matchBy);
    if (key === null || !keyed.has(key)) return [];
    const value = values.get(first);
    const shown = typeof value === "string" ? value : null;
    return [{ key, candidate: { id: recordId, entity, name: null, key: shown, rowId } }];
  });
}
