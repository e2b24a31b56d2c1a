/**
 * The two static lists of a campaign that hold who was added from here: found under their name or made, once, and
 * attached to the campaign.
 */
import type { CampaignList } from "../core/campaign-port.ts";
import type { SourceRecord } from "../core/change.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { OutValue, Outcome } from "../core/sink-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { CampaignParts, EngineParts } from "./ports.ts";

/** What the lists of a cycle are made with. */
export interface ListMaking {
  readonly sink: EngineParts["sink"];
  readonly campaigns: CampaignParts;
  readonly lease: Lease;
  /** The entity of marketing lists. */
  readonly lists: ConnectedEntity;
  readonly signal: AbortSignal;
}

/** A list that people can be put on, or why there is none. */
export type ReadyList = { readonly list: CampaignList } | { readonly failed: Outcome };

/**
 * The list of a campaign for a kind of record. One that somebody has detached is attached again, and one that was
 * deleted is made anew.
 * @throws SyncError what the sink or the store throws; nothing is made twice by repeating it
 */
export async function readyList(
  making: ListMaking,
  campaign: string,
  kind: PersonEntity,
): Promise<ReadyList> {
  const { campaigns, lease, signal } = making;
  let list = await campaigns.store.campaignList(lease, campaign, kind);
  if (list.made && (await missingLists(making, [list.id])).length > 0) {
    await campaigns.store.forgetLists(lease, [list.id]);
    list = await campaigns.store.campaignList(lease, campaign, kind);
  }
  if (!list.made) {
    const ready = await findOrMake(making, list);
    if ("failed" in ready) return ready;
    ({ list } = ready);
    await campaigns.store.keepList(lease, list);
  }
  const item = { campaign, item: list.id };
  if (await campaigns.store.isAttached(item)) return { list };
  const attached = await campaigns.sink.attachList(list.id, campaign, signal);
  if (attached.kind !== "written") return { failed: attached };
  await campaigns.store.saveItem(lease, item);
  return { list };
}

/** Of the given lists, those that Dynamics no longer has. */
export async function missingLists(
  { sink, lists, signal }: ListMaking,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const found = new Set((await sink.read(lists.description, ids, [], signal)).map(({ id }) => id));
  return ids.filter((id) => !found.has(id));
}

/** Lists of that name that the native sync or somebody else has made are used, where they can be. */
async function findOrMake(making: ListMaking, list: CampaignList): Promise<ReadyList> {
  const { sink, lists, signal } = making;
  const { description } = lists;
  const search = { entity: description, attribute: "listname", values: [list.name], attributes: FACTS };
  const named = await sink.find(search, signal);
  const usable = named.filter((record) => isUsable(record, list.kind)).toSorted(oldestFirst);
  const found = usable.find(({ id }) => id === list.id) ?? usable[0];
  if (found !== undefined) return { list: { ...list, id: found.id, made: true } };
  if (named.length > 0) return { failed: misused(list) };
  const write = { kind: "create", id: list.id, guard: null, values: valuesOf(list) } as const;
  const outcome = (await sink.write(description, [write], signal)).get(list.id);
  if (outcome?.kind === "written" || outcome?.kind === "exists") return { list: { ...list, made: true } };
  return { failed: outcome ?? { kind: "unknown", detail: "No answer spoke of the list." } };
}

/** Attributes of a list: for which kind of record it is, whether it is dynamic, and whether it is active. */
const FACTS = ["createdfromcode", "type", "statecode"] as const;

/** `createdfromcode` of the Web API. */
const MEMBER_TYPES: Readonly<Record<PersonEntity, number>> = { contact: 2, lead: 4 };

function isUsable({ fields }: SourceRecord, kind: PersonEntity): boolean {
  return (
    fields["createdfromcode"] === MEMBER_TYPES[kind] && fields["type"] !== true && fields["statecode"] !== 1
  );
}

function oldestFirst(one: SourceRecord, other: SourceRecord): number {
  const difference = BigInt(one.version) - BigInt(other.version);
  return difference < 0n ? -1 : Number(difference > 0n);
}

function misused({ name, kind }: CampaignList): Outcome {
  return {
    kind: "refused",
    code: "write_refused",
    field: null,
    detail: `Dynamics has a list named ${name}, but it is not an active static list of ${kind}s. Rename it there.`,
  };
}

function valuesOf({ name, kind }: CampaignList): readonly OutValue[] {
  const values = { listname: name, type: false, createdfromcode: MEMBER_TYPES[kind], description: ABOUT };
  return Object.entries(values).map(([property, value]) => ({ kind: "value", property, value }));
}

const ABOUT = "Kept by marketing: people are put on this list and taken off it there.";
