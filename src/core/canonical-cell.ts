/**
 * Whether two values mean the same, however each side spells them: Dynamics on the wire, PostgreSQL in print.
 */
import type { Cell, ColumnType } from "./cell.ts";

/**
 * True when two values of a column are the same value. What the other side made of a value (trimmed, rounded, in
 * another case) is another value, so that it comes home as a change.
 *
 * The labels of a multi-choice are a set: the order in which they were chosen carries no meaning, and Dynamics sorts
 * them by their values, which would make a change of every edit.
 */
export function sameCell(type: ColumnType, a: Cell, b: Cell): boolean {
  if (a === b) return true;
  const left = canonicalCell(type, a);
  const right = canonicalCell(type, b);
  if (!isList(left) || !isList(right)) return left === right;
  return left.length === right.length && left.every((label, at) => label === right[at]);
}

/**
 * The one spelling of a value, for comparing rather than for keeping. An empty text and an empty list are null, as for
 * Dynamics. What cannot be read as a value of the type (`infinity`, a year before Christ) stays as it is spelt.
 */
export function canonicalCell(type: ColumnType, cell: Cell): Cell {
  if (isBlank(cell)) return null;
  if (isList(cell)) return [...new Set(cell)].sort();
  return SPELLINGS[type](cell);
}

/** True where nobody has written anything: null, an empty text, an empty list. */
export function isBlank(cell: Cell): cell is null | "" | readonly [] {
  return cell === null || cell.length === 0;
}

function isList(cell: Cell): cell is readonly string[] {
  return Array.isArray(cell);
}

const asIs = (text: string): string => text;

const SPELLINGS: Readonly<Record<ColumnType, (text: string) => string>> = {
  text: asIs,
  "text[]": asIs,
  integer: digits,
  bigint: digits,
  numeric: digits,
  "double precision": double,
  boolean: truth,
  date: asIs,
  "timestamp with time zone": (text) => moment(text, "Z"),
  "timestamp without time zone": (text) => moment(text, ""),
  uuid: (text) => text.toLowerCase(),
};

/** Without a plus, zeros that say nothing, or a sign of zero; never through a double. */
function digits(text: string): string {
  const parts = DIGITS.exec(text);
  if (parts === null) return text;
  const [, sign = "", whole = "", rest = ""] = parts;
  const fraction = rest.replace(/0+$/, "");
  const plain = (whole === "" ? "0" : whole) + (fraction === "" ? "" : `.${fraction}`);
  return sign === "-" && plain !== "0" ? `-${plain}` : plain;
}

function double(text: string): string {
  const value = Number(text);
  return Number.isNaN(value) ? text : String(value);
}

function truth(text: string): string {
  const word = text.toLowerCase();
  if (word === "t") return "true";
  return word === "f" ? "false" : word;
}

/**
 * To the microsecond, which is what PostgreSQL keeps. An instant is told in UTC; a wall clock has no zone, and the `Z`
 * that the Web API puts behind it says nothing.
 */
function moment(text: string, zone: "Z" | ""): string {
  const parts = MOMENT.exec(text);
  if (parts === null) return text;
  const [, day = "", time = "", rest = "0", offset] = parts;
  const clock = Date.parse(`${day}T${time}Z`);
  // A day that no calendar has would become another one.
  if (Number.isNaN(clock) || !new Date(clock).toISOString().startsWith(day)) return text;
  const micros = Math.round(Number(`0.${rest}`) * 1_000_000);
  const carry = micros === 1_000_000 ? 1_000 : 0;
  const whole = new Date(clock + carry - (zone === "Z" ? offsetMs(offset) : 0)).toISOString();
  const fraction = String(micros % 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return whole.replace(".000Z", fraction === "" ? zone : `.${fraction}${zone}`);
}

/** Of `+02`, `-05:30`, `+0553:28`; zero for `Z` and nothing, since what says no zone is UTC over the Web API. */
function offsetMs(offset = "Z"): number {
  const [hours = 0, minutes = 0, seconds = 0] = (offset.match(/\d{2}/g) ?? []).map(Number);
  const size = ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  return offset.startsWith("-") ? -size : size;
}

const DIGITS = /^([+-]?)(?=\.?\d)0*(\d*)(?:\.(\d*))?$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))? ?(Z|[+-]\d{2}(?::?\d{2}){0,2})?$/;
