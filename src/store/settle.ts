/**
 * What pushes leave behind: pending changes, link versions and history, in one transaction.
 */
import type pg from "pg";
import type { Cell } from "../core/cell.ts";
import type { Column } from "../core/mapping.ts";
import type { Cells } from "../core/pending.ts";
import type { ChangeLeft, LockedChange } from "../core/push-fate.ts";
import { activitiesOf, changeLeft } from "../core/push-fate.ts";
import type { Sending, Settled, Settlement, Settling } from "../core/push-port.ts";
import type { Lease, StoredEntity } from "../core/store-port.ts";
import { recordActivities } from "./activities.ts";
import { cellText } from "./cell-text.ts";
import type { Queryable, Workspace } from "./database.ts";
import { marketingTable, quoted } from "./database.ts";
import { countHour } from "./hours.ts";
import { REVISION } from "./revision.ts";

/** Whose pending changes they are. */
export interface PushPlace {
  readonly workspace: Workspace;
  readonly lease: Lease;
  readonly entity: StoredEntity;
}

/**
 * Notes what is about to be sent. A change that somebody is editing is passed by: waiting for it could hold up the
 * edit in turn, and what was read of it is no longer true.
 */
export async function noteSent(
  client: Queryable,
  { lease, entity }: PushPlace,
  sendings: readonly Sending[],
): Promise<ReadonlySet<string>> {
  const read = new Map(sendings.map(({ change }) => [change.rowId, change.revision]));
  const place = [lease.connectionId, entity.mapping.table];
  const free = await client.query<{ row_id: string; revision: string }>(
    `select row_id, ${REVISION} as revision from pending_changes p
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])
        for update skip locked`,
    [...place, [...read.keys()]],
  );
  const noted = new Set(
    free.rows.filter(({ row_id, revision }) => read.get(row_id) === revision).map(({ row_id }) => row_id),
  );
  const sent = sendings.map(({ change, values }) => [change.rowId, Object.fromEntries(values)] as const);
  await client.query(
    `update pending_changes set sent = ${OF_ROW}
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])`,
    [...place, [...noted], JSON.stringify(Object.fromEntries(sent))],
  );
  return noted;
}

/**
 * What a statement is given of a row, as SQL: a member of one JSON object. A join with a list would be searched row by
 * row for as long as PostgreSQL has not yet counted the table.
 */
const OF_ROW = "($4::jsonb -> row_id::text)";

/** Makes fates take effect. Changes that somebody is editing are passed by, as in `noteSent`. */
export async function settle(
  client: pg.ClientBase,
  place: PushPlace,
  { columns, settlements, cycle }: Settling,
): Promise<Settled> {
  const { workspace, lease, entity } = place;
  const locked = await lockChanges(client, place, { columns, settlements });
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const settled = settlements.flatMap((settlement) => {
    const change = locked.get(settlement.change.rowId);
    return change === undefined ? [] : [{ settlement, change }];
  });
  await write(
    client,
    place,
    settled.map(({ settlement, change }) => ({
      rowId: settlement.change.rowId,
      left: changeLeft(settlement, change, types),
    })),
  );
  await raiseVersions(
    client,
    entity,
    settled.map(({ settlement }) => settlement),
  );
  const activities = settled.flatMap(({ settlement, change }) => activitiesOf(settlement, change));
  await recordActivities(client, lease, { workspace, entity, cycle }, activities);
  const count = (kind: "pushed" | "refused"): number => activities.filter((one) => one.kind === kind).length;
  const pushed = count("pushed");
  await countHour(client, entity.id, { pushed });
  return { pushed, refused: count("refused") };
}

interface ChangeRow {
  readonly row_id: string;
  readonly revision: string;
  readonly agreed: Readonly<Record<string, Cell>>;
  readonly sent: Readonly<Record<string, Cell>>;
  readonly attempts: number;
  readonly parked: LockedChange["parked"];
}

/**
 * Locks the changes first and looks at the rows after it, so that an edit which was committed in between is seen. One
 * that comes later waits for the lock with its own change and finds what both sides agree on then.
 */
async function lockChanges(
  client: Queryable,
  place: PushPlace,
  { columns, settlements }: Pick<Settling, "columns" | "settlements">,
): Promise<ReadonlyMap<string, LockedChange>> {
  const read = new Map(settlements.map(({ change }) => [change.rowId, change.revision]));
  const { rows } = await client.query<ChangeRow>(
    `select row_id, ${REVISION} as revision, agreed, sent, attempts, parked
       from pending_changes p
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])
        for update skip locked`,
    [place.lease.connectionId, place.entity.mapping.table, [...read.keys()]],
  );
  const edited = rows.filter(({ row_id, revision }) => revision !== read.get(row_id));
  const now = await readNow(
    client,
    place,
    columns,
    edited.map(({ row_id }) => row_id),
  );
  return new Map(
    rows.map((row): [string, LockedChange] => [
      row.row_id,
      {
        revision: row.revision,
        agreed: new Map(Object.entries(row.agreed)),
        sent: new Map(Object.entries(row.sent)),
        attempts: row.attempts,
        parked: row.parked,
        now: now.get(row.row_id) ?? null,
      },
    ]),
  );
}

async function readNow(
  client: Queryable,
  { workspace, entity }: PushPlace,
  columns: readonly Column[],
  rowIds: readonly string[],
): Promise<ReadonlyMap<string, Cells>> {
  if (rowIds.length === 0) return new Map();
  const cells = columns.map(({ name, type }, at) => `${cellText(`t.${quoted(name)}`, type)} as "now ${at}"`);
  const { rows } = await client.query<{ id: string; [now: `now ${number}`]: Cell }>(
    `select ${["t.id", ...cells].join(", ")} from ${marketingTable(workspace, entity.mapping.table)} t
      where t.id = any($1::bigint[])`,
    [rowIds],
  );
  return new Map(
    rows.map((row) => [row.id, new Map(columns.map(({ name }, at) => [name, row[`now ${at}`] ?? null]))]),
  );
}

interface RowLeft {
  readonly rowId: string;
  readonly left: ChangeLeft;
}

async function write(
  client: Queryable,
  { lease, entity }: PushPlace,
  changes: readonly RowLeft[],
): Promise<void> {
  const isOver = ({ left }: RowLeft): boolean => left.agreed.size === 0 && left.sent.size === 0;
  const over = changes.filter(isOver).map(({ rowId }) => rowId);
  const place = [lease.connectionId, entity.mapping.table];
  await client.query(
    "delete from pending_changes where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])",
    [...place, over],
  );
  const left = changes.filter((change) => !isOver(change));
  if (left.length === 0) return;
  await client.query(
    `update pending_changes
        set agreed = ${OF_ROW} -> 'agreed', sent = ${OF_ROW} -> 'sent',
            attempts = (${OF_ROW} ->> 'attempts')::int,
            retry_at = now() + (${OF_ROW} ->> 'retryMs')::float8 * interval '1 millisecond',
            parked = nullif(${OF_ROW} -> 'parked', 'null') || jsonb_build_object('at', now())
      where connection_id = $1 and table_name = $2 and row_id = any($3::bigint[])`,
    [
      ...place,
      left.map(({ rowId }) => rowId),
      JSON.stringify(Object.fromEntries(left.map((row) => [row.rowId, stored(row)]))),
    ],
  );
}

function stored({ left }: RowLeft): object {
  return { ...left, agreed: Object.fromEntries(left.agreed), sent: Object.fromEntries(left.sent) };
}

/**
 * Rows of the feed that are older than our own writes are outdated from here on. Our own, which is one higher, is
 * read once: whatever Dynamics made of it comes home, unless the row is deleted before.
 */
async function raiseVersions(
  client: Queryable,
  entity: StoredEntity,
  settlements: readonly Settlement[],
): Promise<void> {
  const written = settlements.flatMap(({ change, fate }) =>
    fate.kind === "written" && fate.version !== null ? [{ id: change.crmId, version: fate.version }] : [],
  );
  if (written.length === 0) return;
  const versions = Object.fromEntries(written.map(({ id, version }) => [id, version]));
  // Whoever deletes a row holds its link, and may be waiting for a pending change that is locked here.
  const { rows } = await client.query<{ crm_id: string }>(
    "select crm_id from links where entity_id = $1 and crm_id = any($2::uuid[]) for update skip locked",
    [entity.id, Object.keys(versions)],
  );
  await client.query(
    `update links set version = greatest(version, ($3::jsonb ->> crm_id::text)::bigint - 1),
                      written = ($3::jsonb ->> crm_id::text)::bigint
      where entity_id = $1 and crm_id = any($2::uuid[])`,
    [entity.id, rows.map(({ crm_id }) => crm_id), JSON.stringify(versions)],
  );
}
