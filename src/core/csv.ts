/**
 * Tables as CSV (RFC 4180), safe to open in a spreadsheet.
 */

/** A cell that a spreadsheet would take for a formula, whatever blanks stand before it. */
const FORMULA = /^\s*[=+\-@]|^[\t\r]/;

const QUOTED = /[",\r\n]/;

/**
 * A line for each row, each with its end, all cells as text. A cell that a spreadsheet would carry out as a formula
 * gets an apostrophe before it: what Dynamics and marketing hold is other people's words.
 */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
