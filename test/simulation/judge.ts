/**
 * The judge: looks at both sides at rest, by the emulator's own store and by SQL, with nothing of Tandem's code, and
 * compares them with what people did.
 */
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import type { WireValue } from "../../emulators/dataverse/record.ts";
import type { Database } from "../../src/store/database.ts";
import type { Ledger, SharedField } from "./ledger.ts";
import { FIELDS, MARK, OPT_OUTS, UNMAPPED } from "./ledger.ts";
import { standing, textOf } from "./organization.ts";
import type { Kind } from "./steps.ts";

export interface Violation {
  /** Number of the promise in `docs/promises.md`, and a word or two. */
  readonly law: string;
  /** Mark of the person it is about. */
  readonly about: string | null;
  readonly text: string;
}

interface Row {
  readonly id: string;
  readonly crm_id: string | null;
  readonly crm_type: Kind | null;
  readonly crm_deleted: boolean;
  readonly [column: string]: string | boolean | null;
}

interface Standing {
  readonly kind: Kind;
  readonly id: string;
  readonly mark: string;
  readonly fields: Readonly<Record<string, WireValue>>;
}

interface Sides {
  readonly rows: readonly Row[];
  readonly records: readonly Standing[];
  /** Records that lost a merge whose winner is gone: their persons have nobody to become part of. */
  readonly orphans: ReadonlySet<string>;
  readonly ledger: Ledger;
  /** Values that the history tells of. */
  readonly told: ReadonlySet<string>;
  readonly left: readonly string[];
  readonly conflicts: readonly Conflict[];
  /** Values of marketing that came from Dynamics into the row that they were written in. */
  readonly returned: readonly Returned[];
}

/** A value that a conflict gave up. */
interface Conflict {
  readonly row_id: string;
  readonly column: string;
  readonly lost: string;
}

interface Returned {
  readonly mark: string;
  readonly column: string;
  readonly value: string;
}

type Law = (sides: Sides) => readonly Violation[];

/** Every law. */
export async function judge(
  database: Database,
  emulator: Emulator,
  ledger: Ledger,
): Promise<readonly Violation[]> {
  const sides = await sidesOf(database, emulator, ledger);
  return [equality, nothingLost, ...FURTHER].flatMap((law) => law(sides));
}

/** Laws about records that are there: that others are gone may not be known yet. */
export async function judgeLiving(
  database: Database,
  emulator: Emulator,
  ledger: Ledger,
): Promise<readonly Violation[]> {
  const sides = await sidesOf(database, emulator, ledger);
  return [equality, nothingLost].flatMap((law) => law(sides));
}

async function sidesOf(database: Database, emulator: Emulator, ledger: Ledger): Promise<Sides> {
  const { rows } = await database.pool.query<Row>("select * from marketing.people order by id");
  return {
    rows,
    records: recordsOf(emulator),
    orphans: orphansOf(emulator),
    ledger,
    told: await toldValues(database),
    left: await leftOvers(database),
    conflicts: await conflictsOf(database),
    returned: await returnedValues(database),
  };
}

function recordsOf(emulator: Emulator): readonly Standing[] {
  return (["contact", "lead"] as const).flatMap((kind) =>
    standing(emulator, kind).map((id) => {
      const fields = emulator.store.get(kind, id) ?? {};
      return { kind, id, fields, mark: textOf(fields[MARK.attribute]) };
    }),
  );
}

function orphansOf({ store }: Emulator): ReadonlySet<string> {
  const orphans = (["contact", "lead"] as const).flatMap((kind) =>
    store.ids(kind).flatMap((id) => {
      const { merged, masterid } = store.get(kind, id) ?? {};
      const master =
        typeof masterid === "object" && masterid !== null ? store.get(kind, masterid.id) : undefined;
      return merged === true && master === undefined ? [`${kind} ${id}`] : [];
    }),
  );
  return new Set(orphans);
}

async function toldValues({ pool }: Database): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ value: string }>(
    `select distinct part.value #>> '{}' as value
       from marketing.activities, jsonb_each(changes) field, jsonb_each(field.value) part
      where part.value <> 'null'`,
  );
  return new Set(rows.map(({ value }) => value));
}

async function conflictsOf({ pool }: Database): Promise<readonly Conflict[]> {
  const { rows } = await pool.query<Conflict>(
    `select row_id::text, key as column, value ->> 'lost' as lost from marketing.activities, jsonb_each(changes)
      where kind = 'conflict' and value ->> 'lost' is not null`,
  );
  return rows;
}

async function returnedValues({ pool }: Database): Promise<readonly Returned[]> {
  const { rows } = await pool.query<Returned>(
    `select p.${MARK.column} as mark, key as column, value ->> 'to' as value
       from marketing.activities a join marketing.people p on p.id = a.row_id, jsonb_each(changes)
      where kind = 'changed' and origin = 'dynamics' and value ->> 'to' like 'm-%'`,
  );
  return rows;
}

async function leftOvers({ pool }: Database): Promise<readonly string[]> {
  const { rows } = await pool.query<{ text: string }>(
    `select 'row ' || c.row_id || ' still has a pending change: ' || c.agreed::text || coalesce(', parked: ' || c.parked::text, '') as text
       from pending_changes c join marketing.people p on p.id = c.row_id
      where p.crm_id is not null and not p.crm_deleted
     union all
     select 'trouble shown at rest: ' || name || ' ' || coalesce(trouble::text, push_trouble::text) from entities
      where trouble is not null or push_trouble is not null`,
  );
  return rows.map(({ text }) => text);
}

/** What a cycle that has nothing to do must leave as it is. */
export async function stillness({ pool }: Database, { organization }: Emulator): Promise<string> {
  const { rows } = await pool.query<{ state: string }>(
    `select concat_ws(' ',
       (select md5(string_agg(id || ctid::text || xmin::text, ',' order by id)) from marketing.people),
       (select count(*) from marketing.activities), (select count(*) from pending_changes),
       (select md5(string_agg(l::text, ',' order by l::text)) from links l)) as state`,
  );
  return `${rows[0]?.state} ${organization.version}`;
}

/** Every record is one person's, and equal to it. */
const equality: Law = ({ rows, records, ledger }) =>
  records.flatMap((record) => {
    const { id, kind, mark, fields } = record;
    const about = mark;
    const own = rows.filter((row) => row.crm_id === id && row.crm_type === kind);
    const [row] = own;
    if (own.length > 1) return [{ law: "4 twice", about, text: `${kind} ${id} has ${own.length} rows` }];
    if (row === undefined) {
      if (ledger.is(mark, "row-deleted")) return [];
      return [{ law: "1 equal", about, text: `${kind} ${id} is nobody's in marketing` }];
    }
    if (row.crm_deleted)
      return [{ law: "1 equal", about, text: `row ${row.id} is flagged, but ${kind} ${id} is there` }];
    return SHARED.flatMap((field) =>
      differs(field, row, fields).map((text) => ({ law: "1 equal", about, text })),
    );
  });

const SHARED: readonly SharedField[] = [...FIELDS, OPT_OUTS.always, OPT_OUTS.either, MARK];

function differs(
  { column, attribute }: SharedField,
  row: Row,
  fields: Standing["fields"],
): readonly string[] {
  const [here, there] = [plain(row[column]), plain(fields[attribute])];
  return here === there
    ? []
    : [`${column} of row ${row.id} is ${here} in marketing and ${there} in Dynamics`];
}

/** An absent yes/no is a no. */
function plain(value: unknown): string | null {
  return value === undefined || value === null || value === false ? null : JSON.stringify(value);
}

/** Every row that stands for a record stands for one that is there. */
const noGhosts: Law = ({ rows, records, orphans }) => {
  const there = new Set([...orphans, ...records.map(({ kind, id }) => `${kind} ${id}`)]);
  return rows
    .filter(({ crm_id, crm_deleted }) => crm_id !== null && !crm_deleted)
    .filter(({ crm_id, crm_type }) => !there.has(`${crm_type} ${crm_id}`))
    .map(({ id, crm_id, crm_type, [MARK.column]: mark }) => ({
      law: "1 equal",
      about: String(mark),
      text: `row ${id} stands for ${crm_type} ${crm_id}, which is not there or nobody's person`,
    }));
};

/** Nobody is there twice, on any side. */
const nobodyTwice: Law = ({ rows, records, ledger }) => {
  const again = (mark: string): boolean => ledger.is(mark, "record-deleted", "re-created", "merged");
  const inDynamics = counted(records.map(({ mark }) => mark));
  const inMarketing = counted(rows.map((row) => String(row[MARK.column])));
  const twice = ([mark, count]: readonly [string, number]): boolean => count > 1 && !again(mark);
  return [
    ...[...inDynamics]
      .filter(twice)
      .map(([mark, count]) => ({ law: "4 twice", about: mark, text: `${count} records in Dynamics` })),
    ...[...inMarketing]
      .filter(twice)
      .map(([mark, count]) => ({ law: "4 twice", about: mark, text: `${count} rows in marketing` })),
  ];
};

function counted(marks: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}

/** What one side alone wrote has arrived; the last word of each side stands, or is on record. */
const nothingLost: Law = ({ rows, records, ledger, told }) =>
  [...ledger.writes].flatMap(([key, { last }]) => {
    const [mark = "", column = ""] = key.split(" ");
    const field = FIELDS.find((one) => one.column === column);
    if (field === undefined || ledger.switched.has(column)) return [];
    if (ledger.is(mark, "row-deleted", "record-deleted", "re-created", "merged")) return [];
    const row = rows.find((one) => one[MARK.column] === mark);
    const record = records.find((one) => one.mark === mark);
    const here = row?.[column] ?? null;
    const alone = last.size === 1;
    if (record !== undefined && alone) return oneSided({ mark, field, last }, here, record);
    return [...last.values()]
      .filter((value) => value !== null && value !== here && !told.has(String(value)))
      .map((value) => ({
        law: "7 loser on record",
        about: mark,
        text: `${value}, the last of its side for ${column}, has vanished without a record`,
      }));
  });

interface Written {
  readonly mark: string;
  readonly field: SharedField;
  readonly last: ReadonlyMap<string, string | boolean | null>;
}

function oneSided({ mark, field, last }: Written, here: unknown, { fields }: Standing): readonly Violation[] {
  const [value] = last.values();
  const there = fields[field.attribute] ?? null;
  if (here === value && there === value) return [];
  const text = `${field.column} was set to ${value} by one side alone, and is ${String(here)} in marketing, ${JSON.stringify(there)} in Dynamics`;
  return [{ law: "2 one-sided", about: mark, text }];
}

/** Whoever was never to be called is not to be called, whatever they became part of. */
const optOutsStay: Law = ({ rows, records, ledger }) =>
  [...ledger.neverCall].flatMap((said) => {
    if (lostWithRow(ledger, said)) return [];
    const mark = heir(ledger, said);
    const row = rows.find((one) => one[MARK.column] === mark && !one.crm_deleted);
    const record = records.find((one) => one.mark === mark);
    const kept = [row?.[OPT_OUTS.always.column], record?.fields[OPT_OUTS.always.attribute]];
    return kept.every((value) => value === undefined || value === true)
      ? []
      : [
          {
            law: "9 opt-out",
            about: said,
            text: `${said} (now ${mark}) must not be called, and that was forgotten: ${JSON.stringify(kept)}`,
          },
        ];
  });

/** What is not promised: an opt-out that had not travelled when its row, or its record, was deleted. */
function lostWithRow(ledger: Ledger, mark: string): boolean {
  const chain = [mark];
  for (
    let next = ledger.mergedInto.get(mark);
    next !== undefined && !chain.includes(next);
    next = ledger.mergedInto.get(next)
  )
    chain.push(next);
  return chain.some((one) => ledger.is(one, "row-deleted", "record-deleted", "re-created"));
}

function heir({ mergedInto }: Ledger, mark: string): string {
  const passed = new Set([mark]);
  let at = mark;
  for (let next = mergedInto.get(at); next !== undefined && !passed.has(next); next = mergedInto.get(at)) {
    passed.add(next);
    at = next;
  }
  return at;
}

/** What nobody maps is as it was made. */
const unmappedStays: Law = ({ rows, records, ledger }) => [
  ...records
    .filter(
      ({ id, fields }) => ledger.unmapped.has(id) && fields[UNMAPPED.attribute] !== ledger.unmapped.get(id),
    )
    .map(({ mark, id }) => ({
      law: "11 unmapped",
      about: mark,
      text: `${UNMAPPED.attribute} of ${id} has changed`,
    })),
  ...rows
    .filter((row) => {
      const mark = String(row[MARK.column]);
      return (
        ledger.unmapped.has(mark) &&
        !ledger.is(mark, "row-deleted") &&
        row[UNMAPPED.column] !== ledger.unmapped.get(mark)
      );
    })
    .map((row) => ({
      law: "11 unmapped",
      about: String(row[MARK.column]),
      text: `${UNMAPPED.column} of row ${row.id} has changed`,
    })),
];

/** Every value is written once: one that was given up is nowhere afterwards. */
const losersStayLost: Law = ({ rows, ledger, conflicts }) =>
  conflicts.flatMap(({ row_id, column, lost }) => {
    const row = rows.find(({ id }) => id === row_id);
    const mark = String(row?.[MARK.column]);
    if (row?.[column] !== lost || ledger.is(mark, ...ENTANGLED)) return [];
    return [
      { law: "7 loser", about: mark, text: `${lost} lost a conflict, and is there in ${column} again` },
    ];
  });

/** What marketing wrote stands in its row until somebody writes something else: it never comes home as news. */
const nothingReturns: Law = ({ ledger, returned }) =>
  returned
    .filter(({ mark, column }) => !ledger.is(mark, ...ENTANGLED, "qualified") && !ledger.switched.has(column))
    .map(({ mark, column, value }) => ({
      law: "3 own write",
      about: mark,
      text: `${value}, which marketing wrote in ${column}, came home as a change of Dynamics`,
    }));

/** Persons whose values come from more than one record. */
const ENTANGLED = ["row-deleted", "record-deleted", "re-created", "merged"] as const;

const nothingLeft: Law = ({ left }) => left.map((text) => ({ law: "1 equal", about: null, text }));

const FURTHER: readonly Law[] = [
  noGhosts,
  nobodyTwice,
  optOutsStay,
  unmappedStays,
  nothingLeft,
  losersStayLost,
  nothingReturns,
];
