/**
 * Records that Tandem has never seen arrive, and may be people that marketing has: those are linked rather than doubled.
 */
import type { Candidate } from "../core/candidates.ts";
import type { SourceRecord } from "../core/change.ts";
import type { FirstLink } from "../core/first-link.ts";
import { keyOfRow } from "../core/match-key.ts";
import type { PagePlan } from "../core/plan.ts";
import type { KeyedRow, OpenMatch, PersonEntity } from "../core/request-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import { firstLink } from "./create-link.ts";
import type { Findings } from "./find-people.ts";
import { findPeople } from "./find-people.ts";
import type { PeopleKinds, PersonKind } from "./people.ts";
import { matchProblem, peopleKinds } from "./people.ts";
import type { EngineParts, PeopleSettings } from "./ports.ts";

/** A page whose plan makes people. */
export interface Arriving {
  /** Entity (logical name). */
  readonly entity: string;
  readonly plan: PagePlan;
  readonly records: readonly SourceRecord[];
}

/** Meets the newcomers of pages, over one cycle. */
export class Arrivals {
  readonly #parts: Pick<EngineParts, "sink" | "store">;
  readonly #lease: Lease;
  readonly #kinds: PeopleKinds;
  readonly #settings: PeopleSettings;
  readonly #matches: boolean;
  /** Whether there is anybody to match; asked when the first newcomer comes. */
  #unlinked: boolean | null = null;

  constructor(
    parts: Pick<EngineParts, "sink" | "store">,
    lease: Lease,
    settings: PeopleSettings,
    entities: readonly ConnectedEntity[],
  ) {
    this.#parts = parts;
    this.#lease = lease;
    this.#kinds = peopleKinds(entities, settings);
    this.#settings = settings;
    this.#matches = settings.matchBy.length > 0 && matchProblem(this.#kinds, settings) === null;
  }

  /**
   * The plan without those who are somebody already: linked here, in a transaction of its own, or just being made. Where
   * it is not certain who somebody is, the record becomes a row and the pair waits for a person.
   * @throws SyncError as `findPeople`
   */
  async meet(arriving: Arriving, signal: AbortSignal): Promise<PagePlan> {
    const { plan, entity, records } = arriving;
    const kind = this.#kinds.get(entity as PersonEntity);
    if (kind === undefined || newIn(plan).length === 0) return plan;
    const left = without(plan, await this.#parts.store.beingMade(this.#lease, newIn(plan)));
    const ids = new Set(newIn(left));
    if (!this.#matches || ids.size === 0) return left;
    this.#unlinked ??= await this.#parts.store.hasUnlinked(this.#lease);
    if (!this.#unlinked) return left;
    const newcomers = records.filter(({ id }) => ids.has(id));
    return without(left, await this.#link(kind, newcomers, signal));
  }

  /** Links whoever is certain. Returns the records that are linked now. */
  async #link(
    kind: PersonKind,
    newcomers: readonly SourceRecord[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const { matchBy } = this.#settings;
    const people = await this.#alike(kind, newcomers);
    if (people.size === 0) return new Set();
    const all = [...people.values()].flat().map(({ values }) => values);
    const search = { kinds: this.#kinds, matchBy, people: all, whole: true };
    const findings = await findPeople(this.#parts, this.#lease, search, signal);
    const pairs: Paired[] = [];
    const open: OpenMatch[] = [];
    for (const [key, rows] of people) {
      const verdict = findings.verdict(key);
      const [only, ...others] = rows;
      if (verdict.kind === "none" || only === undefined) continue;
      if (verdict.kind === "one" && others.length === 0) {
        pairs.push({ rowId: only.rowId, candidate: verdict.candidate });
        continue;
      }
      const candidates = verdict.kind === "one" ? [verdict.candidate] : verdict.candidates;
      open.push(...rows.map(({ rowId }) => ({ rowId, candidates })));
    }
    if (open.length > 0) await this.#parts.store.noteMatches(this.#lease, open);
    return this.#linkPairs(pairs, findings);
  }

  /** People of marketing alone who are like a newcomer, by key; also like one that is closed, such as a qualified lead. */
  async #alike(
    { match, entity }: PersonKind,
    newcomers: readonly SourceRecord[],
  ): Promise<ReadonlyMap<string, readonly KeyedRow[]>> {
    const { matchBy } = this.#settings;
    const property =
      entity.description.attributes.find(({ name }) => name === match?.attribute)?.property ?? "";
    const keys = new Set<string>();
    const values: string[] = [];
    for (const record of newcomers) {
      const key = match?.key(record) ?? null;
      const value = record.fields[property];
      if (key === null || typeof value !== "string") continue;
      keys.add(key);
      values.push(value);
    }
    if (keys.size === 0) return new Map();
    const rows = await this.#parts.store.unlinked(this.#lease, matchBy, values);
    const byKey = Map.groupBy(rows, (row) => keyOfRow(row.values, matchBy) ?? "");
    return new Map([...byKey].filter(([key]) => keys.has(key)));
  }

  async #linkPairs(pairs: readonly Paired[], findings: Findings): Promise<ReadonlySet<string>> {
    const { store } = this.#parts;
    const rule = `the same ${this.#settings.matchBy.join(", ")}`;
    const linked = new Set<string>();
    for (const [name, those] of Map.groupBy(pairs, ({ candidate }) => candidate.entity)) {
      const kind = this.#kinds.get(name);
      if (kind === undefined) continue;
      const links = those.flatMap(({ rowId, candidate }): readonly FirstLink[] => {
        const record = findings.record(candidate.id);
        return record === undefined ? [] : firstLink(kind, { rowId, record, rule });
      });
      const linking = { links, rules: kind.linking, cycle: null };
      const { rows } = await store.linkPeople(this.#lease, kind.entity.stored, linking);
      for (const { rowId, record } of links) if (rows.has(rowId)) linked.add(record.id);
    }
    return linked;
  }
}

interface Paired {
  readonly rowId: string;
  readonly candidate: Candidate;
}

/** Records of a plan that become somebody's for the first time, with a row of their own or with that of their lead. */
function newIn({ creates, life }: PagePlan): readonly string[] {
  return [...creates.map(({ id }) => id), ...life.adopts.map(({ row }) => row.id)];
}

/** What the records say about whose person they are stays in the plan. */
function without(plan: PagePlan, ids: ReadonlySet<string>): PagePlan {
  if (ids.size === 0) return plan;
  const creates = plan.creates.filter(({ id }) => !ids.has(id));
  const adopts = plan.life.adopts.filter(({ row }) => !ids.has(row.id));
  const fewer = newIn(plan).length - creates.length - adopts.length;
  return { ...plan, creates, life: { ...plan.life, adopts }, unchanged: plan.unchanged + fewer };
}
