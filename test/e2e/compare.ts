/**
 * Is the marketing database what the mapping promises? An independent comparison of the emulated organization's own
 * store with PostgreSQL: every pulled field of every record, both ways, by type. It shares no code with Tandem or the
 * emulator; the published mapping is its only contract. Both sides must be quiet.
 *
 * `node test/e2e/compare.ts --emulator URL --database URL [--schema marketing] [--json]`
 * ends with 1 and the first differences when there are any. Values are never printed: they may be personal data.
 */
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { comparisonOf, targetType } from "./cell.ts";
import type { Comparison } from "./cell.ts";
import { CURRENCY_ATTRIBUTE, CURRENCY_COLUMN, customContracts, defaultContracts } from "./contract.ts";
import type { EntityContract } from "./contract.ts";
import { brokenLinks, columnsOf, movedRecords, readRows, strayPeople } from "./marketing.ts";
import type { Become, FoundRow, Wanted } from "./marketing.ts";
import { meet } from "./meet.ts";
import { openOrganization, plain } from "./organization.ts";
import type { EmulatedOrganization, EntityFacts, StoredRecord } from "./organization.ts";

export interface Sides {
  /** Address of the emulated organization. */
  readonly emulator: string;
  /** Connection string of the marketing database. */
  readonly database: string;
  /** Schema of the marketing tables. Default: `marketing`. */
  readonly schema?: string;
}

export interface Difference {
  readonly entity: string;
  /** Record, or null when a whole column or table is concerned. */
  readonly id: string | null;
  readonly column: string | null;
  readonly problem:
    | "differs"
    | "no row"
    | "more than one row"
    | "flagged as deleted, but exists"
    | "deleted, but not flagged"
    | "no link, or a wrong one"
    | "of no entity"
    | "no such column"
    | "no such entity in Dynamics";
}

export interface EntityCount {
  readonly entity: string;
  /** Records in Dynamics. */
  readonly records: number;
  /** Rows in marketing, those of deleted records included. */
  readonly rows: number;
  readonly flagged: number;
  /** Records that the sync filter leaves out; they are not compared. */
  readonly left: number;
  /** Values compared. */
  readonly values: number;
}

export interface Verdict {
  readonly equal: boolean;
  /** How many differences there are; the list below may hold only the first of them. */
  readonly different: number;
  readonly differences: readonly Difference[];
  readonly counts: readonly EntityCount[];
}

/** Only an explicit No leaves a record out. */
const FILTER = "new_synctomkto";

const MOST_LISTED = 1_000;

/** Compares everything. Memory stays flat: both sides are read in id order and met like a zip. */
export async function compare({ emulator, database, schema = "marketing" }: Sides): Promise<Verdict> {
  const organization = await openOrganization(emulator);
  const client = new Client({ connectionString: database, options: "-c timezone=UTC -c datestyle=ISO" });
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    const differences = new Differences();
    const currencies = await currencyCodes(organization);
    const counts: EntityCount[] = [];
    for (const contract of [...defaultContracts(), ...(await customContracts(client, schema))]) {
      const table = await tableFor({ organization, client, schema, currencies }, contract, differences);
      if (table !== null) counts.push(await compareEntity(organization, client, table, differences));
    }
    for (const id of await strayPeople(client, schema)) {
      differences.add({ entity: "people", id, column: null, problem: "of no entity" });
    }
    return {
      equal: differences.count === 0,
      different: differences.count,
      differences: differences.listed,
      counts,
    };
  } finally {
    await client.end();
  }
}

class Differences {
  readonly listed: Difference[] = [];
  count = 0;

  add(difference: Difference): void {
    this.count += 1;
    if (this.listed.length < MOST_LISTED) this.listed.push(difference);
  }
}

interface ComparedColumn {
  readonly name: string;
  readonly type: string;
  readonly attribute: string;
  readonly comparison: Comparison;
}

interface ComparedTable extends Wanted {
  readonly facts: EntityFacts;
  readonly columns: readonly ComparedColumn[];
}

interface Ground {
  readonly organization: EmulatedOrganization;
  readonly client: Client;
  readonly schema: string;
  readonly currencies: ReadonlyMap<string, string>;
}

/** What of an entity is compared, and how; null when the organization does not have it. */
async function tableFor(
  { organization, client, schema, currencies }: Ground,
  contract: EntityContract,
  differences: Differences,
): Promise<ComparedTable | null> {
  const { entity, table } = contract;
  const facts = await organization.facts(entity);
  if (facts === null) {
    differences.add({ entity, id: null, column: null, problem: "no such entity in Dynamics" });
    return null;
  }
  const types = await columnsOf(client, schema, table);
  const columns: ComparedColumn[] = [];
  const add = (name: string, attribute: string, comparison: Comparison): void => {
    const type = types.get(name);
    if (type === undefined) differences.add({ entity, id: null, column: name, problem: "no such column" });
    else columns.push({ name, type, attribute, comparison });
  };
  let money = false;
  for (const { column, attribute, typeColumn } of contract.pairs) {
    const known = facts.attributes.get(attribute);
    // Some attributes exist only where the organization has them.
    if (known === undefined) continue;
    money ||= known.type === "MoneyType";
    add(column, attribute, comparisonOf(known));
    if (typeColumn !== undefined) add(typeColumn, attribute, targetType);
  }
  if (money) add(CURRENCY_COLUMN, CURRENCY_ATTRIBUTE, codeOf(currencies));
  return { schema, contract, facts, columns };
}

function codeOf(currencies: ReadonlyMap<string, string>): Comparison {
  const code = (id: string): string => currencies.get(id) ?? id;
  return {
    expected: (value) => (typeof value === "object" && value !== null ? code(value.id) : null),
    found: (text) => text,
  };
}

async function currencyCodes(organization: EmulatedOrganization): Promise<ReadonlyMap<string, string>> {
  const codes = new Map<string, string>();
  for await (const currency of organization.records("transactioncurrency")) {
    codes.set(plain(currency["transactioncurrencyid"]), plain(currency["isocurrencycode"]));
  }
  return codes;
}

/** Meets records and rows of an entity, both in id order. */
async function compareEntity(
  organization: EmulatedOrganization,
  client: Client,
  table: ComparedTable,
  differences: Differences,
): Promise<EntityCount> {
  const { entity } = table.contract;
  const { primaryId } = table.facts;
  const say = (id: string, problem: Difference["problem"], column: string | null = null): void =>
    differences.add({ entity, id, column, problem });
  const counts = { entity, records: 0, rows: 0, flagged: 0, left: 0, values: 0 };
  const records = {
    items: organization.records(entity),
    id: (record: StoredRecord) => plain(record[primaryId]),
  };
  const rows = { items: readRows(client, table), id: (row: FoundRow) => row.id };
  const moves = await Moves.of(organization, await movedRecords(client, table));
  let before: string | undefined;
  for await (const { id, left: record, right: row } of meet(records, rows)) {
    tally(counts, record, row);
    // What the sync filter leaves out has no row, or one that goes stale.
    if (isLeftOut(record) || (row === undefined && moves.explain(id, record))) continue;
    const problem = id === before ? "more than one row" : standing(record, row);
    if (problem !== undefined) say(id, problem);
    before = id;
    if (record === undefined || row === undefined) continue;
    for (const column of differing(record, row, table)) say(id, "differs", column);
    counts.values += table.columns.length;
  }
  for (const id of await brokenLinks(client, table)) say(id, "no link, or a wrong one");
  return counts;
}

/** Which records rightly have no row of their own, by what Dynamics says of them and of whom they became. */
class Moves {
  readonly #become: ReadonlyMap<string, Become>;
  /** The lead that each contact was made of. */
  readonly #origins: ReadonlyMap<string, string>;

  private constructor(become: ReadonlyMap<string, Become>, origins: ReadonlyMap<string, string>) {
    this.#become = become;
    this.#origins = origins;
  }

  static async of(organization: EmulatedOrganization, become: ReadonlyMap<string, Become>): Promise<Moves> {
    const origins = new Map<string, string>();
    if (become.size > 0) {
      for await (const { contactid, originatingleadid } of organization.records("contact")) {
        if (originatingleadid !== undefined) origins.set(plain(contactid), plain(originatingleadid));
      }
    }
    return new Moves(become, origins);
  }

  /** A contact that was made of the lead, or was it before it was deleted; or the record this one was merged into. */
  explain(id: string, record: StoredRecord | undefined): boolean {
    const become = this.#become.get(id);
    if (become === undefined || record === undefined) return false;
    const { masterid } = record;
    if (masterid !== undefined && masterid !== null) return true;
    return become.entity === "contact" && (become.deleted || this.#origins.get(become.id) === id);
  }
}

function isLeftOut(record: StoredRecord | undefined): boolean {
  return record?.[FILTER] === false;
}

function tally(
  counts: { records: number; rows: number; flagged: number; left: number },
  record: StoredRecord | undefined,
  row: FoundRow | undefined,
): void {
  if (record !== undefined) counts.records += 1;
  if (isLeftOut(record)) counts.left += 1;
  if (row !== undefined) counts.rows += 1;
  if (row?.deleted === true) counts.flagged += 1;
}

/** What is wrong with a record and its row as wholes. */
function standing(
  record: StoredRecord | undefined,
  row: FoundRow | undefined,
): Difference["problem"] | undefined {
  if (row === undefined) return "no row";
  if (record === undefined) return row.deleted ? undefined : "deleted, but not flagged";
  return row.deleted ? "flagged as deleted, but exists" : undefined;
}

/** Columns in which a record and its row are not the same. */
function differing(record: StoredRecord, row: FoundRow, { columns }: ComparedTable): readonly string[] {
  return columns
    .filter(({ attribute, comparison }, place) => {
      const value = record[attribute] ?? null;
      const text = row.cells[place] ?? null;
      const expected = value === null ? null : comparison.expected(value);
      const found = text === null ? null : comparison.found(text);
      return expected !== found;
    })
    .map(({ name }) => name);
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      emulator: { type: "string" },
      database: { type: "string" },
      schema: { type: "string", default: "marketing" },
      json: { type: "boolean", default: false },
    },
  });
  const { emulator, database, schema, json } = values;
  if (emulator === undefined || database === undefined) {
    process.stderr.write(
      "Usage: node test/e2e/compare.ts --emulator URL --database URL [--schema marketing] [--json]\n",
    );
    process.exitCode = 2;
    return;
  }
  const verdict = await compare({ emulator, database, schema });
  process.stdout.write(json ? `${JSON.stringify(verdict)}\n` : verdictText(verdict));
  if (!verdict.equal) process.exitCode = 1;
}

const MOST_SHOWN = 20;

function verdictText({ equal, different, differences, counts }: Verdict): string {
  const lines = counts.map(
    ({ entity, records, rows, flagged, left, values }) =>
      `${entity}: ${records} records, ${left} of them left out; ${rows} rows, ${flagged} of them flagged as deleted; ` +
      `${values} values compared`,
  );
  for (const { entity, id, column, problem } of differences.slice(0, MOST_SHOWN)) {
    lines.push(`  ${[entity, id, column].filter((part) => part !== null).join(" ")}: ${problem}`);
  }
  lines.push(equal ? "Both sides are equal." : `${different} differences.`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
