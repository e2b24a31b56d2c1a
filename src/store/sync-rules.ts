/**
 * Rules of an admin: who is wanted in Dynamics without being asked for one by one.
 */
import { DatabaseError } from "pg";
import { SyncError } from "../core/errors.ts";
import type { RuleAction } from "../core/action-desk.ts";
import type { Condition, ListedRule, NewRule, SyncRule } from "../core/person-desk.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { Lease } from "../core/store-port.ts";
import { conditionsSql, unknownColumn } from "./conditions.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";
import { PEOPLE } from "./requests.ts";
import { applyRule, meetRule, meeting, prepareRule, readApplied } from "./rule-actions.ts";
import { attempt } from "./savepoint.ts";

interface RuleRow {
  readonly name: string;
  readonly as: PersonEntity;
  readonly conditions: readonly Condition[];
  readonly actions: readonly RuleAction[];
  readonly trouble: string | null;
  readonly held: boolean;
}

/** All rules by name, with how many people meet each. */
export async function listRules(client: Queryable, workspace: Workspace): Promise<readonly ListedRule[]> {
  const rules = await readRules(client);
  const listed: ListedRule[] = [];
  for (const { trouble, held: _, ...rule } of rules) {
    const meets = trouble === null ? await countMeeting(client, workspace, rule) : null;
    const applied = rule.actions.length === 0 ? null : await readApplied(client, rule.name);
    listed.push({ ...rule, trouble, meets, applied });
  }
  return listed;
}

/**
 * Adds a rule, or replaces the one of that name. Returns how many people meet it now.
 * @throws SyncError `configuration_invalid` when it has no condition, or one that the table does not understand
 */
export async function addRule(client: Queryable, workspace: Workspace, rule: NewRule): Promise<number> {
  if (rule.conditions.length === 0) throw invalid("A rule without a condition would sync everybody.");
  try {
    const meets = await countMeeting(client, workspace, rule);
    await prepareRule(client, rule, meets);
    await client.query(
      `insert into sync_rules (name, wanted_as, conditions, actions) values ($1, $2, $3, $4)
       on conflict (name) do update
         set wanted_as = excluded.wanted_as, conditions = excluded.conditions, actions = excluded.actions,
             trouble = null, held = false`,
      [rule.name, rule.as, JSON.stringify(rule.conditions), JSON.stringify(rule.actions ?? [])],
    );
    if (rule.includePresent !== true) await meetRule(client, workspace, rule);
    return meets;
  } catch (error) {
    if (error instanceof DatabaseError) {
      const reason = unknownColumn(error, rule.conditions) ?? error.message;
      throw invalid(`The rule cannot be followed: ${reason.replace(/\.$/, "")}.`);
    }
    throw error;
  }
}

/** @throws SyncError `configuration_invalid` when there is none of that name */
export async function removeRule(client: Queryable, name: string): Promise<void> {
  const { rowCount } = await client.query("delete from sync_rules where name = $1", [name]);
  if (rowCount === 0) throw invalid(`There is no rule ${name}. \`tandem rule list\` shows those there are.`);
}

/**
 * Files requests for everybody who meets a rule and never had one, and what rules with actions ask for. A rule that fails, since a column it names is gone,
 * says why; the others are followed.
 */
export async function followRules(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
): Promise<number> {
  let filed = 0;
  for (const rule of await readRules(client)) {
    if (rule.held) continue;
    const { sql, values } = conditionsSql(rule.conditions, 4);
    const failure = await attempt(client, isFailure, async () => {
      if (rule.actions.length > 0) {
        filed += await applyRule(client, workspace, rule);
        return;
      }
      const { rowCount } = await client.query(
        `insert into sync_requests (connection_id, row_id, wanted_as, origin)
         select $1, t.id, $2, $3 from ${marketingTable(workspace, PEOPLE)} t
          where ${neverAsked(sql)}
         on conflict do nothing`,
        [connectionId, rule.as, "rule", ...values],
      );
      filed += rowCount ?? 0;
    });
    await client.query(
      "update sync_rules set trouble = $2, held = $3 where name = $1 and trouble is distinct from $2",
      [rule.name, failure?.message ?? null, isTooMuch(failure)],
    );
  }
  return filed;
}

/** What waits for somebody to add the rule again, however few it is about by then. */
function isTooMuch(failure: Error | null): boolean {
  return failure instanceof SyncError && failure.code === "mass_change";
}

function isFailure(error: unknown): error is Error {
  return error instanceof DatabaseError || error instanceof SyncError;
}

async function readRules(client: Queryable): Promise<readonly RuleRow[]> {
  const { rows } = await client.query<RuleRow>(
    'select name, wanted_as as "as", conditions, actions, trouble, held from sync_rules order by name',
  );
  return rows;
}

async function countMeeting(client: Queryable, workspace: Workspace, rule: SyncRule): Promise<number> {
  const { sql, values } = conditionsSql(rule.conditions, 1);
  const who = (rule.actions ?? []).length > 0 ? meeting(sql) : neverAsked(sql);
  const { rows } = await client.query<{ meets: number }>(
    `select count(*)::int as meets from ${marketingTable(workspace, PEOPLE)} t where ${who}`,
    [...values],
  );
  return rows[0]?.meets ?? 0;
}

/** Whoever was asked for once is not asked for again by a rule, however that ended. */
function neverAsked(conditions: string): string {
  return `t.crm_id is null and ${conditions}
    and not exists (select from sync_requests r where r.row_id = t.id and r.origin <> 'pull')`;
}

function invalid(message: string): SyncError {
  return new SyncError("configuration_invalid", message);
}
