/**
 * Makes the views of the marketing schema, and brings them in step with the tables when these have changed.
 */
import { DatabaseError } from "pg";
import type { RefusedView } from "../core/entity-port.ts";
import type { Database, Queryable, Workspace } from "../store/database.ts";
import { asSyncError, marketingTable, quoted, syncSchema, transaction } from "../store/database.ts";
import { attempt } from "../store/savepoint.ts";
import type { Catalog } from "./catalog.ts";
import { readCatalog } from "./catalog.ts";
import { opportunityRoles } from "./opportunity-roles.ts";
import { resolvedViews } from "./resolved-views.ts";
import { teamMembers } from "./team-members.ts";
import type { ViewPlan, ViewSql } from "./view-plan.ts";
import { viewSql } from "./view-plan.ts";

/**
 * Makes what is missing and changes what is no longer right. Three statements when nothing has changed. A table or view of
 * people's own that has a view's name is left as it is. A view that cannot be made now keeps no other one from being made.
 * @returns the views that are not made, with the reason
 * @throws SyncError `database_unreachable`; whatever PostgreSQL says of the catalog passes
 */
export async function keepViews(database: Database): Promise<readonly RefusedView[]> {
  const { workspace } = database;
  try {
    if ((await readDue(database.pool, workspace)).length === 0) return [];
    return await transaction(database, async (client) => {
      // Somebody may be reading a view for long: neither waits long for the other, and the next cycle tries again.
      await client.query("set local lock_timeout = '1s'");
      // Two workers take turns; what the first has made, the second finds.
      await client.query("select pg_advisory_xact_lock(hashtext($1))", [`${workspace.name} views`]);
      const refused: RefusedView[] = [];
      for (const due of await readDue(client, workspace)) {
        const failure = await attempt(client, isRefused, () => makeView(client, workspace, due));
        if (failure !== null) refused.push({ view: due.plan.name, reason: reasonOf(failure, due) });
      }
      await indexLookups(client, workspace);
      return refused;
    });
  } catch (error) {
    throw asSyncError(error);
  }
}

function isRefused(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError;
}

function reasonOf(error: DatabaseError, { plan }: Due): string {
  switch (error.code) {
    case "42P07": // duplicate_table: any relation of that name
      return `Something else is called ${plan.name}: rename it.`;
    case "55P03": // lock_not_available
      return "It is being read: it is brought in step when it is not.";
    default:
      return error.message;
  }
}

interface Due {
  readonly plan: ViewPlan;
  readonly sql: ViewSql;
  /** True where there is a view of ours by this name. */
  readonly isThere: boolean;
  /** The function that it shows the rows of now. */
  readonly before: Known | undefined;
}

interface Known {
  readonly name: string;
  readonly function: string;
  readonly body: string | null;
}

async function readDue(client: Queryable, workspace: Workspace): Promise<readonly Due[]> {
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
    const isThere = shown !== undefined;
    const isRight = isThere && before?.function === sql.function && before.body === sql.body;
    return isRight ? [] : [{ plan, sql, isThere, before }];
  });
}

function plansOf(workspace: Workspace, catalog: Catalog): readonly ViewPlan[] {
  return [
    ...resolvedViews(workspace, catalog),
    ...opportunityRoles(workspace, catalog),
    ...teamMembers(workspace, catalog),
  ];
}

async function makeView(client: Queryable, workspace: Workspace, due: Due): Promise<void> {
  const { plan, sql, before, isThere } = due;
  await client.query(sql.createFunction);
  if (before?.function === sql.function && isThere) return;
  await client.query(isThere ? sql.replaceView : sql.createView);
  if (before !== undefined && before.function !== sql.function) {
    await client.query(
      `drop function if exists ${quoted(syncSchema(workspace))}.${quoted(before.function)}()`,
    );
  }
  await client.query(
    `insert into views (name, function) values ($1, $2)
     on conflict (name) do update set function = excluded.function`,
    [plan.name, sql.function],
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
