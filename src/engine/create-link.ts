/**
 * People are linked to records that are there already: found to be theirs, or chosen by somebody.
 */
import type { Candidate } from "../core/candidates.ts";
import type { SourceRecord } from "../core/change.ts";
import type { FirstLink } from "../core/first-link.ts";
import type { PersonEntity, RequestSettlement, SyncRequest } from "../core/request-port.ts";
import type { Made, Making } from "./create-make.ts";
import { NOTHING_MADE, settle, together } from "./create-make.ts";
import { candidateOf } from "./find-people.ts";
import type { PersonKind } from "./people.ts";
import { recordAttributes, recordValues } from "./people.ts";

/** A person and the record that is theirs. */
export interface Pair {
  readonly request: SyncRequest;
  readonly entity: PersonEntity;
  readonly record: SourceRecord;
}

/** Links people to records. @param rule why, for the history */
export async function linkPairs(making: Making, pairs: readonly Pair[], rule: string): Promise<Made> {
  const all: Made[] = [];
  for (const [name, those] of Map.groupBy(pairs, ({ entity }) => entity)) {
    const kind = making.kinds.get(name);
    if (kind !== undefined) all.push(await linkKind(making, kind, { pairs: those, rule }));
  }
  return together(...all);
}

async function linkKind(
  making: Making,
  kind: PersonKind,
  { pairs, rule }: { readonly pairs: readonly Pair[]; readonly rule: string },
): Promise<Made> {
  const { parts, lease, cycle } = making;
  const links = pairs.flatMap(({ request: { rowId }, record }) => firstLink(kind, { rowId, record, rule }));
  const linked = await parts.store.linkPeople(lease, kind.entity.stored, {
    links,
    rules: kind.linking,
    cycle,
  });
  const left = pairs.filter(({ request }) => !linked.rows.has(request.rowId));
  const owners = await parts.store.owners(
    lease,
    left.map(({ record }) => record.id),
  );
  const settlements = left.flatMap(({ request, record }): RequestSettlement[] => {
    const owner = owners.get(record.id);
    if (owner !== undefined && owner !== request.rowId) {
      const candidate = { ...candidateOf(kind, record), rowId: owner };
      return [{ request, fate: { kind: "waiting", candidates: [candidate] } }];
    }
    const detail = linked.refused.get(request.rowId) ?? (isKept(kind, record) ? null : UNSTORABLE);
    if (detail === null) return [];
    return [{ request, fate: { kind: "parked", code: "value_unstorable", field: null, detail } }];
  });
  const settled = await settle(making, kind, settlements);
  return together({ ...NOTHING_MADE, linked: linked.rows.size }, settled);
}

const UNSTORABLE = "The record has a value that the marketing database cannot keep.";

function isKept(kind: PersonKind, record: SourceRecord): boolean {
  return recordValues(kind, record) !== null;
}

/** The link of a person to a record that was found; none when a value of it cannot be kept. */
export function firstLink(
  kind: PersonKind,
  { rowId, record, rule }: { readonly rowId: string; readonly record: SourceRecord; readonly rule: string },
): readonly FirstLink[] {
  const values = recordValues(kind, record);
  if (values === null) return [];
  return [{ rowId, record: { id: record.id, version: record.version, values }, sent: null, rule }];
}

/** Links people to the records that somebody chose for them. One that is no longer there is told. */
export async function linkChosen(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const all: Made[] = [];
  const byKind = Map.groupBy(requests, ({ decision }) => chosen(decision)?.entity);
  for (const [name, those] of byKind) {
    const kind = name === undefined ? undefined : making.kinds.get(name);
    if (kind === undefined) continue;
    const { description } = kind.entity;
    const ids = those.flatMap(({ decision }) => chosen(decision)?.id ?? []);
    const records = await making.parts.sink.read(description, ids, recordAttributes(kind), making.signal);
    const byId = new Map(records.map((record) => [record.id, record]));
    const pairs = those.flatMap((request): Pair[] => {
      const record = byId.get(chosen(request.decision)?.id ?? "");
      return record === undefined ? [] : [{ request, entity: kind.name, record }];
    });
    const found = new Set(pairs.map(({ request }) => request));
    const gone = those.filter((request) => !found.has(request)).map(choiceGone);
    all.push(await linkPairs(making, pairs, "chosen by a person"), await settle(making, kind, gone));
  }
  return together(...all);
}

function chosen(decision: SyncRequest["decision"]): Pick<Candidate, "id" | "entity"> | null {
  return decision === "new" ? null : decision;
}

function choiceGone(request: SyncRequest): RequestSettlement {
  const detail = "The record that was chosen is no longer in Dynamics. Ask for the person again.";
  return { request, fate: { kind: "parked", code: "record_gone", field: null, detail } };
}
