/**
 * What a view shows, and the SQL of the function whose rows it shows. Pure.
 */
import { createHash } from "node:crypto";
import type { Workspace } from "../store/database.ts";
import { literal, quoted, syncSchema } from "../store/database.ts";
import type { Shape } from "./catalog.ts";

/** A column of a view: SQL over the aliases of the view's sources. */
export interface ShownColumn {
  readonly name: string;
  readonly type: string;
  readonly sql: string;
}

export interface ViewPlan {
  readonly name: string;
  /** What is said about it in PostgreSQL. */
  readonly comment: string;
  readonly columns: readonly ShownColumn[];
  /** From clauses, each with its own SQL for the columns by name; several are one after the other. */
  readonly parts: readonly ViewPart[];
}

export interface ViewPart {
  readonly from: string;
  /** By column name; what is absent is null. */
  readonly sql: ReadonlyMap<string, string>;
}

/** A view with one source. */
export function plainView(
  name: string,
  comment: string,
  columns: readonly ShownColumn[],
  from: string,
): ViewPlan {
  return { name, comment, columns, parts: [{ from, sql: new Map(columns.map((c) => [c.name, c.sql])) }] };
}

/** What makes a view, and the view itself, as SQL. */
export interface ViewSql {
  /** Name of the function: another one for other columns. */
  readonly function: string;
  readonly body: string;
  readonly createFunction: string;
  readonly createView: string;
  /** Keeps the rights of the view, and what people have built upon it. */
  readonly replaceView: string;
}

/**
 * A view never loses a column and no column changes its type, so that whatever people have built upon it stays: a column
 * that is gone from its table is null in the view, and one of another type is brought to the type the view has.
 */
export function viewSql(workspace: Workspace, plan: ViewPlan, shown: Shape | undefined): ViewSql {
  const columns = columnsBeside(plan.columns, shown);
  const body = plan.parts.map((part) => select(part, plan.columns, columns)).join("\nunion all\n");
  const table = columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(", ");
  const hash = createHash("sha256").update(`${plan.name} ${table}`).digest("hex").slice(0, 16);
  const named = `rows_of_${hash}`;
  const called = `${quoted(syncSchema(workspace))}.${quoted(named)}()`;
  const view = `${quoted(workspace.name)}.${quoted(plan.name)}`;
  const shows = `view ${view} as select * from ${called}; comment on view ${view} is ${literal(plan.comment)}`;
  // Stable and in plain SQL, it becomes part of each query, which then uses the indexes of the tables.
  return {
    function: named,
    body,
    createFunction: `create or replace function ${called} returns table (${table}) language sql stable rows 1000
       as ${literal(body)}`,
    createView: `create ${shows}`,
    replaceView: `create or replace ${shows}`,
  };
}

interface Column {
  readonly name: string;
  readonly type: string;
}

function columnsBeside(wanted: readonly ShownColumn[], shown: Shape | undefined): readonly Column[] {
  const kept = [...(shown ?? [])].map(([name, type]) => ({ name, type }));
  return [...kept, ...wanted.filter(({ name }) => shown?.has(name) !== true)];
}

function select({ from, sql }: ViewPart, wanted: readonly ShownColumn[], columns: readonly Column[]): string {
  const types = new Map(wanted.map(({ name, type }) => [name, type]));
  const values = columns.map(({ name, type }) => {
    const value = sql.get(name);
    if (value === undefined) return `null::${type}`;
    // By way of text, since every type can be written as one.
    return types.get(name) === type ? value : `(${value})::text::${type}`;
  });
  return `select ${values.join(",\n       ")}\n  ${from}`;
}
