/**
 * Makes the views of the marketing schema, and brings them in step with the tables when these have changed.
 */
import type { Database, Queryable, Workspace } from "../store/database.ts";
import { asSyncError, marketingTable, quoted, syncSchema, transaction } from "../store/database.ts";
import type { Catalog } from "./catalog.ts";
import { readCatalog } from "./catalog.ts";
import { opportunityRoles } from "./opportunity-roles.ts";
import { resolvedViews } from "./resolved-views.ts";
import { teamMembers } from "./team-members.ts";
import type { ViewPlan, ViewSql } from "./view-plan.ts";
import { viewSql } from "./view-plan.ts";

/**
 * Makes what is missing and changes what is no longer right. Three statements when nothing has changed. A table or view of
 * people's own that has a view's name is left as it is, and the view is not made.
 * @returns names of the views that are not made for that reason
 * @throws SyncError `database_unreachable`; whatever PostgreSQL says passes
 */
export async function keepViews(database: Database): Promise<readonly string[]> {
  const { workspace } = database;
  try {
    const due = await dueViews(database.pool, workspace);
    if (due.length === 0) return [];
    return await transaction(database, async (client) => {
      // A view is exchanged when nobody reads it: who reads for long is not in the way of the sync, nor it in theirs.
      await client.query("set local lock_timeout = '2s'");
      // Two workers take turns; what the first has made, the second finds.
      await client.query("select pg_advisory_xact_lock(hashtext($1))", [`${workspace.name} views`]);
      const taken: string[] = [];
      for (const { plan, sql, isThere } of await dueViews(client, workspace)) {
        if (await isTaken(client, workspace, plan.name)) taken.push(plan.name);
        else if (isThere) await client.query(sql.createFunction);
        else await makeView(client, workspace, plan.name, sql);
      }
      await indexLookups(client, workspace);
      return taken;
    });
  } catch (error) {
    throw asSyncError(error);
  }
}

interface Due {
  readonly plan: ViewPlan;
  readonly sql: ViewSql;
  /** True where the view has its columns already, and only what the function says is another. */
  readonly isThere: boolean;
}

interface Known {
  readonly name: string;
  readonly function: string;
  readonly body: string | null;
}

async function dueViews(client: Queryable, workspace: Workspace): Promise<readonly Due[]> {
  const catalog = await readCatalog(client, workspace);
  const { rows } = await client.query<Known>(
    `select v.name, v.function, p.prosrc as body
       from views v left join pg_proc p on p.oid = to_regprocedure(format('%I.%I()', current_schema(), v.function))`,
  );
  const known = new Map(rows.map((row) => [row.name, row]));
  return plansOf(workspace, catalog).flatMap((plan) => {
    const shown = catalog.views.get(plan.name);
    const sql = viewSql(workspace, plan, shown);
    const before = known.get(plan.name);
    const isThere = shown !== undefined && before?.function === sql.function;
    return isThere && before.body === sql.body ? [] : [{ plan, sql, isThere }];
  });
}

function plansOf(workspace: Workspace, catalog: Catalog): readonly ViewPlan[] {
  return [
    ...resolvedViews(workspace, catalog),
    ...opportunityRoles(workspace, catalog),
    ...teamMembers(workspace, catalog),
  ];
}

/** True where people have something of their own by the view's name. */
async function isTaken(client: Queryable, workspace: Workspace, name: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    `select to_regclass($1) is not null and not exists (select from views where name = $2) as taken`,
    [marketingTable(workspace, name), name],
  );
  return rows[0]?.taken === true;
}

async function makeView(client: Queryable, workspace: Workspace, name: string, sql: ViewSql): Promise<void> {
  const { rows } = await client.query<{ function: string }>("select function from views where name = $1", [
    name,
  ]);
  await client.query(sql.createFunction);
  await client.query(sql.createView);
  for (const before of rows) {
    if (before.function === sql.function) continue;
    await client.query(
      `drop function if exists ${quoted(syncSchema(workspace))}.${quoted(before.function)}()`,
    );
  }
  await client.query(
    `insert into views (name, function) values ($1, $2)
     on conflict (name) do update set function = excluded.function`,
    [name, sql.function],
  );
}

/** Columns by which roles and members are looked for, from either side. */
const LOOKED_UP = [
  ["opportunities", "customer_crm_id"],
  ["opportunities", "primary_contact_crm_id"],
  ["opportunities", "company_crm_id"],
  ["crm_connections", "record1_crm_id"],
  ["crm_connections", "record2_crm_id"],
  ["crm_team_memberships", "team_crm_id"],
  ["crm_team_memberships", "user_crm_id"],
] as const;

async function indexLookups(client: Queryable, workspace: Workspace): Promise<void> {
  const { tables } = await readCatalog(client, workspace);
  for (const [table, column] of LOOKED_UP) {
    if (tables.get(table)?.has(column) !== true) continue;
    const index = quoted(`${table}_by_${column}`);
    await client.query(
      `create index if not exists ${index} on ${marketingTable(workspace, table)} (${quoted(column)})`,
    );
  }
}
