/**
 * Where people look at campaigns, and ask for others to be in them.
 */
import { DatabaseError } from "pg";
import type {
  CampaignAnswer,
  CampaignAnswers,
  CampaignPeople,
  CampaignSwitch,
  CampaignWish,
  ListedCampaign,
  ListedMember,
  MemberQuery,
} from "../core/campaign-desk.ts";
import { SyncError } from "../core/errors.ts";
import { conditionsSql, unknownColumn } from "./conditions.ts";
import type { Queryable, Workspace } from "./database.ts";
import { asSyncError, marketingTable } from "./database.ts";
import { switchEntities } from "./entity-switches.ts";
import { PEOPLE } from "./requests.ts";

/** Entities that campaigns are. */
const ENTITIES = ["campaign", "list"] as const;

/**
 * As `CampaignDesk.switchCampaigns` promises, inside the caller's transaction. Lists that are chosen already keep their
 * names.
 */
export async function switchCampaigns(client: Queryable, { on, prefix }: CampaignSwitch): Promise<void> {
  await switchEntities(client, { on: on ? ENTITIES : [], off: on ? [] : ENTITIES });
  if (prefix !== null) await client.query("update connections set list_prefix = $1", [prefix]);
}

/** All campaigns that Dynamics has, by name; none while there is no table of them. */
export async function listCampaigns(
  client: Queryable,
  workspace: Workspace,
): Promise<readonly ListedCampaign[]> {
  if (!(await hasCampaigns(client, workspace))) return [];
  const { rows } = await client.query<ListedCampaign>(
    `select c.id, c.crm_id as "crmId", to_jsonb(c) ->> 'name' as name, to_jsonb(c) ->> 'status' as status,
            (select count(*)::int from ${marketingTable(workspace, "campaign_lists")} l
              where l.campaign_crm_id = c.crm_id) as lists,
            coalesce(m.added, 0) as added, coalesce(m.waiting, 0) as waiting, coalesce(m.refused, 0) as refused
       from ${marketingTable(workspace, "campaigns")} c
       left join (select campaign_id, count(*) filter (where state = 'added')::int as added,
                         count(*) filter (where state in ('asked-to-add', 'asked-to-remove'))::int as waiting,
                         count(*) filter (where state = 'refused')::int as refused
                    from ${marketingTable(workspace, "campaign_members")} group by campaign_id) m
         on m.campaign_id = c.id
      where c.crm_id is not null and not c.crm_deleted
      order by 3, c.id`,
  );
  return rows;
}

/** People who were ever asked for, a page of them; null when there is no such campaign. */
export async function listMembers(
  client: Queryable,
  workspace: Workspace,
  { campaign, after, limit }: MemberQuery,
): Promise<readonly ListedMember[] | null> {
  if (!(await isCampaign(client, workspace, campaign))) return null;
  const { rows } = await client.query<Omit<ListedMember, "askedAt"> & { readonly askedAt: Date }>(
    `select m.person_id as person, nullif(concat_ws(' ', p.facts ->> 'first_name', p.facts ->> 'last_name'), '') as name,
            p.facts ->> 'email' as email, m.state, m.was_there as "wasThere", m.code, m.detail,
            m.asked_from as "askedFrom", m.asked_by as "askedBy", m.asked_at as "askedAt",
            case when m.state = 'asked-to-add' and (p.crm_id is null or p.crm_deleted) then (
              select r.state from sync_requests r where r.row_id = m.person_id and r.state <> 'done' limit 1)
            end as request
       from ${marketingTable(workspace, "campaign_members")} m
       join (select id, crm_id, crm_deleted, to_jsonb(t) as facts from ${marketingTable(workspace, PEOPLE)} t) p
         on p.id = m.person_id
      where m.campaign_id = $1 and m.person_id > $2
      order by m.person_id
      limit $3`,
    [campaign, after, limit],
  );
  return rows.map((row) => ({ ...row, askedAt: row.askedAt.toISOString() }));
}

/**
 * Files wishes, of all of them or of none. Null when there is no such campaign.
 * @throws SyncError `configuration_invalid` with what the database has to say against it
 */
export async function askCampaign(
  client: Queryable,
  workspace: Workspace,
  { campaign, wish, who, origin }: CampaignWish & { readonly origin: "api" | "cli" },
): Promise<CampaignAnswers | null> {
  if (!(await isCampaign(client, workspace, campaign))) return null;
  const { sql, values } = chosen(workspace, who);
  try {
    const { rows } = await client.query<{ answer: CampaignAnswer; people: number }>(
      `select answer, count(*)::int as people
         from (select ask_campaign($1, id, $2, $3) as answer from (${sql}) t order by id) asked
        group by answer order by answer`,
      [campaign, wish, origin, ...values],
    );
    return Object.fromEntries(rows.map(({ answer, people }) => [answer, people]));
  } catch (error) {
    if (error instanceof DatabaseError && !SERVER_TROUBLE.test(error.code ?? ""))
      throw invalid(unknownColumn(error, "people" in who ? [] : who.conditions) ?? error.message);
    throw asSyncError(error);
  }
}

/** Classes of errors in which the database itself is at fault: connection, resources, operator, system. */
const SERVER_TROUBLE = /^(?:08|53|57|58|XX)/;

/** SQL of the rows of the people who are meant, as `id`, with its parameters from the fourth on. */
function chosen(
  workspace: Workspace,
  who: CampaignPeople,
): { readonly sql: string; readonly values: readonly unknown[] } {
  if ("people" in who)
    return { sql: "select distinct id from unnest($4::bigint[]) as id", values: [who.people] };
  if (who.conditions.length === 0) throw invalid("Without a condition everybody would be meant.");
  const { sql, values } = conditionsSql(who.conditions, 4);
  return { sql: `select id from ${marketingTable(workspace, PEOPLE)} t where ${sql}`, values };
}

async function hasCampaigns(client: Queryable, workspace: Workspace): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [
    marketingTable(workspace, "campaigns"),
  ]);
  return rows[0]?.there === true;
}

async function isCampaign(client: Queryable, workspace: Workspace, campaign: string): Promise<boolean> {
  if (!(await hasCampaigns(client, workspace))) return false;
  const table = marketingTable(workspace, "campaigns");
  const { rowCount } = await client.query(`select from ${table} where id = $1`, [campaign]);
  return rowCount !== 0;
}

function invalid(message: string): SyncError {
  return new SyncError("configuration_invalid", message);
}
