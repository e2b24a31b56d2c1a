/**
 * What matching people would do, counted before anything is written: only what they are compared by is read.
 */
import { SyncError } from "../core/errors.ts";
import { keyOfRow } from "../core/match-key.ts";
import type { Cells } from "../core/pending.ts";
import type { MatchPreview } from "../core/person-desk.ts";
import type { Lease } from "../core/store-port.ts";
import { connected } from "./connect.ts";
import type { ConnectedEntity } from "./connect.ts";
import { findPeople } from "./find-people.ts";
import { matchProblem, peopleKinds } from "./people.ts";
import type { EngineParts, PeopleSettings } from "./ports.ts";

type PreviewParts = Pick<EngineParts, "source" | "sink" | "store" | "filter">;

/** Keys that are looked for at once. */
const AT_ONCE = 500;

/**
 * Looks for everybody whom only marketing knows. Records that become somebody's meanwhile are not counted twice; the
 * counts are those of the moment.
 * @throws SyncError `configuration_invalid` when the match columns are not synced; as `Source.describe`, `findPeople`
 */
export async function previewMatches(
  parts: PreviewParts,
  lease: Pick<Lease, "connectionId">,
  settings: PeopleSettings,
  signal: AbortSignal,
): Promise<MatchPreview> {
  const { matchBy } = settings;
  const people = await parts.store.countUnlinked(lease);
  if (matchBy.length === 0 || people === 0) {
    return { matchBy, people, certain: 0, undecided: 0, alone: people };
  }
  const kinds = peopleKinds(await describedPeople(parts, lease, signal), settings);
  const problem = matchProblem(kinds, settings);
  if (problem !== null) throw new SyncError("configuration_invalid", problem);
  let [certain, undecided] = [0, 0];
  let after: Cells | null = null;
  for (;;) {
    const alike = await parts.store.unlinkedKeys(lease, matchBy, { after, limit: AT_ONCE });
    const last = alike.at(-1);
    if (last === undefined) break;
    after = last.values;
    const search = { kinds, matchBy, people: alike.map(({ values }) => values), whole: false };
    const findings = await findPeople(parts, lease, search, signal);
    for (const { values, people: count } of alike) {
      const { kind } = findings.verdict(keyOfRow(values, matchBy) ?? "");
      if (kind === "one" && count === 1) certain += 1;
      else if (kind !== "none") undecided += count;
    }
    if (alike.length < AT_ONCE) break;
  }
  return { matchBy, people, certain, undecided, alone: people - certain - undecided };
}

/** Leads and contacts as they are stored and described now. */
async function describedPeople(
  { source, store, filter }: PreviewParts,
  { connectionId }: Pick<Lease, "connectionId">,
  signal: AbortSignal,
): Promise<readonly ConnectedEntity[]> {
  const stored = (await store.entities(connectionId)).filter(({ mapping }) => mapping.crmType !== undefined);
  const { entities, currencies } = await source.describe(
    stored.map(({ mapping }) => mapping.entity),
    signal,
  );
  return stored.flatMap((entity) => {
    const description = entities.get(entity.mapping.entity);
    return description === undefined ? [] : [connected(description, entity, { currencies, filter })];
  });
}
