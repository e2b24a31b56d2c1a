/**
 * Names of marketing tables and columns for whatever Dynamics brings: never reserved, never longer than PostgreSQL
 * allows, never taken.
 */

/** PostgreSQL cuts identifiers after 63 bytes (PostgreSQL documentation, "Identifiers and Key Words"). */
export const MAX_NAME_BYTES = 63;

/** Columns every marketing table has of its own. */
export const OWN_COLUMNS: ReadonlySet<string> = new Set([
  "id",
  "crm_id",
  "crm_type",
  "crm_deleted",
  "created_at",
  "updated_at",
]);

/**
 * A name that fits: `wanted` itself where it can be had, else with `suffix`, else shortened with a hash of the whole,
 * so that the same input always gives the same name.
 * @param taken names that are in use already
 */
export function fittingName(wanted: string, suffix: string, taken: ReadonlySet<string>): string {
  const plain = wanted.toLowerCase();
  const free = (name: string): boolean =>
    bytes(name) <= MAX_NAME_BYTES && !taken.has(name) && !OWN_COLUMNS.has(name) && !RESERVED.has(name);
  if (free(plain)) return plain;
  const suffixed = `${plain}_${suffix}`;
  if (free(suffixed)) return suffixed;
  return shortened(suffixed, taken);
}

/** The column name of a lookup: `ownerid` becomes `owner_crm_id`, `new_productid` becomes `new_product_crm_id`. */
export function lookupColumn(attribute: string): string {
  return `${attribute.replace(/id$/, "").replace(/_$/, "")}_crm_id`;
}

/** The column that holds a lookup's target entity: `owner_crm_id` becomes `owner_crm_type`. */
export function typeColumnOf(lookup: string): string {
  return `${lookup.replace(/_id$/, "")}_type`;
}

function shortened(name: string, taken: ReadonlySet<string>): string {
  for (let round = 0; ; round += 1) {
    const tail = `_${hash(`${name}#${round}`)}`;
    const candidate = cut(name, MAX_NAME_BYTES - tail.length) + tail;
    if (!taken.has(candidate)) return candidate;
  }
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Cuts at a character boundary, so that no half character is left. */
function cut(text: string, limit: number): string {
  let length = 0;
  let kept = "";
  for (const character of text) {
    length += bytes(character);
    if (length > limit) break;
    kept += character;
  }
  return kept;
}

/** FNV-1a, 32 bits: stable across machines, and only there to tell long names apart. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  return state.toString(16).padStart(8, "0");
}

/** Words that need quotes as a column name in PostgreSQL 15 to 18 (Appendix C: reserved, non-function). */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation " +
    "column concurrently constraint create cross current_catalog current_date current_role current_schema " +
    "current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch " +
    "for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral " +
    "leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer " +
    "overlaps placing primary references returning right select session_user similar some symmetric system_user " +
    "table tablesample then to trailing true union unique user using variadic verbose when where window with " +
    "tableoid xmin cmin xmax cmax ctid"
  ).split(" "),
);
