/**
 * People of marketing come into campaigns of Dynamics, and out of them again. A batch a turn.
 */
import { failedFate, hadBeenThere, hadNoEffect, planMember } from "../core/campaign-plan.ts";
import type { MemberPlan } from "../core/campaign-plan.ts";
import type {
  DueMember,
  ListEntry,
  MemberFate,
  MemberSettlement,
  PersonRecord,
} from "../core/campaign-port.ts";
import { memberKey } from "../core/campaign-port.ts";
import { SyncError } from "../core/errors.ts";
import type { MemberList } from "../core/list-port.ts";
import { troubleIn } from "../core/push-outcome.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { Outcome } from "../core/sink-port.ts";
import type { EntityTrouble, Lease, StoredEntity } from "../core/store-port.ts";
import type { ListMaking } from "./campaign-lists.ts";
import { missingLists, readyList } from "./campaign-lists.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { CampaignParts, CycleSettings, EngineParts } from "./ports.ts";
import type { PushStep } from "./push.ts";
import type { TurnTaker } from "./turns.ts";

/** What campaigns are worked on with: the entity of marketing lists, and the kinds of people. */
export interface CampaignSubject {
  readonly campaigns: CampaignParts;
  readonly lists: ConnectedEntity;
  readonly kinds: ReadonlyMap<PersonEntity, StoredEntity>;
  readonly cycle: string;
}

/** One where the entities of campaigns and of their lists are connected; none otherwise. */
export function campaignsOf(
  parts: EngineParts,
  lease: Lease,
  settings: CycleSettings,
  { entities, cycle }: { readonly entities: readonly ConnectedEntity[]; readonly cycle: string },
): readonly Campaigns[] {
  const named = (name: string): ConnectedEntity | undefined =>
    entities.find(({ description }) => description.name === name);
  const lists = named("list");
  const kinds = new Map(
    entities.flatMap(({ stored }): [PersonEntity, StoredEntity][] =>
      stored.mapping.crmType === undefined ? [] : [[stored.mapping.crmType, stored]],
    ),
  );
  if (parts.campaigns === undefined || lists === undefined) return [];
  if (named("campaign") === undefined || kinds.size === 0) return [];
  return [new Campaigns(parts, lease, settings, { campaigns: parts.campaigns, lists, kinds, cycle })];
}

export class Campaigns implements TurnTaker {
  readonly whole = false;
  readonly #parts: EngineParts;
  readonly #lease: Lease;
  readonly #limit: number;
  readonly #subject: CampaignSubject;
  #begun = false;
  /** Whether it is still to be looked for people whose record has become another one: once a cycle. */
  #moved = true;

  constructor(parts: EngineParts, lease: Lease, settings: CycleSettings, subject: CampaignSubject) {
    this.#parts = parts;
    this.#lease = lease;
    this.#limit = Math.min(settings.pushSize, MOST);
    this.#subject = subject;
  }

  /** Where what keeps people from coming into campaigns is shown. */
  get entity(): ConnectedEntity {
    return this.#subject.lists;
  }

  /** There is nothing to let go of: each turn begins with what is due then. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Carries out one batch of wishes. The first turn of a cycle also reads which lists belong to which campaigns.
   * @throws SyncError what the sink or the store throws; what was sent by then is looked up with the next turn
   */
  async step(signal: AbortSignal): Promise<PushStep> {
    const { store } = this.#subject.campaigns;
    await this.#begin(signal);
    const making = this.#making(signal);
    const moved = this.#moved;
    const due = await store.dueMembers(this.#lease, { limit: this.#limit, moved });
    this.#moved = moved && due.length === this.#limit;
    const more = moved || due.length === this.#limit;
    if (await forgetMissing(making, due)) return { ...NOTHING, turn: "again" };
    const round = new Round(making);
    const settlements = await round.carryOut(due);
    const done = await this.#settle(settlements);
    const trouble = await this.#show(round.trouble);
    return { ...done, updated: 0, turn: more && trouble === null ? "again" : "end", trouble };
  }

  async #begin(signal: AbortSignal): Promise<void> {
    if (this.#begun) return;
    const { store, sink } = this.#subject.campaigns;
    await store.reviewMembers(this.#lease);
    await store.saveItems(this.#lease, await sink.campaignItems(signal));
    this.#begun = true;
  }

  #making(signal: AbortSignal): ListMaking {
    const { campaigns, lists } = this.#subject;
    return { sink: this.#parts.sink, campaigns, lease: this.#lease, lists, signal };
  }

  async #settle(settlements: readonly MemberSettlement[]): Promise<Pick<PushStep, "pushed" | "refused">> {
    if (settlements.length === 0) return { pushed: 0, refused: 0 };
    const { campaigns, kinds, cycle } = this.#subject;
    return campaigns.store.settleMembers(this.#lease, kinds, { settlements, cycle });
  }

  async #show(trouble: EntityTrouble | null): Promise<SyncError | null> {
    const { store } = this.#parts;
    const { stored, description } = this.entity;
    if (trouble !== null) await store.setPushTrouble(this.#lease, stored, trouble);
    else if (stored.pushTroubled) await store.reviewPushTrouble(this.#lease, stored);
    if (trouble === null) return null;
    return new SyncError(trouble.code, trouble.message, { entity: description.name });
  }
}

/** People in one turn: taking somebody off a list is a request of its own. */
const MOST = 500;

const NOTHING: PushStep = { pushed: 0, refused: 0, updated: 0, turn: "end", trouble: null };

/** Whoever was on a list that Dynamics has deleted is on none; true when there were such. */
async function forgetMissing(making: ListMaking, due: readonly DueMember[]): Promise<boolean> {
  const used = new Set(due.flatMap(({ entries }) => entries.map(({ list }) => list)));
  const missing = await missingLists(making, [...used]);
  if (missing.length > 0) await making.campaigns.store.forgetLists(making.lease, missing);
  return missing.length > 0;
}

/** A person on the way, and what became of it so far. */
interface Progress {
  readonly member: DueMember;
  readonly plan: MemberPlan;
  /** The record as it stands on the list now. */
  put: ListEntry | null;
  /** Put there, or taken off, by this. */
  anew: boolean;
  readonly dropped: ListEntry[];
  failed: MemberFate | null;
}

/** One batch: first everybody is put on the lists they belong on, then taken off those they do not. */
class Round {
  readonly #making: ListMaking;
  trouble: EntityTrouble | null = null;

  constructor(making: ListMaking) {
    this.#making = making;
  }

  async carryOut(due: readonly DueMember[]): Promise<readonly MemberSettlement[]> {
    const settled: MemberSettlement[] = [];
    const open: Progress[] = [];
    for (const member of due) {
      const plan = planMember(member);
      if ("fate" in plan) settled.push({ member, fate: plan.fate, put: null, dropped: plan.drop });
      else open.push({ member, plan, put: null, anew: false, dropped: [...plan.drop], failed: null });
    }
    await this.#putAll(open);
    await this.#takeOffAll(open.filter(({ failed }) => failed === null));
    return [...settled, ...open.map(settlementOf)];
  }

  async #putAll(open: readonly Progress[]): Promise<void> {
    const putting = open.flatMap((progress) =>
      progress.plan.put === null ? [] : [{ progress, record: progress.plan.put }],
    );
    const groups = Map.groupBy(
      putting,
      ({ progress, record }) => `${progress.member.campaign.id} ${record.kind}`,
    );
    for (const group of groups.values()) {
      const [first] = group;
      if (first === undefined) continue;
      const ready = await readyList(this.#making, first.progress.member.campaign.id, first.record.kind);
      if ("failed" in ready) for (const { progress } of group) this.#fail(progress, ready.failed);
      else await this.#put(ready.list, group);
    }
  }

  /** Who is on the list already is not put there again: whether they were there before is to be known. */
  async #put(list: MemberList, group: readonly Putting[]): Promise<void> {
    const { campaigns, lease, signal } = this.#making;
    const there = await campaigns.sink.onList(
      list,
      group.map(({ record }) => record.id),
      signal,
    );
    for (const { progress, record } of group.filter(({ record: { id } }) => there.has(id))) {
      const { member } = progress;
      const before = hadBeenThere(member, record);
      const own = member.entries.find(({ id }) => id === record.id);
      progress.put = { ...record, list: list.id, wasThere: before, settled: true };
      progress.anew = own?.settled === false && !before;
    }
    const adding = group
      .filter(({ record }) => !there.has(record.id))
      .map(({ progress, record }) => {
        const entry = { ...record, list: list.id, wasThere: false, settled: false };
        return { progress, member: progress.member, entry };
      });
    if (adding.length === 0) return;
    const noted = await campaigns.store.noteMembers(lease, adding);
    const sent = adding.filter(({ member }) => noted.has(memberKey(member)));
    for (const { progress } of adding.filter((one) => !sent.includes(one))) progress.failed = NOT_ANY_MORE;
    const outcomes = await campaigns.sink.putOnList(
      list,
      sent.map(({ entry }) => entry.id),
      signal,
    );
    for (const { progress, entry } of sent) this.#wasPut(progress, entry, outcomes.get(entry.id));
  }

  #wasPut(progress: Progress, entry: ListEntry, outcome: Outcome | undefined): void {
    if (outcome?.kind === "written") {
      progress.put = { ...entry, settled: true };
      progress.anew = true;
      return;
    }
    this.#fail(progress, outcome);
    if (hadNoEffect(outcome)) progress.dropped.push(entry);
  }

  async #takeOffAll(open: readonly Progress[]): Promise<void> {
    const leaving = open.flatMap((progress) => progress.plan.takeOff.map((entry) => ({ progress, entry })));
    for (const group of Map.groupBy(leaving, ({ entry }) => entry.list).values()) await this.#takeOff(group);
  }

  async #takeOff(group: readonly Leaving[]): Promise<void> {
    const { campaigns, signal } = this.#making;
    const [first] = group;
    if (first === undefined) return;
    const list = { id: first.entry.list, kind: first.entry.kind };
    const there = await campaigns.sink.onList(
      list,
      group.map(({ entry }) => entry.id),
      signal,
    );
    const on = group.filter(({ entry }) => there.has(entry.id));
    for (const { progress, entry } of group) if (!there.has(entry.id)) progress.dropped.push(entry);
    const outcomes = await campaigns.sink.takeOffList(
      list,
      on.map(({ entry }) => entry.id),
      signal,
    );
    for (const { progress, entry } of on) {
      const outcome = outcomes.get(entry.id);
      if (outcome?.kind !== "written") this.#fail(progress, outcome);
      else progress.dropped.push(entry);
    }
  }

  #fail(progress: Progress, outcome: Outcome | undefined): void {
    progress.failed ??= failedFate(outcome);
    this.trouble ??= outcome === undefined ? null : troubleIn(outcome);
  }
}

interface Putting {
  readonly progress: Progress;
  readonly record: PersonRecord;
}

interface Leaving {
  readonly progress: Progress;
  readonly entry: ListEntry;
}

/** The wish is another one by now: the next turn takes that. */
const NOT_ANY_MORE: MemberFate = { kind: "later", afterMs: 0 };

function settlementOf({ member, put, anew, dropped, failed }: Progress): MemberSettlement {
  if (failed !== null) return { member, fate: failed, put: null, dropped };
  if (member.wish === "remove") {
    // What a process that ended had taken off is not on the list any more, and was told by nobody.
    return { member, fate: { kind: "removed", anew: dropped.some(isOurs) }, put, dropped };
  }
  const fate: MemberFate = { kind: "added", wasThere: put?.wasThere ?? false, anew };
  return { member, fate, put, dropped };
}

function isOurs({ wasThere: before, settled }: ListEntry): boolean {
  return !before && settled;
}
