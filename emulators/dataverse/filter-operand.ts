import { findProperty } from "./columns.ts";
import { timeText } from "./codec.ts";
import { compareDecimals } from "./decimal.ts";
import { badQuery, unknownProperty } from "./errors.ts";
import type { Literal } from "./filter-parser.ts";
import { navigationOf } from "./navigation.ts";
import type { Organization } from "./organization.ts";
import { parseGuid } from "./random.ts";
import type { Attribute, Kind } from "./schema.ts";
import type { Row, Table } from "./table.ts";

/** Where a filter is evaluated: rows of one table, for one caller, at one moment. */
export interface Scope {
  readonly organization: Organization;
  readonly table: Table;
  /** The caller's user id, for functions such as `EqualUserId`. */
  readonly caller: string;
  /** In a lambda: the name of the variable that stands for the row. */
  readonly variable?: string;
  /** Whether `ne` also finds rows without a value (an open question of the real service). */
  readonly neFindsNull: boolean;
}

/** A column, perhaps behind lookups, as a filter reads it. */
export interface ColumnOperand {
  readonly attribute: Attribute;
  readonly read: (row: Row) => string | undefined;
}

/** The column that a path such as `primarycontactid/fullname` leads to. */
export function columnOperand(scope: Scope, path: readonly string[]): ColumnOperand {
  const names = path[0] === scope.variable && scope.variable !== undefined ? path.slice(1) : path;
  const [name = "", ...rest] = names;
  if (rest.length === 0) return ownColumn(scope.table, name);
  const navigation = navigationOf(scope.table.entity, name);
  const target = navigation === undefined ? undefined : scope.organization.findTable(navigation.target);
  if (navigation === undefined || target === undefined)
    throw unknownProperty(name, scope.table.entity.logicalName);
  const { variable: _, ...outer } = scope;
  const inner = columnOperand({ ...outer, table: target }, rest);
  const read = (row: Row): string | undefined => {
    const stored = scope.table.text(row, navigation.attribute);
    if (stored?.slice(38) !== navigation.target) return undefined;
    const other = target.row(stored.slice(1, 37));
    return other === undefined ? undefined : inner.read(other);
  };
  return { attribute: inner.attribute, read };
}

function ownColumn(table: Table, name: string): ColumnOperand {
  const attribute = findProperty(table.entity, name);
  if (attribute === undefined) throw unknownProperty(name, table.entity.logicalName);
  return { attribute, read: (row) => table.text(row, attribute.logicalName) };
}

/** A value in the form in which values of its column compare with `<` and `===`, or exactly as decimals. */
export type Key = string | number;

/** The comparable form of a stored text. */
export function storedKey(kind: Kind, stored: string): Key {
  switch (kind) {
    case "text":
      return stored.toLowerCase();
    case "guid":
    case "lookup":
      return stored.slice(1, 37);
    case "integer":
    case "choice":
    case "double":
      return Number(stored);
    case "datetime":
      return Date.parse(stored.slice(1, -1));
    default:
      return stored;
  }
}

/** The comparable form of a literal for a column, or the refusal of a literal that does not fit the column's type. */
export function literalKey(attribute: Attribute, literal: Literal): Key | null {
  if (literal.type === "null") return null;
  const text = literal.type === "boolean" ? String(literal.value) : literal.text;
  const key = keyFrom(attribute.kind, text, literal.type);
  if (key !== undefined) return key;
  throw badQuery(
    `A binary operator with incompatible types was detected. The value '${text}' does not fit the type of '${attribute.property ?? attribute.logicalName}'.`,
  );
}

function numberKey(text: string): number | undefined {
  return text === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/** How a literal's text becomes comparable, by kind of column; undefined when it does not fit. */
const KEYS: Readonly<Partial<Record<Kind, (text: string, type: Literal["type"]) => Key | undefined>>> = {
  text: (text, type) => (type === "string" ? JSON.stringify(text).toLowerCase() : undefined),
  guid: parseGuid,
  lookup: parseGuid,
  integer: numberKey,
  choice: numberKey,
  double: numberKey,
  datetime: momentKey,
  date: (text) => `"${text.slice(0, 10)}"`,
  boolean: (text) =>
    /^(?:true|false|0|1)$/.test(text) ? String(text === "true" || text === "1") : undefined,
  bigint: (text) => (numberKey(text) === undefined ? undefined : text),
  decimal: (text) => (numberKey(text) === undefined ? undefined : text),
  money: (text) => (numberKey(text) === undefined ? undefined : text),
};

function keyFrom(kind: Kind, text: string, type: Literal["type"]): Key | undefined {
  const convert = KEYS[kind];
  return convert === undefined ? JSON.stringify(text) : convert(text, type);
}

function momentKey(text: string): number {
  const moment = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) || text.length === 10 ? text : `${text}Z`);
  if (Number.isNaN(moment)) throw badQuery(`'${text}' is not a valid date and time.`);
  return moment;
}

const EXACT: ReadonlySet<Kind> = new Set(["bigint", "decimal", "money"]);

/** How two comparable forms of a column of this kind compare: negative, zero or positive. */
export function compareKeys(kind: Kind, left: Key, right: Key): number {
  if (EXACT.has(kind)) return compareDecimals(String(left), String(right));
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The comparable form of a moment for a column of either date type. */
export function momentFor(attribute: Attribute, milliseconds: number): Key {
  return attribute.kind === "date" ? `"${timeText(milliseconds).slice(0, 10)}"` : milliseconds;
}
