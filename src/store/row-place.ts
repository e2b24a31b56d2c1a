/**
 * Where rows of an entity are written.
 */
import type { Column, EntityMapping } from "../core/mapping.ts";
import type { Lease, RecordEffects, StoredEntity } from "../core/store-port.ts";
import type { Workspace } from "./database.ts";
import { marketingTable } from "./database.ts";

export interface RowPlace {
  readonly workspace: Workspace;
  readonly connectionId: number;
  readonly entity: StoredEntity;
  readonly columns: readonly Column[];
  /** Names of the columns whose edits travel to Dynamics. */
  readonly travelling: ReadonlySet<string>;
  /** Marketing table, qualified and quoted. */
  readonly table: string;
  /** True where the history tells of each record: not of a first copy, nor of a field that is filled. */
  readonly told: boolean;
  /** True where only some fields of the records are known. */
  readonly partial: boolean;
}

/** Without policies, nothing travels. */
type PlacedEffects = Pick<RecordEffects, "entity" | "columns" | "lane"> &
  Partial<Pick<RecordEffects, "policies" | "partial">>;

/** Of effects that hold under a lease. */
export function rowPlace(
  workspace: Workspace,
  { connectionId }: Pick<Lease, "connectionId">,
  { entity, columns, lane, policies, partial = false }: PlacedEffects,
): RowPlace {
  const table = marketingTable(workspace, entity.mapping.table);
  const told = lane === "live" && entity.complete;
  const travelling = new Set(policies?.keys());
  return { workspace, connectionId, entity, columns, travelling, table, told, partial };
}

interface OfOneKind {
  readonly mapping: Pick<EntityMapping, "crmType">;
}

/**
 * Whether row `t`, which has a record's id, is its row. Row ids say nothing: they begin anew when people empty the
 * table. A row of people without a kind, made with the record's id, counts.
 */
export function ofKind({ mapping: { crmType } }: OfOneKind): string {
  return crmType === undefined ? "true" : `(t.crm_type = '${crmType}' or t.crm_type is null)`;
}
