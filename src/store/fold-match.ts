/**
 * A person of marketing turns out to be somebody who is linked already: their rows become one.
 */
import type pg from "pg";
import type { Candidate } from "../core/candidates.ts";
import type { Cell } from "../core/cell.ts";
import type { FoldColumn, FoldedRow } from "../core/fold.ts";
import { foldPerson } from "../core/fold.ts";
import { recordActivities } from "./activities.ts";
import type { Queryable, Workspace } from "./database.ts";
import { readEntities } from "./entities.ts";
import { readFoldColumns, valueText } from "./fold-columns.ts";
import { foldRows, readFollowers } from "./fold-rows.ts";
import type { RowPlace } from "./row-place.ts";
import { rowPlace } from "./row-place.ts";

export interface MatchFolding {
  readonly connectionId: number;
  /** Row that goes. */
  readonly goes: string;
  /** The record whose row stays. */
  readonly record: Candidate;
}

/**
 * Folds the row into that of the record, which keeps its values and takes those it does not have; what Dynamics has to
 * know of them travels. False when the record has no row, so that there is nothing to fold into.
 */
export async function foldMatch(
  client: pg.ClientBase,
  workspace: Workspace,
  { connectionId, goes, record }: MatchFolding,
): Promise<boolean> {
  const entity = (await readEntities(client, connectionId)).find(
    ({ mapping }) => mapping.entity === record.entity,
  );
  if (entity === undefined) return false;
  const place = rowPlace(workspace, { connectionId }, { entity, columns: [], lane: "live" });
  const columns = await readFoldColumns(client, place.table, entity.mapping);
  const rows = await readRows(client, place, { goes, record: record.id, columns });
  const stays = rows.find(({ crmId }) => crmId === record.id);
  const going = rows.find(({ rowId, crmId }) => rowId === goes && crmId === null);
  if (stays === undefined || going === undefined) return false;
  const decided = foldPerson(stays, going, { entity: entity.mapping.entity, columns });
  const fold = { ...decided, loserRow: goes, winnerRow: stays.rowId };
  const followers = await readFollowers(client, place.table);
  await foldRows(client, { place, followers, folds: [fold] });
  const changes = { id: { from: stays.rowId, to: stays.rowId, lost: goes } };
  const about = {
    rowId: stays.rowId,
    crmId: record.id,
    origin: "marketing",
    rule: "decided by a person",
  } as const;
  await recordActivities(client, { connectionId }, { workspace, entity, cycle: null }, [
    { ...about, kind: "merged", changes },
  ]);
  return true;
}

interface MatchedRow extends FoldedRow {
  readonly rowId: string;
  readonly crmId: string | null;
}

type RawRow = Readonly<Record<`c${number}`, Cell>> & {
  readonly id: string;
  readonly crm_id: string | null;
  readonly pending: readonly string[] | null;
};

interface Wanted {
  readonly goes: string;
  readonly record: string;
  readonly columns: readonly FoldColumn[];
}

async function readRows(
  client: Queryable,
  { table, connectionId, entity }: RowPlace,
  { goes, record, columns }: Wanted,
): Promise<readonly MatchedRow[]> {
  const those = "(t.id = $1 or t.crm_id = $2)";
  await client.query(`select from ${table} t where ${those} order by id for update`, [goes, record]);
  const values = columns.map((column, at) => `, ${valueText("t", column)} as "c${at}"`).join("");
  const { rows } = await client.query<RawRow>(
    `select t.id, t.crm_id, array(select jsonb_object_keys(p.agreed)) as pending${values}
       from ${table} t
       left join pending_changes p on p.connection_id = $3 and p.table_name = $4 and p.row_id = t.id
      where ${those}`,
    [goes, record, connectionId, entity.mapping.table],
  );
  return rows.map((row) => ({
    rowId: row.id,
    crmId: row.crm_id,
    values: new Map(columns.map(({ name }, at) => [name, row[`c${at}`] ?? null])),
    pending: new Set(row.pending),
  }));
}
