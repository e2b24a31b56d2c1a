/**
 * The view `opportunity_roles`: who has which part in an opportunity. Pure.
 *
 * It is made of the opportunities and connections as they are in the tables, so that it is never behind them: a role that
 * changes or ends in Dynamics does so here in the page that brings it.
 */
import type { Workspace } from "../store/database.ts";
import { literal, marketingTable } from "../store/database.ts";
import type { Catalog, Shape } from "./catalog.ts";
import type { ViewPart, ViewPlan } from "./view-plan.ts";

const COLUMNS = [
  ["opportunity_id", "bigint"],
  ["opportunity_crm_id", "uuid"],
  ["person_id", "bigint"],
  ["person_crm_id", "uuid"],
  ["company_id", "bigint"],
  ["company_crm_id", "uuid"],
  ["role", "text"],
  ["source", "text"],
  ["connection_crm_id", "uuid"],
] as const;

const COMMENT = "Who has which part in an opportunity: a row for each person or company and source.";

/** The view; nothing while there are no opportunities to speak of. */
export function opportunityRoles(workspace: Workspace, catalog: Catalog): readonly ViewPlan[] {
  const needed = ["opportunities", "people", "companies"].map((table) => catalog.tables.get(table));
  const [opportunities, people] = needed;
  if (opportunities === undefined || people === undefined || needed.includes(undefined)) return [];
  const place = { workspace, theirCompany: companyOf(people) };
  const parts = [
    ...customers(place, opportunities),
    ...primaries(place, opportunities),
    ...stakeholders(place, catalog),
  ];
  if (parts.length === 0) return [];
  const columns = COLUMNS.map(([name, type]) => ({ name, type, sql: name }));
  return [{ name: "opportunity_roles", comment: COMMENT, columns, parts }];
}

interface Place {
  readonly workspace: Workspace;
  /** SQL of the id of the company of person `p`. */
  readonly theirCompany: string;
}

/** The potential customer: a contact, or an account. */
function customers(place: Place, shape: Shape): readonly ViewPart[] {
  if (!shape.has("customer_crm_id") || !shape.has("customer_crm_type")) return [];
  const kind = (name: string): string => `o."customer_crm_type" = '${name}'`;
  return [
    ofPerson(place, { id: `o."customer_crm_id"`, source: "customer", where: kind("contact") }),
    ofCompany(place, { id: `o."customer_crm_id"`, source: "customer", where: kind("account") }),
  ];
}

function primaries(place: Place, shape: Shape): readonly ViewPart[] {
  const [contact, company] = [`o."primary_contact_crm_id"`, `o."company_crm_id"`];
  const set = (id: string): string => `${id} is not null`;
  return [
    ...(shape.has("primary_contact_crm_id")
      ? [ofPerson(place, { id: contact, source: "primary-contact", where: set(contact) })]
      : []),
    ...(shape.has("company_crm_id")
      ? [ofCompany(place, { id: company, source: "primary-company", where: set(company) })]
      : []),
  ];
}

/**
 * Dynamics keeps a connection twice, once from each end. The one that begins at the opportunity counts; the other one only
 * where that is not there.
 */
function stakeholders(place: Place, { tables, labels }: Catalog): readonly ViewPart[] {
  const shape = tables.get("crm_connections");
  if (shape === undefined || NEEDED.some((name) => !shape.has(name))) return [];
  const inactive = labels.get("connection")?.get(INACTIVE);
  const over =
    inactive === undefined || !shape.has("status") ? "" : `k."status" is distinct from ${literal(inactive)}`;
  const connections = marketingTable(place.workspace, "crm_connections");
  const mirrored = shape.has("related_crm_id")
    ? `not exists (select from ${connections} m
                    where m."crm_id" = k."related_crm_id" and not m."crm_deleted" and m."record1_crm_id" = o."crm_id")`
    : `false`;
  return [
    { deal: "record1", other: "record2", where: "" },
    { deal: "record2", other: "record1", where: mirrored },
  ].flatMap(({ deal, other, where }): readonly ViewPart[] => {
    const role = namedRole(place, tables, shape, `${other}_role_crm_id`);
    const from = [
      `join ${connections} k on k."${deal}_crm_id" = o."crm_id" and k."${deal}_crm_type" = 'opportunity'`,
      ...role.join,
    ];
    const id = `k."${other}_crm_id"`;
    const found = { id, source: "connection", from, role: role.sql, connection: `k."crm_id"` };
    const conditions = (kind: string, ...more: readonly string[]): string =>
      [`not k."crm_deleted"`, over, where, `k."${other}_crm_type" = '${kind}'`, ...more]
        .filter(Boolean)
        .join(" and ");
    const past = { ...found, past: true };
    return [
      ofPerson(place, { ...found, where: conditions("contact") }),
      ofPerson(place, {
        ...found,
        where: conditions("lead", `not exists (select from ${pastRecord(place, id)})`),
      }),
      ofPerson(place, { ...past, where: conditions("lead") }),
      ofCompany(place, { ...found, where: conditions("account") }),
    ];
  });
}

/** Number of the state of a connection that is over. */
const INACTIVE = 1;

const NEEDED = ["record1_crm_id", "record1_crm_type", "record2_crm_id", "record2_crm_type"];

function namedRole(
  { workspace }: Place,
  tables: Catalog["tables"],
  connections: Shape,
  column: string,
): { readonly join: readonly string[]; readonly sql: string } {
  if (!connections.has(column) || tables.get("crm_connection_roles")?.has("name") !== true)
    return { join: [], sql: "null::text" };
  const roles = marketingTable(workspace, "crm_connection_roles");
  return { join: [`left join ${roles} r on r."crm_id" = k."${column}"`], sql: `r."name"::text` };
}

/** A lead that was qualified stands for the person whom it became, as the connection stays with the lead. */
function pastRecord({ workspace }: Place, id: string): string {
  return `${marketingTable(workspace, "person_past_records")} b where b."entity" = 'lead' and b."crm_id" = ${id}`;
}

interface Found {
  /** SQL of the id in Dynamics of whoever has the role. */
  readonly id: string;
  readonly source: string;
  readonly from?: readonly string[];
  readonly where: string;
  readonly role?: string;
  readonly connection?: string;
  /** True where the id is that of a record which the person was before. */
  readonly past?: boolean;
}

function ofPerson(place: Place, found: Found): ViewPart {
  const { workspace, theirCompany } = place;
  const people = marketingTable(workspace, "people");
  const record = marketingTable(workspace, "person_past_records");
  const person = found.past
    ? [
        `join ${record} b on b."entity" = 'lead' and b."crm_id" = ${found.id}`,
        `join ${people} p on p."id" = b."person_id"`,
      ]
    : [`left join ${people} p on p."crm_id" = ${found.id}`];
  const company = `left join ${marketingTable(workspace, "companies")} c on c."crm_id" = ${theirCompany}`;
  return part(
    workspace,
    found,
    [...person, company],
    [
      ["person_id", `p."id"`],
      ["person_crm_id", found.past ? `p."crm_id"` : found.id],
      ["company_crm_id", theirCompany],
    ],
  );
}

function ofCompany({ workspace }: Place, found: Found): ViewPart {
  const joins = [`left join ${marketingTable(workspace, "companies")} c on c."crm_id" = ${found.id}`];
  return part(workspace, found, joins, [["company_crm_id", found.id]]);
}

function part(
  workspace: Workspace,
  { from = [], where, role, source, connection }: Found,
  joins: readonly string[],
  values: readonly (readonly [string, string])[],
): ViewPart {
  const tables = [`from ${marketingTable(workspace, "opportunities")} o`, ...from, ...joins].join("\n  ");
  return {
    from: `${tables}\n  where not o."crm_deleted" and ${where}`,
    sql: new Map([
      ["opportunity_id", `o."id"`],
      ["opportunity_crm_id", `o."crm_id"`],
      ["company_id", `c."id"`],
      ["source", `'${source}'::text`],
      ...values,
      ...(role === undefined ? [] : [["role", role] as const]),
      ...(connection === undefined ? [] : [["connection_crm_id", connection] as const]),
    ]),
  };
}

function companyOf(people: Shape): string {
  if (!people.has("company_crm_id") || !people.has("company_crm_type")) return "null::uuid";
  return `(case when p."company_crm_type" = 'account' then p."company_crm_id" end)`;
}
