/**
 * People in campaigns where they are stored, behind the engine's port.
 */
import type pg from "pg";
import type { Backoff } from "../core/backoff.ts";
import { delayMs } from "../core/backoff.ts";
import { memberActivities } from "../core/campaign-plan.ts";
import type {
  CampaignStore,
  DueMember,
  ListEntry,
  MemberFate,
  MemberSettlement,
} from "../core/campaign-port.ts";
import { memberKey } from "../core/campaign-port.ts";
import type { Settled } from "../core/push-port.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { recordActivities } from "./activities.ts";
import { chooseList, forgetLists, isAttached, keepList, saveItem, saveItems } from "./campaign-lists.ts";
import type { Database, Queryable, Workspace } from "./database.ts";
import { asSyncError, marketingTable, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";
import { PEOPLE } from "./requests.ts";

/** What is not possible at the moment is tried again soon at first, then every quarter of an hour. */
const RETRIES: Backoff = { baseMs: 500, maxMs: 900_000, attempts: Infinity };

/** Opens it on a database that has been migrated. */
export function openCampaignStore(database: Database): CampaignStore {
  const { workspace, pool } = database;
  const leased = <T>(lease: Lease, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    transaction(database, async (client) => {
      await requireLease(client, lease);
      return work(client);
    });
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw asSyncError(error);
    }
  };
  return {
    reviewMembers: (lease) => leased(lease, (client) => reviewMembers(client, workspace, lease)),
    dueMembers: (lease, wish) => read(() => dueMembers(pool, workspace, lease, wish)),
    campaignList: (lease, campaign, kind) =>
      leased(lease, (client) => chooseList(client, lease, { campaign, kind })),
    keepList: (lease, list) => leased(lease, (client) => keepList(client, lease, list)),
    forgetLists: (lease, lists) => leased(lease, (client) => forgetLists(client, workspace, lease, lists)),
    noteMembers: (lease, adding) => leased(lease, (client) => noteMembers(client, workspace, lease, adding)),
    settleMembers: (lease, kinds, settling) =>
      leased(lease, (client) => settleMembers(client, { workspace, lease, kinds, ...settling })),
    saveItems: (lease, items) => leased(lease, (client) => saveItems(client, workspace, lease, items)),
    isAttached: (item) => read(() => isAttached(pool, workspace, item)),
    saveItem: (lease, item) => leased(lease, (client) => saveItem(client, workspace, item)),
  };
}

/** Members follow their person by a foreign key, which can be made only when there is a table of people. */
async function reviewMembers(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
): Promise<void> {
  const members = marketingTable(workspace, "campaign_members");
  const people = marketingTable(workspace, PEOPLE);
  const { rowCount } = await client.query(
    "select from pg_constraint where conname = $2 and conrelid = $1::regclass",
    [members, FOLLOWS],
  );
  if (rowCount === 0) {
    await client.query(`delete from ${members} where person_id not in (select id from ${people})`);
    await client.query(
      `alter table ${members} add constraint ${FOLLOWS}
         foreign key (person_id) references ${people} (id) on delete cascade`,
    );
  }
  await client.query(
    `update ${members} m
        set state = 'removed', was_there = false, detail = $2, revision = m.revision + 1, changed_at = now()
       from links l
       join ${people} p on p.id = l.row_id
      where l.state = 'd' and l.entity_id in (${OF_PEOPLE}) and m.person_id = p.id and m.state = 'added' and p.crm_deleted`,
    [connectionId, "Dynamics has deleted their record."],
  );
  await client.query(
    `delete from list_entries n using links l join ${people} p on p.crm_id = l.crm_id
      where l.state = 'd' and l.entity_id in (${OF_PEOPLE}) and p.crm_deleted
        and n.connection_id = $1 and n.crm_id = l.crm_id`,
    [connectionId],
  );
}

const FOLLOWS = "campaign_members_follow";

/** SQL of the entities that people are made of; `$1` is the connection. */
const OF_PEOPLE = `select id from entities where connection_id = $1 and table_name = '${PEOPLE}'`;

/** SQL of what is on our lists of campaign `c` for person `p` through a record that was theirs before. */
const EARLIER = `
  select n.kind, n.crm_id, n.list_id, n.was_there, n.settled
    from links l
    join entities e on e.id = l.entity_id and e.connection_id = $1 and e.table_name = '${PEOPLE}'
    join list_entries n on n.connection_id = $1 and n.crm_id = l.crm_id and n.campaign = c.crm_id
   where l.row_id = p.id and l.state = 'm' and l.crm_id is distinct from p.crm_id`;

/** The same, with their record of today. */
const ENTRIES = `
  select n.kind, n.crm_id, n.list_id, n.was_there, n.settled
    from list_entries n
   where n.connection_id = $1 and n.crm_id = p.crm_id and n.campaign = c.crm_id
   union all ${EARLIER}`;

async function dueMembers(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
  { limit, moved }: { readonly limit: number; readonly moved: boolean },
): Promise<readonly DueMember[]> {
  const { rows } = await client.query<DueMember>(
    `select m.campaign_id as "campaignId", m.person_id as "personId", m.revision, m.attempts,
            case m.state when 'asked-to-add' then 'add' when 'asked-to-remove' then 'remove' else 'stay' end as wish,
            json_build_object('id', c.crm_id, 'name', coalesce(to_jsonb(c) ->> 'name', c.id::text),
                              'gone', c.crm_deleted or c.crm_id is null) as campaign,
            case when p.crm_id is not null and not p.crm_deleted
                 then json_build_object('kind', p.crm_type, 'id', p.crm_id) end as record,
            coalesce((select json_agg(json_build_object('kind', s.kind, 'id', s.crm_id, 'list', s.list_id,
                                                        'wasThere', s.was_there, 'settled', s.settled)
                                      order by s.crm_id)
                        from (${ENTRIES}) s), '[]') as entries
       from ${marketingTable(workspace, "campaign_members")} m
       join ${marketingTable(workspace, "campaigns")} c on c.id = m.campaign_id
       join ${marketingTable(workspace, PEOPLE)} p on p.id = m.person_id
      where (m.retry_at is null or m.retry_at <= now()) and ${moved ? hasMoved(workspace) : IS_ASKED}
      order by m.asked_at, m.person_id, m.campaign_id
      limit $2`,
    [connectionId, limit],
  );
  return rows;
}

/** Whoever is to be added has a record by then; the campaign is asked about that first. */
const IS_ASKED = `m.state in ('asked-to-add', 'asked-to-remove')
  and (m.state = 'asked-to-remove' or c.crm_deleted or c.crm_id is null or (p.crm_id is not null and not p.crm_deleted))`;

/** SQL of who has something of `EARLIER`, beginning with that: of all members there are, few have. */
function hasMoved(workspace: Workspace): string {
  return `m.state = 'added' and p.crm_id is not null and not p.crm_deleted and not c.crm_deleted
    and (m.campaign_id, m.person_id) in (
      select c.id, p.id
        from links l
        join list_entries n on n.connection_id = $1 and n.crm_id = l.crm_id
        join ${marketingTable(workspace, "campaigns")} c on c.crm_id = n.campaign
        join ${marketingTable(workspace, PEOPLE)} p on p.id = l.row_id and p.crm_id is distinct from l.crm_id
       where l.state = 'm' and l.entity_id in (${OF_PEOPLE}))`;
}

async function noteMembers(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
  adding: Parameters<CampaignStore["noteMembers"]>[1],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<Pick<DueMember, "campaignId" | "personId">>(
    `select m.campaign_id as "campaignId", m.person_id as "personId"
       from json_to_recordset($1) as a("campaignId" bigint, "personId" bigint, revision bigint)
       join ${marketingTable(workspace, "campaign_members")} m
         on m.campaign_id = a."campaignId" and m.person_id = a."personId" and m.revision = a.revision
      order by m.campaign_id, m.person_id
        for share of m`,
    [JSON.stringify(adding.map(({ member }) => namesOf(member)))],
  );
  const noted = new Set(rows.map(memberKey));
  const entries = adding.filter(({ member }) => noted.has(memberKey(member)));
  await putEntries(
    client,
    connectionId,
    entries.map(({ member, entry }) => entryRow(member, entry)),
  );
  return noted;
}

function namesOf({
  campaignId,
  personId,
  revision,
}: DueMember): Pick<DueMember, "campaignId" | "personId" | "revision"> {
  return { campaignId, personId, revision };
}

type EntryRow = ListEntry & { readonly campaign: string };

function entryRow({ campaign }: DueMember, entry: ListEntry): EntryRow {
  return { ...entry, campaign: campaign.id };
}

async function putEntries(
  client: Queryable,
  connectionId: number,
  entries: readonly EntryRow[],
): Promise<void> {
  await client.query(
    `insert into list_entries (connection_id, list_id, crm_id, campaign, kind, was_there, settled)
     select $1, list, id, campaign, kind, "wasThere", settled
       from json_to_recordset($2) as n(list uuid, id uuid, campaign uuid, kind text, "wasThere" boolean, settled boolean)
     on conflict (connection_id, list_id, crm_id) do update
       set was_there = excluded.was_there, settled = excluded.settled`,
    [connectionId, JSON.stringify(entries)],
  );
}

interface Settling {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly kinds: ReadonlyMap<PersonEntity, StoredEntity>;
  readonly settlements: readonly MemberSettlement[];
  readonly cycle: string;
}

async function settleMembers(
  client: pg.ClientBase,
  { workspace, lease, kinds, settlements, cycle }: Settling,
): Promise<Settled> {
  const { connectionId } = lease;
  const dropped = settlements.flatMap((settlement) => settlement.dropped);
  await client.query(
    `delete from list_entries n using json_to_recordset($2) as d(list uuid, id uuid)
      where n.connection_id = $1 and n.list_id = d.list and n.crm_id = d.id`,
    [connectionId, JSON.stringify(dropped)],
  );
  const put = settlements.flatMap((one) => (one.put === null ? [] : [entryRow(one.member, one.put)]));
  await putEntries(client, connectionId, put);
  await client.query(
    `update ${marketingTable(workspace, "campaign_members")} m
        set state = coalesce(s.state, m.state), was_there = coalesce(s.was_there, m.was_there), code = s.code,
            detail = s.detail, attempts = s.attempts, retry_at = now() + s.retry_ms * interval '1 millisecond',
            changed_at = case when s.state is null then m.changed_at else now() end
       from json_to_recordset($1) as s("campaignId" bigint, "personId" bigint, revision bigint, state text,
                                       was_there boolean, code text, detail text, attempts int, retry_ms float8)
      where m.campaign_id = s."campaignId" and m.person_id = s."personId" and m.revision = s.revision`,
    [JSON.stringify(settlements.map(settledRow))],
  );
  for (const [kind, entity] of kinds) {
    const activities = settlements.filter(({ member }) => kindOf(member) === kind).flatMap(memberActivities);
    await recordActivities(client, lease, { workspace, entity, cycle }, activities);
  }
  const count = (is: (fate: MemberFate) => boolean): number =>
    settlements.filter(({ fate }) => is(fate)).length;
  return {
    pushed: count((fate) => "anew" in fate && fate.anew),
    refused: count(({ kind }) => kind === "refused"),
  };
}

function kindOf({ record, entries }: DueMember): PersonEntity {
  return record?.kind ?? entries[0]?.kind ?? "lead";
}

/** A member as it is to be; a state that is absent stays. */
function settledRow({ member, fate }: MemberSettlement): Readonly<Record<string, unknown>> {
  const names = namesOf(member);
  switch (fate.kind) {
    case "added":
      return { ...names, state: "added", was_there: fate.wasThere, attempts: 0 };
    case "removed":
      return { ...names, state: "removed", was_there: false, attempts: 0 };
    case "was-there":
      return { ...names, state: "added", was_there: true, attempts: 0, detail: WAS_THERE };
    case "refused":
      return { ...names, state: "refused", code: fate.code, detail: fate.detail, attempts: 0 };
    case "later": {
      const attempts = member.attempts + 1;
      return { ...names, attempts, retry_ms: Math.max(fate.afterMs, delayMs(attempts, RETRIES, 1)) };
    }
  }
}

const WAS_THERE = "They were in the campaign before they were added from here, and stay in it.";
