/**
 * The view `team_members`: who is in which team now. Pure.
 */
import type { Workspace } from "../store/database.ts";
import { marketingTable, quoted } from "../store/database.ts";
import type { Catalog } from "./catalog.ts";
import type { ShownColumn, ViewPlan } from "./view-plan.ts";
import { plainView } from "./view-plan.ts";

/** The view; nothing while memberships, teams or users are not read. */
export function teamMembers(workspace: Workspace, { tables }: Catalog): readonly ViewPlan[] {
  const memberships = tables.get("crm_team_memberships");
  if (memberships?.has("team_crm_id") !== true || !memberships.has("user_crm_id")) return [];
  if (!tables.has("teams") || !tables.has("users")) return [];
  const shown = (name: string, [table, alias, column]: Place, type = "text"): ShownColumn => ({
    name,
    type,
    sql: tables.get(table)?.has(column) === true ? `${alias}.${quoted(column)}::${type}` : `null::${type}`,
  });
  const columns = [
    shown("team_id", ["teams", "g", "id"], "bigint"),
    { name: "team_crm_id", type: "uuid", sql: 'm."team_crm_id"' },
    shown("team_name", ["teams", "g", "name"]),
    shown("user_id", ["users", "u", "id"], "bigint"),
    { name: "user_crm_id", type: "uuid", sql: 'm."user_crm_id"' },
    shown("user_name", ["users", "u", "full_name"]),
    shown("user_email", ["users", "u", "email"]),
    shown("user_disabled", ["users", "u", "disabled"], "boolean"),
  ];
  const from = [
    `from ${marketingTable(workspace, "crm_team_memberships")} m`,
    `left join ${marketingTable(workspace, "teams")} g on g."crm_id" = m."team_crm_id"`,
    `left join ${marketingTable(workspace, "users")} u on u."crm_id" = m."user_crm_id"`,
    `where not m."crm_deleted"`,
  ].join("\n  ");
  return [plainView("team_members", "Who is in which team: a row for each member.", columns, from)];
}

type Place = readonly [table: string, alias: string, column: string];
