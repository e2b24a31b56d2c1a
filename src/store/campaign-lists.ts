/**
 * The lists that hold who was added to campaigns, and which lists belong to which campaigns.
 */
import type { CampaignList } from "../core/campaign-port.ts";
import type { CampaignItem } from "../core/list-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";

/** A list of ours, by what it is for. */
type ListPlace = Pick<CampaignList, "campaign" | "kind">;

/** The list of a campaign for a kind; where there is none yet, its id and its name are chosen. */
export async function chooseList(
  client: Queryable,
  { connectionId }: Lease,
  { campaign, kind }: ListPlace,
): Promise<CampaignList> {
  await client.query(
    `insert into member_lists (connection_id, campaign, kind, name)
     select id, $2::uuid, $3::text, list_prefix || $3::text || 's-' || $2::uuid from connections where id = $1
     on conflict do nothing`,
    [connectionId, campaign, kind],
  );
  const { rows } = await client.query<{ id: string; name: string; made: boolean }>(
    "select list_id as id, name, made from member_lists where connection_id = $1 and campaign = $2 and kind = $3",
    [connectionId, campaign, kind],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("a list vanished while it was being chosen");
  return { ...row, campaign, kind };
}

/** Stores that a list is there, and its id. */
export async function keepList(
  client: Queryable,
  { connectionId }: Lease,
  { campaign, kind, id, made }: CampaignList,
): Promise<void> {
  await client.query(
    "update member_lists set list_id = $4, made = $5 where connection_id = $1 and campaign = $2 and kind = $3",
    [connectionId, campaign, kind, id, made],
  );
}

/** Lists are gone: another one is chosen when it is needed, and whoever was on them is out of the campaign. */
export async function forgetLists(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
  lists: readonly string[],
): Promise<void> {
  await client.query("delete from member_lists where connection_id = $1 and list_id = any($2::uuid[])", [
    connectionId,
    lists,
  ]);
  await client.query(
    `with gone as (
       delete from list_entries where connection_id = $1 and list_id = any($2::uuid[]) returning *
     )
     update ${marketingTable(workspace, "campaign_members")} m
        set state = 'removed', was_there = false, detail = $3, revision = m.revision + 1, changed_at = now()
       from gone g
       join entities e on e.connection_id = $1 and e.name = g.kind
       join links l on l.entity_id = e.id and l.crm_id = g.crm_id
       join ${marketingTable(workspace, "campaigns")} c on c.crm_id = g.campaign
      where m.campaign_id = c.id and m.person_id = l.row_id and m.state = 'added'`,
    [connectionId, lists, "Dynamics has deleted the list they were on."],
  );
}

/** Stores which lists belong to which campaigns. Items that are no known list are left out. */
export async function saveItems(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
  items: readonly CampaignItem[],
): Promise<void> {
  const table = marketingTable(workspace, "campaign_lists");
  const those = `
    with items as (
      select distinct i.campaign, i.item
        from unnest($2::uuid[], $3::uuid[]) as i(campaign, item)
       where exists (select from entities e join links l on l.entity_id = e.id
                      where e.connection_id = $1 and e.name = 'list' and l.crm_id = i.item)
          or exists (select from member_lists m where m.connection_id = $1 and m.list_id = i.item)
    )`;
  const values = [connectionId, items.map(({ campaign }) => campaign), items.map(({ item }) => item)];
  await client.query(
    `${those} delete from ${table} t
      where (t.campaign_crm_id, t.list_crm_id) not in (select campaign, item from items)`,
    values,
  );
  await client.query(
    `${those} insert into ${table} select campaign, item from items on conflict do nothing`,
    values,
  );
}

/** Adds one that was just made so. */
export async function saveItem(
  client: Queryable,
  workspace: Workspace,
  { campaign, item }: CampaignItem,
): Promise<void> {
  await client.query(
    `insert into ${marketingTable(workspace, "campaign_lists")} values ($1, $2) on conflict do nothing`,
    [campaign, item],
  );
}

/** True when it is stored that the list belongs to the campaign. */
export async function isAttached(
  client: Queryable,
  workspace: Workspace,
  { campaign, item }: CampaignItem,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from ${marketingTable(workspace, "campaign_lists")} where campaign_crm_id = $1 and list_crm_id = $2`,
    [campaign, item],
  );
  return rowCount !== 0;
}
