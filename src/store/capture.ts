/**
 * Edits of people, kept as pending changes by the database itself, whichever way they are made.
 */
import { createHash } from "node:crypto";
import type { Database, Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted, transaction } from "./database.ts";
import { tableRefused } from "./refusal.ts";
import { ofKind } from "./row-place.ts";
import type { Capture, CapturedColumn } from "./capture-sql.ts";
import { captureFunction, captureStatements, captureTriggers } from "./capture-sql.ts";
import { columnTypes, knownType } from "./column-types.ts";

/** Whose edits of which table travel where. */
export interface CapturePlace {
  readonly connectionId: number;
  readonly table: string;
}

/**
 * Brings the capture of a table in line with the fields that travel, inside the caller's transaction. As long as they
 * are the same nothing is done and nobody waits; otherwise the table is locked against edits until the end of the
 * transaction, so that each edit meets either the old capture or the new one.
 */
export async function captureEdits(
  client: Queryable,
  workspace: Workspace,
  place: CapturePlace,
): Promise<void> {
  const known = await readCapture(client, workspace, place);
  if (known === null || isSame(known, await readMade(client, known))) return;
  await lockTable(client, workspace, place.table);
  const capture = (await readCapture(client, workspace, place)) ?? known;
  const made = await readMade(client, capture);
  for (const sql of captureStatements(capture)) await client.query(sql);
  const wanted = captureTriggers(capture);
  for (const name of made.triggers.filter((trigger) => !wanted.has(trigger))) {
    await client.query(`drop trigger ${quoted(name)} on ${marketingTable(workspace, place.table)}`);
  }
  await client.query(`comment on function ${captureFunction(capture)}() is '${signature(capture)}'`);
}

/**
 * Makes a change after which other fields of an entity may travel than before, and replaces the captures of its table
 * in the same transaction: no edit is committed in between.
 * @param change made under a lock on the table
 * @throws SyncError `database_unreachable`, `table_refused`, and what `change` throws
 */
export async function changeTravelling(
  database: Database,
  entity: string,
  change: (client: Queryable) => Promise<void>,
): Promise<void> {
  const { workspace, pool } = database;
  const places = await placesOf(pool, workspace, entity);
  try {
    await transaction(database, async (client) => {
      for (const { table } of places) await lockTable(client, workspace, table);
      await change(client);
      for (const place of places) await captureEdits(client, workspace, place);
    });
  } catch (error) {
    throw tableRefused(error, workspace, { table: places[0]?.table ?? entity, columns: [], entity });
  }
}

/** Tables that are there; one that is missing gets its capture when it is made again. */
async function placesOf(
  client: Queryable,
  { name }: Workspace,
  entity: string,
): Promise<readonly CapturePlace[]> {
  const { rows } = await client.query<CapturePlace>(
    `select connection_id as "connectionId", table_name as "table"
       from entities
      where name = $1 and to_regclass(format('%I.%I', $2::text, table_name)) is not null
      order by id`,
    [entity, name],
  );
  return rows;
}

/** Lets nobody but readers in; waits for edits under way. */
async function lockTable(client: Queryable, workspace: Workspace, table: string): Promise<void> {
  await client.query(`lock table ${marketingTable(workspace, table)} in share row exclusive mode`);
}

interface TravellingField {
  readonly column_name: string;
  readonly type_column: string | null;
  readonly column_type: string | null;
  readonly crm_type: "lead" | "contact" | null;
  readonly aside: boolean;
}

/**
 * What is to be captured, by the fields as they are stored and the columns that are there; null without a table. What
 * is set aside comes back: edits of meanwhile wait for it, unless the column itself is why, which people have to be able
 * to make over.
 */
async function readCapture(
  client: Queryable,
  workspace: Workspace,
  { connectionId, table }: CapturePlace,
): Promise<Capture | null> {
  const types = await columnTypes(client, workspace, table);
  if (types.size === 0) return null;
  const { rows } = await client.query<TravellingField>(
    `select f.column_name, f.type_column, f.column_type, e.crm_type, f.set_aside is not null as aside
       from fields f join entities e on e.id = f.entity_id
      where e.connection_id = $1 and e.table_name = $2 and f.enabled and f.writable and f.direction <> 'pull'`,
    [connectionId, table],
  );
  const fields = rows.filter(
    ({ aside, column_name, column_type }) =>
      !aside || column_type === null || types.get(column_name) === column_type,
  );
  const kinds = Map.groupBy(
    fields.flatMap(({ column_name, type_column, crm_type }) =>
      [column_name, type_column].flatMap((name) => (name === null ? [] : [{ name, kind: crm_type }])),
    ),
    ({ name }) => name,
  );
  const columns = [...kinds].flatMap(([name, of]): CapturedColumn[] => {
    const type = types.get(name);
    if (type === undefined) return [];
    return [{ name, type: knownType(type), on: onKinds(of.map(({ kind }) => kind)) }];
  });
  return { workspace, connectionId, table, columns: columns.toSorted(byName) };
}

/** Where several entities live in the table, a column may be a field of one of them alone. */
function onKinds(kinds: readonly ("lead" | "contact" | null)[]): string | null {
  const [kind, ...others] = new Set(kinds);
  if (kind === undefined || kind === null || others.length > 0) return null;
  return ofKind({ mapping: { crmType: kind } });
}

function byName({ name }: CapturedColumn, other: CapturedColumn): number {
  return name < other.name ? -1 : 1;
}

/** What is there of a capture. */
interface Made {
  readonly signature: string | null;
  readonly triggers: readonly string[];
}

async function readMade(client: Queryable, capture: Capture): Promise<Made> {
  const { rows } = await client.query<Made>(
    `select max(obj_description(tgfoid, 'pg_proc')) as signature,
            coalesce(array_agg(tgname::text), '{}') as triggers
       from pg_trigger
      where tgrelid = to_regclass($1) and tgfoid = to_regprocedure($2)`,
    [marketingTable(capture.workspace, capture.table), `${captureFunction(capture)}()`],
  );
  return rows[0] ?? { signature: null, triggers: [] };
}

function isSame(capture: Capture, made: Made): boolean {
  const wanted = captureTriggers(capture);
  return (
    made.signature === signature(capture) &&
    made.triggers.length === wanted.size &&
    made.triggers.every((name) => wanted.has(name))
  );
}

/** Tells one capture from another; kept with its function. */
function signature(capture: Capture): string {
  return createHash("sha256").update(captureStatements(capture).join(";")).digest("hex");
}
