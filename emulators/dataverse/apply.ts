import { aggregated, isAggregable, isCount, MOST_AGGREGATED, tooMany } from "./aggregates.ts";
import { parseApply } from "./apply-parser.ts";
import type { ApplyResult } from "./apply-parser.ts";
import { onWire } from "./codec.ts";
import { annotated, valueAnnotations } from "./columns.ts";
import { badQuery } from "./errors.ts";
import { columnOperand, compareKeys, storedKey } from "./filter-operand.ts";
import type { ColumnOperand, Scope } from "./filter-operand.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer, preferenceApplied } from "./message.ts";
import { navigationOf } from "./navigation.ts";
import { filteredRows } from "./row-query.ts";
import type { Within } from "./row-query.ts";
import type { Attribute } from "./schema.ts";
import type { Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/**
 * Answers `GET accounts?$apply=…`, also of a collection within a record. `$filter` chooses rows before, `$orderby` and
 * `$top` groups afterwards.
 */
export function applyAnswer(call: WebCall, table: Table, inside?: Within): Answer {
  demandFitting(call);
  const apply = parseApply(call.query.options.get("$apply") ?? "");
  const scope = scopeOf(call, table);
  const columns = apply.groups.map((path) => groupColumn(scope, path));
  const results = apply.results.map((result) => resultColumn(scope, result));
  const rows = limited(filteredRows(call, table, { inside, filters: apply.filters }));
  const groups = grouped(columns, rows);
  // Without groups there is always one result.
  if (columns.length === 0 && groups.length === 0) groups.push([]);
  const ordered = inOrder(call, columns, groups);
  const objects = ordered.map((members) => objectOf(call, table, { columns, results }, members));
  const context = `${call.api}/$metadata#${table.entity.entitySetName}`;
  return jsonAnswer(
    `{"@odata.context":"${context}","value":[${objects.join(",")}]}`,
    preferenceApplied(call.prefer, []),
  );
}

function demandFitting({ query }: WebCall): void {
  for (const name of ["$select", "$expand", "$count", "$skiptoken"]) {
    if (query.options.has(name))
      throw badQuery(`The query parameter ${name} is not supported together with $apply.`);
  }
}

function scopeOf({ organization, caller, settings }: WebCall, table: Table): Scope {
  return { organization, table, caller, neFindsNull: settings.neFindsNull };
}

interface Group {
  readonly path: string;
  readonly column: ColumnOperand;
  /** A column behind a lookup is named after its entity: `contact_fullname`. */
  readonly name: string;
  readonly linked: boolean;
}

function groupColumn(scope: Scope, path: string): Group {
  const names = path.split("/");
  const column = columnOperand(scope, names);
  if (column.attribute.kind === "datetime" || column.attribute.kind === "date")
    throw badQuery(`Grouping by '${path}' is not supported: it is a date.`);
  const { property, logicalName } = column.attribute;
  if (names.length === 1) return { path, column, name: property ?? logicalName, linked: false };
  return { path, column, name: `${targetOf(scope, names)}_${logicalName}`, linked: true };
}

/** The entity that the lookups of a path lead to. */
function targetOf({ organization, table }: Scope, [...path]: readonly string[]): string {
  let entity = table.entity;
  for (const name of path.slice(0, -1)) {
    const target = navigationOf(entity, name)?.target ?? "";
    entity = organization.entity(target) ?? entity;
  }
  return entity.logicalName;
}

interface Result extends ApplyResult {
  /** The column that is put together; for a count of rows, any. */
  readonly column: ColumnOperand | undefined;
}

function resultColumn(scope: Scope, result: ApplyResult): Result {
  if (result.path === undefined) return { ...result, column: undefined };
  const column = columnOperand(scope, result.path.split("/"));
  if (!isAggregable(result.aggregate, column.attribute))
    throw badQuery(`'${result.path}' has no ${result.aggregate}.`);
  return { ...result, column };
}

function limited(rows: Iterable<Row>): Row[] {
  const taken: Row[] = [];
  for (const row of rows) {
    if (taken.length >= MOST_AGGREGATED) throw tooMany();
    taken.push(row);
  }
  return taken;
}

/** The rows of each group. */
function grouped(columns: readonly Group[], rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(columns.map(({ column }) => column.read(row) ?? null));
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [row]);
    else members.push(row);
  }
  return [...groups.values()];
}

interface Sorting {
  readonly column: ColumnOperand;
  readonly descending: boolean;
}

/** Groups by the values of `$orderby`, which must be grouped columns, then by all their values. */
function inOrder({ query }: WebCall, columns: readonly Group[], groups: readonly Row[][]): Row[][] {
  const asked = (query.options.get("$orderby") ?? "").split(",").filter((part) => part.trim() !== "");
  const chosen = asked.map((part): Sorting => {
    const [path = "", direction] = part.trim().split(/\s+/);
    const found = columns.find((column) => column.path === path);
    if (found === undefined) throw badQuery("The query node SingleValueOpenPropertyAccess is not supported.");
    return { column: found.column, descending: direction === "desc" };
  });
  const sortings = [...chosen, ...columns.map(({ column }) => ({ column, descending: false }))];
  const sorted = groups.toSorted(([left], [right]) => compareBy(sortings, left, right));
  const top = query.options.get("$top");
  return top === undefined ? sorted : sorted.slice(0, Number(top));
}

function compareBy(sortings: readonly Sorting[], left: Row | undefined, right: Row | undefined): number {
  for (const { column, descending } of sortings) {
    const difference = compareStored(
      column.attribute,
      left && column.read(left),
      right && column.read(right),
    );
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

/** Groups without a value come first. */
function compareStored({ kind }: Attribute, left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return compareKeys(kind, storedKey(kind, left), storedKey(kind, right));
}

interface Plan {
  readonly columns: readonly Group[];
  readonly results: readonly Result[];
}

/** A group as an object, without what has no value. Columns behind lookups come last. */
function objectOf(call: WebCall, table: Table, { columns, results }: Plan, members: readonly Row[]): string {
  const groups = (linked: boolean): string =>
    columns
      .filter((column) => column.linked === linked)
      .map((column) => groupMember(call, table, column, members))
      .join("");
  const made = results.map((result) => resultMember(call, table, result, members)).join("");
  return `{${`${groups(false)}${made}${groups(true)}`.slice(1)}}`;
}

function groupMember(call: WebCall, table: Table, { column, name }: Group, members: readonly Row[]): string {
  const stored = members[0] && column.read(members[0]);
  if (stored === undefined) return "";
  return (
    annotations(call, table, { attribute: column.attribute, name }, stored) +
    `,"${name}":${onWire(column.attribute, stored)}`
  );
}

function resultMember(
  call: WebCall,
  table: Table,
  { column, aggregate, alias }: Result,
  members: readonly Row[],
): string {
  const attribute = column?.attribute ?? keyOf(table);
  const texts = members.map((row) => (column === undefined ? row.id : column.read(row)));
  const value = aggregated(aggregate, attribute, texts);
  if (value === undefined) return "";
  // A count is shown as the whole number that it is, whatever it counts.
  const shown: Attribute = isCount(aggregate) ? { ...attribute, kind: "integer" } : attribute;
  return `${annotations(call, table, { attribute: shown, name: alias }, value)},"${alias}":${value}`;
}

function keyOf({ entity }: Table): Attribute {
  const key = entity.attributes.get(entity.primaryIdAttribute);
  if (key === undefined) throw new Error(`${entity.logicalName} has no primary id.`);
  return key;
}

function annotations(
  { organization, prefer }: WebCall,
  { entity }: Table,
  named: { readonly attribute: Attribute; readonly name: string },
  stored: string,
): string {
  return valueAnnotations(annotated(organization, prefer.annotations), entity, named, stored);
}
