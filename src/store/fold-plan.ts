/**
 * Reads the rows that are to become one, under their locks, and decides what the one that stays takes.
 */
import type { Activity, FieldChange } from "../core/activity.ts";
import { isBlank } from "../core/canonical-cell.ts";
import type { Cell } from "../core/cell.ts";
import type { Fold, FoldColumn, FoldedRow, FoldRules } from "../core/fold.ts";
import { foldPerson } from "../core/fold.ts";
import type { Queryable } from "./database.ts";
import { valueText } from "./fold-columns.ts";
import type { DueFold } from "./folds-due.ts";
import type { RowPlace } from "./row-place.ts";

export interface PlannedFold extends Fold {
  readonly fold: DueFold;
  /** Row that goes; null where somebody has deleted it already. */
  readonly loserRow: string | null;
  readonly winnerRow: string;
  /** What the row that goes held, for the history, by column. */
  readonly changes: Readonly<Record<string, FieldChange>>;
}

/** Where to read, and by which rules to decide. */
export interface FoldPlace {
  readonly place: Pick<RowPlace, "connectionId" | "entity" | "table">;
  readonly rules: FoldRules;
}

/** Folds whose winner has no row are left out: somebody deleted it. */
export async function planFolds(
  client: Queryable,
  { place, rules }: FoldPlace,
  folds: readonly DueFold[],
): Promise<readonly PlannedFold[]> {
  const ids = folds.flatMap(({ loser, winner }) => [loser, winner]);
  const rows = await readRows(client, place, { ids, columns: rules.columns });
  return folds.flatMap((fold): PlannedFold[] => {
    const [stays, goes] = [rows.get(fold.winner), rows.get(fold.loser)];
    if (stays === undefined) return [];
    const nothing = { take: [], agreed: new Map(), changes: {}, loserRow: null };
    if (goes === undefined) return [{ fold, winnerRow: stays.rowId, ...nothing }];
    const decided = foldPerson(stays, goes, rules);
    const changes = changesOf(stays, goes, decided);
    return [{ fold, loserRow: goes.rowId, winnerRow: stays.rowId, ...decided, changes }];
  });
}

/** With it, an undo can make the row that went anew. */
export function mergedActivity({ fold, winnerRow, changes }: PlannedFold): Activity {
  const { winner, kind, loserEntityName } = fold;
  return {
    rowId: winnerRow,
    crmId: winner,
    kind,
    origin: "dynamics",
    changes,
    detail: `The row of the ${loserEntityName} ${fold.loser} was folded into this one.`,
  };
}

interface ReadRow extends FoldedRow {
  readonly rowId: string;
  readonly crmId: string;
  readonly createdAt: string;
}

type RawRow = Readonly<Record<`c${number}`, Cell>> & {
  readonly id: string;
  readonly crm_id: string;
  readonly created_at: string;
  readonly pending: readonly string[] | null;
};

async function readRows(
  client: Queryable,
  { table, connectionId, entity }: FoldPlace["place"],
  { ids, columns }: { readonly ids: readonly string[]; readonly columns: readonly FoldColumn[] },
): Promise<ReadonlyMap<string, ReadRow>> {
  await client.query(`select from ${table} where crm_id = any($1::uuid[]) order by id for update`, [ids]);
  const values = columns.map((column, at) => `, ${valueText("t", column)} as "c${at}"`).join("");
  const { rows } = await client.query<RawRow>(
    `select t.id, t.crm_id, t.created_at::text, array(select jsonb_object_keys(p.agreed)) as pending${values}
       from ${table} t
       left join pending_changes p on p.connection_id = $2 and p.table_name = $3 and p.row_id = t.id
      where t.crm_id = any($1::uuid[])`,
    [ids, connectionId, entity.mapping.table],
  );
  return new Map(
    rows.map((row) => [
      row.crm_id,
      {
        rowId: row.id,
        crmId: row.crm_id,
        createdAt: row.created_at,
        values: new Map(columns.map(({ name }, at) => [name, row[`c${at}`] ?? null])),
        pending: new Set(row.pending),
      },
    ]),
  );
}

function changesOf(stays: ReadRow, goes: ReadRow, { take }: Fold): Readonly<Record<string, FieldChange>> {
  const taken = new Set(take);
  const changes: Record<string, FieldChange> = {
    id: { from: stays.rowId, to: stays.rowId, lost: goes.rowId },
    crm_id: { from: stays.crmId, to: stays.crmId, lost: goes.crmId },
    created_at: { from: stays.createdAt, to: stays.createdAt, lost: goes.createdAt },
  };
  for (const [name, value] of goes.values) {
    if (isBlank(value)) continue;
    const from = stays.values.get(name) ?? null;
    changes[name] = taken.has(name) ? { from, to: value } : { from, to: from, lost: value };
  }
  return changes;
}
