import { calendarSpan } from "./calendar.ts";
import { badQuery } from "./errors.ts";
import { columnOperand, compareKeys, literalKey, momentFor, storedKey } from "./filter-operand.ts";
import type { ColumnOperand, Key, Scope } from "./filter-operand.ts";
import type { Argument, Expression, Literal } from "./filter-parser.ts";
import type { Row } from "./table.ts";

type Predicate = (row: Row) => boolean | undefined;

interface Call {
  readonly name: string;
  readonly column: ColumnOperand;
  readonly values: readonly Literal[];
  readonly scope: Scope;
}

/** A test of one column's value; its absence is unknown. */
function onColumn(call: Call, test: (key: Key, stored: string) => boolean): Predicate {
  const { column } = call;
  const { kind } = column.attribute;
  return (row) => {
    const stored = column.read(row);
    return stored === undefined ? undefined : test(storedKey(kind, stored), stored);
  };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** From `from` (inclusive) until `until` (exclusive), in milliseconds. */
function within(call: Call, from: number, until: number): Predicate {
  const { attribute } = call.column;
  const first = momentFor(attribute, from);
  const end = momentFor(attribute, until);
  return onColumn(
    call,
    (key) => compareKeys(attribute.kind, key, first) >= 0 && compareKeys(attribute.kind, key, end) < 0,
  );
}

function dayOf(milliseconds: number): number {
  return Math.floor(milliseconds / DAY) * DAY;
}

function wantedDay(call: Call): number {
  const [value] = call.values;
  const text = value !== undefined && "text" in value ? value.text : "";
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw badQuery(`'${text}' is not a valid date for ${call.name}.`);
  return dayOf(moment);
}

function count(call: Call): number {
  const [value] = call.values;
  const number = value !== undefined && "text" in value ? Number(value.text) : Number.NaN;
  if (!Number.isInteger(number) || number <= 0)
    throw badQuery(`${call.name} needs a whole number above zero.`);
  return number;
}

function months(from: number, by: number): number {
  const date = new Date(from);
  return date.setUTCMonth(date.getUTCMonth() + by);
}

const UNITS: Readonly<Record<string, (now: number, by: number) => number>> = {
  Minutes: (now, by) => now + by * 60_000,
  Hours: (now, by) => now + by * HOUR,
  Days: (now, by) => now + by * DAY,
  Weeks: (now, by) => now + by * 7 * DAY,
  Months: (now, by) => months(now, by),
  Years: (now, by) => months(now, by * 12),
};

/** `LastXHours`, `NextXDays`, `OlderThanXMonths` and their kind. */
function relative(call: Call): Predicate | undefined {
  const match = /^(Last|Next|OlderThan)X(Minutes|Hours|Days|Weeks|Months|Years)$/.exec(call.name);
  const unit = UNITS[match?.[2] ?? ""];
  if (match === null || unit === undefined) return undefined;
  const now = call.scope.organization.clock();
  if (match[1] === "Next") return within(call, now, unit(now, count(call)) + 1);
  const past = unit(now, -count(call));
  if (match[1] === "OlderThan") return within(call, Number.MIN_SAFE_INTEGER / 2, past);
  const start = match[2] === "Days" ? dayOf(past) : past;
  return within(call, start, now + 1);
}

/** `LastWeek`, `ThisMonth`, `NextYear` and their kind. */
function calendar(call: Call): Predicate | undefined {
  const span = calendarSpan(call.name, call.scope.organization.clock());
  return span && within(call, span.from, span.until);
}

function among(call: Call): ReadonlySet<Key | null> {
  return new Set(call.values.map((value) => literalKey(call.column.attribute, value)));
}

function between(call: Call): Predicate {
  const { attribute } = call.column;
  const [low, high] = call.values.map((value) => literalKey(attribute, value));
  if (low === undefined || low === null || high === undefined || high === null) {
    throw badQuery(`${call.name} needs two values.`);
  }
  const inside = (key: Key): boolean =>
    compareKeys(attribute.kind, key, low) >= 0 && compareKeys(attribute.kind, key, high) <= 0;
  return onColumn(call, (key) => inside(key) === (call.name === "Between"));
}

function containsValues(call: Call): Predicate {
  const wanted = call.values.map((value) => ("text" in value ? value.text : ""));
  const { column } = call;
  return (row) => {
    const held = (column.read(row) ?? '""').slice(1, -1).split(",");
    return wanted.some((value) => held.includes(value)) === (call.name === "ContainValues");
  };
}

const FUNCTIONS: Readonly<Record<string, (call: Call) => Predicate>> = {
  In: (call) => {
    const set = among(call);
    return onColumn(call, (key) => set.has(key));
  },
  NotIn: (call) => {
    const set = among(call);
    return onColumn(call, (key) => !set.has(key));
  },
  Between: between,
  NotBetween: between,
  ContainValues: containsValues,
  DoesNotContainValues: containsValues,
  On: (call) => within(call, wantedDay(call), wantedDay(call) + DAY),
  NotOn: (call) => {
    const on = within(call, wantedDay(call), wantedDay(call) + DAY);
    return (row) => on(row) === false;
  },
  OnOrAfter: (call) => within(call, wantedDay(call), Number.MAX_SAFE_INTEGER / 2),
  OnOrBefore: (call) => within(call, Number.MIN_SAFE_INTEGER / 2, wantedDay(call) + DAY),
  Today: (call) => onDay(call, 0),
  Yesterday: (call) => onDay(call, -1),
  Tomorrow: (call) => onDay(call, 1),
  Last7Days: (call) => days(call, -7, 1),
  Next7Days: (call) => days(call, 0, 8),
  EqualUserId: (call) => onColumn(call, (key) => key === call.scope.caller),
  NotEqualUserId: (call) => onColumn(call, (key) => key !== call.scope.caller),
  NotEqualBusinessId: (call) =>
    onColumn(call, (key) => key !== call.scope.organization.standard.businessUnit),
  EqualUserTeams: (call) => amongPrincipals(call, teamsOf(call)),
  EqualUserOrUserTeams: (call) => amongPrincipals(call, [call.scope.caller, ...teamsOf(call)]),
  EqualBusinessId: (call) => onColumn(call, (key) => key === call.scope.organization.standard.businessUnit),
};

/** The teams that the caller is a member of. */
function teamsOf({ scope }: Call): string[] {
  const members = scope.organization.table("teammembership");
  return members
    .find(["systemuserid"], [`"${scope.caller}"`])
    .flatMap((row) => members.text(row, "teamid")?.slice(1, 37) ?? []);
}

function amongPrincipals(call: Call, ids: readonly string[]): Predicate {
  return onColumn(call, (key) => ids.includes(String(key)));
}

function onDay(call: Call, offset: number): Predicate {
  return days(call, offset, offset + 1);
}

function days(call: Call, from: number, until: number): Predicate {
  const today = dayOf(call.scope.organization.clock());
  return within(call, today + from * DAY, today + until * DAY);
}

const NAMESPACE = "Microsoft.Dynamics.CRM.";

/** Compiles a call of a Dataverse query function such as `Microsoft.Dynamics.CRM.In(PropertyName='x',PropertyValues=['a'])`. */
export function dataverseFunction(fullName: string, args: readonly Argument[], scope: Scope): Predicate {
  const name = fullName.startsWith(NAMESPACE) ? fullName.slice(NAMESPACE.length) : "";
  const property = args.find((argument) => argument.name === "PropertyName")?.value;
  if (name === "" || property === undefined)
    throw badQuery(`An unknown function with name '${fullName}' was found.`);
  const values = args.find((argument) => argument.name?.startsWith("PropertyValue"))?.value;
  const call = { name, column: columnOperand(scope, pathOf(property)), values: literals(values), scope };
  const made =
    relative(call) ??
    calendar(call) ??
    (Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]?.(call) : undefined);
  if (made === undefined) throw badQuery(`The query function '${fullName}' is not supported.`);
  return made;
}

function pathOf(expression: Expression): readonly string[] {
  if (expression.kind === "path") return expression.names;
  if (expression.kind === "literal" && expression.literal.type === "string")
    return expression.literal.text.split("/");
  throw badQuery("PropertyName must name a column.");
}

function literals(expression: Expression | undefined): readonly Literal[] {
  if (expression?.kind === "list") return expression.values;
  return expression?.kind === "literal" ? [expression.literal] : [];
}
