/**
 * Views beside the tables, in which owners, companies and contacts have names. Pure.
 */
import { fittingName } from "../core/naming.ts";
import type { Workspace } from "../store/database.ts";
import { literal, marketingTable, quoted } from "../store/database.ts";
import type { Catalog, Shape } from "./catalog.ts";
import type { ShownColumn, ViewPlan } from "./view-plan.ts";
import { plainView } from "./view-plan.ts";

/** What a view shows beside the columns of its table. */
interface Resolved {
  readonly joins: readonly string[];
  readonly columns: readonly ShownColumn[];
}

const NOTHING: Resolved = { joins: [], columns: [] };

/** A view for each table of an entity whose records have an owner, called as the table with `_view` behind it. */
export function resolvedViews(workspace: Workspace, catalog: Catalog): readonly ViewPlan[] {
  const views = new Views(workspace, catalog);
  return [...catalog.tables]
    .filter(([, shape]) => shape.has("owner_crm_id"))
    .map(([table]) => views.of(table));
}

class Views {
  readonly #workspace: Workspace;
  readonly #catalog: Catalog;

  constructor(workspace: Workspace, catalog: Catalog) {
    this.#workspace = workspace;
    this.#catalog = catalog;
  }

  of(table: string): ViewPlan {
    const shape = this.#shape(table);
    const own = [...shape].map(([name, type]) => ({ name, type, sql: `t.${quoted(name)}` }));
    const all = [this.#owner("t", table, "owner"), this.#beside(table, shape)];
    const resolved = all.flatMap(({ columns }) => columns);
    const replaced = new Map(resolved.map((column) => [column.name, column]));
    // A person's company is called by its own name where it is known; no other column of the table gives way.
    const mayReplace = (name: string): boolean => table === "people" && name === "company_name";
    const shown = own.map((column) =>
      mayReplace(column.name) ? { ...(replaced.get(column.name) ?? column), type: column.type } : column,
    );
    const further = resolved.filter(({ name }) => !shape.has(name));
    const joins = all.flatMap((each) => each.joins);
    const from = [`from ${marketingTable(this.#workspace, table)} t`, ...joins].join("\n  ");
    const name = fittingName(`${table}_view`, "entity", new Set(this.#catalog.tables.keys()));
    return plainView(
      name,
      `${table}, with owners and what they belong to by name.`,
      [...shown, ...further],
      from,
    );
  }

  #beside(table: string, shape: Shape): Resolved {
    switch (table) {
      case "people":
        return this.#companyOfPerson(shape);
      case "companies":
        return this.#ofCompany(shape);
      case "opportunities":
        return this.#ofOpportunity(shape);
      default:
        return NOTHING;
    }
  }

  /** Who owns row `of`: a user or a team, each under aliases of their own. */
  #owner(of: string, table: string, prefix: string): Resolved {
    const shape = this.#shape(table);
    if (!shape.has("owner_crm_id")) return NOTHING;
    const [user, team] = [`${prefix}_user`, `${prefix}_team`];
    const named = (column: string, ofUser: string, ofTeam: string): ShownColumn => ({
      name: `${prefix}_${column}`,
      type: "text",
      sql: `coalesce(${this.#text("users", user, ofUser)}, ${this.#text("teams", team, ofTeam)})`,
    });
    const type = shape.has("owner_crm_type") ? `${of}."owner_crm_type"` : "null";
    return {
      joins: [
        ...this.#join("users", user, `${of}."owner_crm_id"`),
        ...this.#join("teams", team, `${of}."owner_crm_id"`),
      ],
      columns: [
        named("name", "full_name", "name"),
        named("email", "email", "email"),
        {
          name: `${prefix}_kind`,
          type: "text",
          sql: `case ${type} when 'systemuser' then 'user' when 'team' then 'team' end`,
        },
        { name: `${prefix}_disabled`, type: "boolean", sql: this.#disabled(user, team) },
      ],
    };
  }

  /** True of an owner who cannot work on anything any more; null where nobody is known to own it. */
  #disabled(user: string, team: string): string {
    const left = this.#has("users", "disabled") ? `coalesce(${user}."disabled", false) or ` : "";
    const cases = [
      this.#has("users", "id") ? `when ${user}."id" is not null then ${left}${user}."crm_deleted"` : "",
      this.#has("teams", "id") ? `when ${team}."id" is not null then ${team}."crm_deleted"` : "",
    ].join(" ");
    return cases.trim() === "" ? "null::boolean" : `case ${cases} end`;
  }

  /** What is known of a person's company, each column with `company_` before its name. */
  #companyOfPerson(people: Shape): Resolved {
    const companies = this.#catalog.tables.get("companies");
    if (companies === undefined || !people.has("company_crm_id")) return NOTHING;
    const isCompany = people.has("company_crm_type") ? `and t."company_crm_type" = 'account'` : "";
    const taken = new Set(people.keys());
    const columns = [...companies].flatMap(([name, type]): ShownColumn[] => {
      if (NOT_OF_COMPANY.has(name)) return [];
      const shown = name === "name" ? "company_name" : fittingName(`company_${name}`, "company", taken);
      taken.add(shown);
      const value = `c.${quoted(name)}`;
      const given =
        name === "name" && people.has("company_name") ? `coalesce(${value}, t."company_name")` : value;
      return [{ name: shown, type, sql: given }];
    });
    const owner = this.#owner("c", "companies", "company_owner");
    return {
      joins: [...this.#join("companies", "c", `t."company_crm_id" ${isCompany}`), ...owner.joins],
      columns: [...columns, ...owner.columns],
    };
  }

  #ofCompany(companies: Shape): Resolved {
    return together(
      companies.has("parent_company_crm_id")
        ? this.#named("companies", "parent", `t."parent_company_crm_id"`, "parent_company")
        : NOTHING,
      companies.has("primary_contact_crm_id")
        ? this.#named("people", "primary_contact", `t."primary_contact_crm_id"`, "primary_contact")
        : NOTHING,
    );
  }

  /**
   * An opportunity belongs to the company that is its customer, else to its primary company, else to that of the contact
   * who is its customer.
   */
  #ofOpportunity(shape: Shape): Resolved {
    const customer = customerOf(shape);
    const contact = customer("contact");
    const [own, theirs] = [
      shape.has("company_crm_id") ? `t."company_crm_id"` : "null::uuid",
      companyOf("cp"),
    ];
    const hasPeople = this.#has("people", "company_crm_id");
    const company = `coalesce(${customer("account")}, ${own}, ${hasPeople ? theirs : "null::uuid"})`;
    const people = this.#named("people", "cp", contact, "customer");
    const owner = together(people, this.#named("companies", "oc", company, "company"));
    const primary = shape.has("primary_contact_crm_id")
      ? this.#named("people", "pp", `t."primary_contact_crm_id"`, "primary_contact")
      : NOTHING;
    const [customerName] = people.columns.filter(({ name }) => name === "customer_name");
    const account = this.#named("companies", "ca", customer("account"), "customer");
    const [accountName] = account.columns.filter(({ name }) => name === "customer_name");
    return {
      joins: [...owner.joins, ...account.joins, ...primary.joins],
      columns: [
        ...owner.columns.filter(({ name }) => !name.startsWith("customer_")),
        {
          name: "customer_name",
          type: "text",
          sql: `coalesce(${accountName?.sql ?? "null"}, ${customerName?.sql ?? "null"})`,
        },
        ...primary.columns,
        ...this.#outcome(shape),
      ],
    };
  }

  /** Open, won or lost, whatever these are called in the language of the organization. */
  #outcome(shape: Shape): readonly ShownColumn[] {
    const labels = this.#catalog.labels.get("opportunity");
    if (!shape.has("stage")) return [];
    const cases = [...(labels ?? [])].flatMap(([value, label]) => {
      const outcome = OUTCOMES[value];
      return outcome === undefined ? [] : [`when ${literal(label)} then '${outcome}'`];
    });
    const sql = cases.length === 0 ? "null::text" : `case t."stage"::text ${cases.join(" ")} end`;
    return [{ name: "outcome", type: "text", sql }];
  }

  /** The row that a reference leads to: its id and its name. */
  #named(table: "people" | "companies", alias: string, id: string, prefix: string): Resolved {
    if (!this.#has(table, "id")) return NOTHING;
    const name =
      table === "people"
        ? `nullif(concat_ws(' ', ${this.#text(table, alias, "first_name")}, ${this.#text(table, alias, "last_name")}), '')`
        : this.#text(table, alias, "name");
    return {
      joins: this.#join(table, alias, id),
      columns: [
        { name: `${prefix}_id`, type: "bigint", sql: `${alias}."id"` },
        { name: `${prefix}_name`, type: "text", sql: name },
      ],
    };
  }

  #join(table: string, alias: string, id: string): readonly string[] {
    if (!this.#has(table, "id")) return [];
    return [`left join ${marketingTable(this.#workspace, table)} ${alias} on ${alias}."crm_id" = ${id}`];
  }

  #text(table: string, alias: string, column: string): string {
    return this.#has(table, column) ? `${alias}.${quoted(column)}::text` : "null::text";
  }

  #has(table: string, column: string): boolean {
    return this.#shape(table).has(column);
  }

  #shape(table: string): Shape {
    return this.#catalog.tables.get(table) ?? new Map();
  }
}

/** Columns of a company that a person has already, or that say nothing about the company. */
const NOT_OF_COMPANY: ReadonlySet<string> = new Set([
  "crm_id",
  "created_at",
  "updated_at",
  "owner_crm_id",
  "owner_crm_type",
]);

/** States of an opportunity by their number in Dynamics, which is the same everywhere. */
const OUTCOMES: Readonly<Record<number, string>> = { 0: "open", 1: "won", 2: "lost" };

/** SQL of the customer's id where that is of the kind, else null. */
function customerOf(shape: Shape): (kind: "account" | "contact") => string {
  if (!shape.has("customer_crm_id") || !shape.has("customer_crm_type")) return () => "null::uuid";
  return (kind) => `(case when t."customer_crm_type" = '${kind}' then t."customer_crm_id" end)`;
}

/** SQL of the id of a person's company. */
function companyOf(person: string): string {
  return `(case when ${person}."company_crm_type" = 'account' then ${person}."company_crm_id" end)`;
}

function together(...all: readonly Resolved[]): Resolved {
  return { joins: all.flatMap(({ joins }) => joins), columns: all.flatMap(({ columns }) => columns) };
}
