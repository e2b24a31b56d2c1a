/**
 * What became of the crowds' edits, told by the emulator's own store and by SQL, with nothing of Tandem's code.
 */
import type { Client } from "pg";
import type { CrowdPerson, CrowdResult } from "./crowd-writers.ts";
import { CROWD_FIELDS, place } from "./crowd-writers.ts";
import { plain, storedRecords } from "./organization.ts";

export interface Sides {
  readonly control: string;
  readonly client: Client;
}

export interface CrowdVerdict {
  /** Values compared. */
  readonly values: number;
  /** Edits that lost against the other side, as the history tells. */
  readonly conflicts: number;
  /** In words; empty when all is well. */
  readonly faults: readonly string[];
}

type Values = ReadonlyMap<string, string | null>;

/** Judges two sides at rest. */
export async function judge(
  { control, client }: Sides,
  people: readonly CrowdPerson[],
  { marketing, dynamics }: CrowdResult,
): Promise<CrowdVerdict> {
  const faults: string[] = [];
  const here = await marketingValues(client);
  const there = await dynamicsValues(control);
  let values = 0;
  for (const person of people) {
    for (const field of CROWD_FIELDS) {
      const key = place(person, field);
      values += 1;
      if ((here.get(key) ?? null) !== (there.get(key) ?? null)) {
        faults.push(`${key} is ${here.get(key)} in marketing and ${there.get(key)} in Dynamics`);
      }
    }
  }
  const told = await toldValues(client);
  for (const [key, value] of [...marketing, ...dynamics]) {
    if (here.get(key) === value || told.has(value)) continue;
    faults.push(`${value}, the last of its side for ${key}, has vanished without a record`);
  }
  faults.push(...(await doubles(client)), ...(await leftOvers(client)));
  const { rows } = await client.query<{ conflicts: number }>(
    "select count(*)::int as conflicts from marketing.activities where kind = 'conflict'",
  );
  return { values, conflicts: rows[0]?.conflicts ?? 0, faults };
}

/** People both crowds may edit: all that live. */
export async function livingPeople(client: Client): Promise<readonly CrowdPerson[]> {
  const { rows } = await client.query<{ id: string; crm_id: string; crm_type: "lead" | "contact" }>(
    `select id, crm_id, crm_type from marketing.people
      where crm_id is not null and not crm_deleted and crm_type is not null order by id`,
  );
  return rows.map(({ id, crm_id, crm_type }) => ({ rowId: id, crmId: crm_id, entity: crm_type }));
}

/** The rows and the records as they are, so that two looks can be told apart: nobody has written in between. */
export async function fingerprint({ control, client }: Sides): Promise<string> {
  const { rows } = await client.query<{ written: string }>(
    "select md5(string_agg(id || ' ' || ctid::text || ' ' || xmin::text, ',' order by id)) as written from marketing.people",
  );
  const versions: string[] = [];
  for (const entity of ["lead", "contact"]) {
    for await (const { versionnumber } of storedRecords(control, entity)) versions.push(plain(versionnumber));
  }
  return `${rows[0]?.written} ${versions.join(",")}`;
}

async function marketingValues(client: Client): Promise<Values> {
  const columns = CROWD_FIELDS.map(({ column }) => `"${column}"`).join(", ");
  const { rows } = await client.query<Record<string, string | null>>(
    `select crm_id, ${columns} from marketing.people where crm_id is not null`,
  );
  return new Map(
    rows.flatMap((row) =>
      CROWD_FIELDS.map(({ column }): [string, string | null] => [
        `${row["crm_id"]} ${column}`,
        row[column] ?? null,
      ]),
    ),
  );
}

async function dynamicsValues(control: string): Promise<Values> {
  const values = new Map<string, string | null>();
  for (const entity of ["lead", "contact"]) {
    for await (const record of storedRecords(control, entity)) {
      for (const { column, attribute } of CROWD_FIELDS) {
        const value = record[attribute];
        const id = plain(record[`${entity}id`]);
        values.set(`${id} ${column}`, value === undefined || value === null ? null : plain(value));
      }
    }
  }
  return values;
}

/** Values that reached the other side, and values that a conflict gave up. */
async function toldValues(client: Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ value: string }>(
    `select distinct field.value ->> case kind when 'conflict' then 'lost' else 'to' end as value
       from marketing.activities, jsonb_each(changes) field
      where kind in ('changed', 'pushed', 'conflict')`,
  );
  return new Set(rows.map(({ value }) => value));
}

async function doubles(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ crm_id: string }>(
    "select crm_id from marketing.people where crm_id is not null group by crm_id having count(*) > 1",
  );
  return rows.map(({ crm_id }) => `${crm_id} has more than one row`);
}

async function leftOvers(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ left: string }>(
    "select row_id || ': ' || coalesce(parked::text, agreed::text) as left from marketing_sync.pending_changes limit 3",
  );
  return rows.map(({ left }) => `still pending after quiet: row ${left}`);
}
