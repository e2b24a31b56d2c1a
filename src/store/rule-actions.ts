/**
 * Rules that ask for actions: once for each person, when they begin to meet the conditions.
 */
import type { RuleAction } from "../core/action-desk.ts";
import { DUE_IN_DAYS } from "../core/action-desk.ts";
import { SyncError } from "../core/errors.ts";
import type { NewRule, SyncRule } from "../core/person-desk.ts";
import { conditionsSql } from "./conditions.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";
import { PEOPLE } from "./requests.ts";

/** More people who begin to meet a rule at once are no beginning: somebody should look first. */
const MOST_AT_ONCE = 1_000;

/** People with actions to come. Whom somebody has deleted in Dynamics is not made anew for them. */
export function meeting(conditions: string): string {
  return `not t.crm_deleted and ${conditions}`;
}

/** People whom a rule has met. */
export async function readApplied(client: Queryable, name: string): Promise<number> {
  const { rows } = await client.query<{ applied: number }>(
    "select count(*)::int as applied from rule_people where rule = $1",
    [name],
  );
  return rows[0]?.applied ?? 0;
}

/**
 * Checks what a new rule asks for.
 * @throws SyncError `configuration_invalid` when it is for more people at once than a rule acts on, or cannot be asked for
 */
export async function prepareRule(
  client: Queryable,
  { name, actions = [], includePresent = false }: NewRule,
  meets: number,
): Promise<void> {
  if (includePresent && meets > MOST_AT_ONCE) throw new SyncError("configuration_invalid", tooMany(meets));
  for (const action of actions) {
    if (action.kind === "campaign") {
      await client.query(
        "select require_campaign((select min(id) from connections), $1::text::bigint, 'add')",
        [action.campaign],
      );
      continue;
    }
    const { rows } = await client.query<{ fault: string | null }>("select wish_fault($1, $2) as fault", [
      action.kind,
      JSON.stringify(wishOf(action, name)),
    ]);
    const fault = rows[0]?.fault ?? null;
    if (fault !== null) throw new SyncError("configuration_invalid", fault);
  }
}

function tooMany(people: number): string {
  return (
    `${people} people meet it at once, more than the ${MOST_AT_ONCE} that a rule acts on. Ask for them with ` +
    "`tandem person` and --confirm, and add the rule again: it is for those to come then."
  );
}

/** Notes everybody who meets a rule as met, without asking for anything. */
export async function meetRule(client: Queryable, workspace: Workspace, rule: SyncRule): Promise<void> {
  if ((rule.actions ?? []).length === 0) return;
  await beginners(client, workspace, rule);
}

/**
 * Asks for the actions of a rule for everybody who has begun to meet it. Returns how many people that are.
 * @throws SyncError `mass_change` when they are more than a rule acts on; nobody is noted then
 */
export async function applyRule(client: Queryable, workspace: Workspace, rule: SyncRule): Promise<number> {
  const people = await beginners(client, workspace, rule);
  if (people.length > MOST_AT_ONCE) throw new SyncError("mass_change", tooMany(people.length));
  if (people.length === 0) return 0;
  for (const action of rule.actions ?? []) await ask(client, { people, action, rule });
  return people.length;
}

async function beginners(
  client: Queryable,
  workspace: Workspace,
  { name, conditions }: SyncRule,
): Promise<readonly string[]> {
  const { sql, values } = conditionsSql(conditions, 2);
  const { rows } = await client.query<{ row_id: string }>(
    `insert into rule_people (rule, row_id)
     select $1, t.id from ${marketingTable(workspace, PEOPLE)} t
      where ${meeting(sql)} and not exists (select from rule_people r where r.rule = $1 and r.row_id = t.id)
     on conflict do nothing
     returning row_id`,
    [name, ...values],
  );
  return rows.map(({ row_id }) => row_id);
}

/** What a rule's action asks of one person. A task is of the campaign that the rule is. */
function wishOf({ kind, ...wish }: RuleAction, rule: string): object {
  return kind === "task" ? { due: DUE_IN_DAYS, campaign: rule, ...wish } : wish;
}

interface RuleAsking {
  readonly people: readonly string[];
  readonly action: RuleAction;
  readonly rule: SyncRule;
}

async function ask(client: Queryable, { people, action, rule }: RuleAsking): Promise<void> {
  if (action.kind === "campaign") {
    await client.query(
      "select ask_campaign($2::text::bigint, id, 'add', 'rule') from unnest($1::bigint[]) as p(id)",
      [people, action.campaign],
    );
    return;
  }
  await client.query(
    "select count(*) from file_actions($1::bigint[], $2, $3::jsonb || due_of($3::jsonb), 'rule', $4)",
    [people, action.kind, JSON.stringify({ ...wishOf(action, rule.name), as: rule.as }), rule.name],
  );
}
