/**
 * The cells of a row on their way into a table by COPY.
 */
import type { Column, Row } from "../core/mapping.ts";
import { cellsWriter } from "../core/row-text.ts";

/** Gives a row's cells as text: as the source made it, else written now. The cells are those of the columns, in order. */
export function cellsOf(columns: readonly Column[]): (row: Row) => Uint8Array | string {
  const write = cellsWriter(columns.map(({ type }) => type));
  return (row) => row.text ?? write(row.cells);
}
