/**
 * Marketing lists: who is on a static list, putting records on it and taking them off, and the campaigns it belongs to.
 * Members are not records of their own to write: the service has actions for them.
 */
import type { CampaignItem, ListSink, MemberList } from "../../core/list-port.ts";
import type { Outcome, Write } from "../../core/sink-port.ts";
import type { Command, DataverseClient } from "./client.ts";
import { pathsForIds } from "./id-filter.ts";
import { outcomeOf } from "./outcome.ts";
import type { Collection } from "./records.ts";
import { demandOnward, readCollection } from "./records.ts";
import { JSON_BODY } from "./write-command.ts";
import { laterOf } from "./write-exchange.ts";
import { halves } from "./write-shares.ts";

/** Records that one request puts on a list; the service does them in one transaction, within two minutes. */
const MOST = 200;

/** Opens the lists of an organization. */
export function openMemberLists(client: DataverseClient): ListSink {
  return {
    onList: async (list, ids, signal) => onList(client, list, ids, signal),
    putOnList: async (list, ids, signal) => {
      const told: Told[] = [];
      for (let start = 0; start < ids.length; start += MOST) {
        told.push(...(await putOnList(client, list, ids.slice(start, start + MOST), signal)));
      }
      return new Map(told);
    },
    takeOffList: async (list, ids, signal) =>
      new Map(
        await Promise.all(
          ids.map(async (id): Promise<Told> => [id, await carryOut(client, removal(list, id), id, signal)]),
        ),
      ),
    attachList: async (list, campaign, signal) => attachList(client, { list, campaign }, signal),
    campaignItems: async (signal) => campaignItems(client, signal),
  };
}

type Told = readonly [id: string, outcome: Outcome];

async function onList(
  client: DataverseClient,
  { id, kind }: MemberList,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const members = { set: `lists(${id})/list${kind}_association`, primaryId: keyOf(kind) };
  const paths = pathsForIds(members, keyOf(kind), ids);
  const found = await Promise.all(paths.map(async (path) => readAll(client, path, "listmember", signal)));
  return new Set(found.flat().map((record) => textOf(record, keyOf(kind))));
}

/** Reads every page behind a path. */
async function readAll(
  client: DataverseClient,
  path: string,
  entity: string,
  signal: AbortSignal,
): Promise<readonly Fields[]> {
  const records: Fields[] = [];
  for (let link: string | undefined = path; link !== undefined;) {
    const from: string = link;
    const { body }: { readonly body: Collection } = await client.get(
      from,
      { entity, read: readCollection },
      signal,
    );
    records.push(...(body.value as Fields[]));
    const next = body["@odata.nextLink"];
    link = next === undefined ? undefined : demandOnward(next, from, entity);
  }
  return records;
}

type Fields = Readonly<Record<string, unknown>>;

function textOf(record: Fields, name: string): string {
  return String(record[name]).toLowerCase();
}

/** A request that is refused is taken apart until who is to blame is alone. */
async function putOnList(
  client: DataverseClient,
  list: MemberList,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly Told[]> {
  const [first] = ids;
  if (first === undefined) return [];
  const outcome = await carryOut(client, addition(list, ids), first, signal);
  const decided = outcome.kind === "written" || outcome.kind === "later" || outcome.kind === "unknown";
  if (decided || ids.length === 1) return ids.map((id): Told => [id, outcome]);
  const told: Told[] = [];
  for (const half of halves(ids)) told.push(...(await putOnList(client, list, half, signal)));
  return told;
}

async function attachList(
  client: DataverseClient,
  { list, campaign }: { readonly list: string; readonly campaign: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const command = action(`lists(${list})/Microsoft.Dynamics.CRM.AddItemCampaign`, {
    Campaign: reference("campaign", campaign),
  });
  const outcome = await carryOut(client, command, list, signal);
  if (outcome.kind === "written" || outcome.kind === "later") return outcome;
  const own = { set: `campaigns(${campaign})/campaignlist_association`, primaryId: "listid" };
  try {
    const [path = ""] = pathsForIds(own, "listid", [list]);
    const found = await readAll(client, path, "list", signal);
    return found.length === 0 ? outcome : { kind: "written", version: null };
  } catch (error) {
    return laterOf(error);
  }
}

async function campaignItems(client: DataverseClient, signal: AbortSignal): Promise<readonly CampaignItem[]> {
  const records = await readAll(client, "campaignitems?$select=campaignid,entityid", "campaignitem", signal);
  return records
    .filter(({ campaignid, entityid }) => typeof campaignid === "string" && typeof entityid === "string")
    .map((record) => ({ campaign: textOf(record, "campaignid"), item: textOf(record, "entityid") }));
}

/** What became of an action, as told about one record of it: there is no version to show. */
async function carryOut(
  client: DataverseClient,
  command: Command,
  id: string,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const reply = await client.send(command, signal);
    if (reply.kind === "lost") return { kind: "unknown", detail: reply.detail };
    if (reply.status >= 200 && reply.status < 300) return { kind: "written", version: null };
    const write: Write = { kind: "update", id, guard: null, values: [] };
    return outcomeOf(write, NOTHING_TO_NAME, reply, client.now());
  } catch (error) {
    return laterOf(error);
  }
}

/** Of an action no attribute is to blame. */
const NOTHING_TO_NAME = { primaryId: "", attributes: [] } as const;

function addition(list: MemberList, ids: readonly string[]): Command {
  return action("AddListMembersList", {
    List: reference("list", list.id),
    Members: ids.map((id) => reference(list.kind, id)),
  });
}

function removal({ id, kind }: MemberList, member: string): Command {
  return action(`lists(${id})/Microsoft.Dynamics.CRM.RemoveMemberList`, {
    EntityId: reference(kind, member),
  });
}

function reference(entity: string, id: string): Readonly<Record<string, string>> {
  return { [keyOf(entity)]: id, "@odata.type": `Microsoft.Dynamics.CRM.${entity}` };
}

function keyOf(entity: string): string {
  return `${entity}id`;
}

function action(path: string, parameters: unknown): Command {
  return {
    method: "POST",
    path,
    headers: { "content-type": JSON_BODY },
    body: JSON.stringify(parameters),
  };
}
