/**
 * The staging table of a page: its rows, beside what they are compared with.
 */
import type pg from "pg";
import type { Column, Row } from "../core/mapping.ts";
import { copyRows } from "./copy.ts";
import { cellsOf } from "./row-cells.ts";
import { quoted } from "./database.ts";

/** The stage's own columns, of the record's version and of its row's id; no column of Dynamics has such a name. */
export const VERSION = '"#version"';
export const ROW = '"#row"';

/**
 * Copies rows into a table with `crm_id`, the given columns, `VERSION` and an empty `ROW`. There is one at a time; it
 * ends with the transaction at the latest. Returns its name.
 */
export async function stageRows(
  client: pg.ClientBase,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<string> {
  const definitions = columns.map((column) => `${quoted(column.name)} ${column.type}, `).join("");
  await client.query(
    `create temp table stage (crm_id uuid, ${VERSION} bigint, ${definitions}${ROW} bigint) on commit drop`,
  );
  const line = ({ id, version }: Row): string => `${id}\t${version}${columns.length === 0 ? "" : "\t"}`;
  const list = ["crm_id", VERSION, ...columns.map(({ name }) => quoted(name))].join(", ");
  await copyRows(client, { target: `pg_temp.stage (${list})`, rows, line, rest: cellsOf(columns) });
  return "pg_temp.stage";
}
