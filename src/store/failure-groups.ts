/**
 * What was refused one by one and waits to be put right, by cause: as `tandem errors` lists it, counted.
 */
import type { FailureGroup } from "../core/notice-snapshot.ts";
import type { Queryable, Workspace } from "./database.ts";
import { errorCode, marketingTable } from "./database.ts";
import { twoWayEntities } from "./pending-edits.ts";
import { askedFor } from "./refusals.ts";
import { ofKind } from "./row-place.ts";

/** Rows that are named for each cause. */
const EXAMPLES = 5;

/**
 * Groups by cause, with the first rows of each. Outside of a transaction: a statement that fails is passed by.
 * @param since ISO 8601: what was refused later is new
 */
export async function readFailureGroups(
  client: Queryable,
  workspace: Workspace,
  since: string,
): Promise<readonly FailureGroup[]> {
  const groups = await grouped(client, PULLED, [since]);
  for (const refused of askedFor(workspace)) {
    groups.push(...(await grouped(client, refused, [since]).catch(unlessReshaped)));
  }
  for (const { connectionId, mapping } of await twoWayEntities(client, workspace)) {
    const pushed = `
      select $4::text as entity, p.table_name as "table", 'push' as way, p.row_id as "row",
             p.parked ->> 'code' as code, p.parked ->> 'field' as field, (p.parked ->> 'at')::timestamptz as since
        from pending_changes p join ${marketingTable(workspace, mapping.table)} t on t.id = p.row_id
       where p.connection_id = $2 and p.table_name = $3 and p.parked is not null and ${ofKind({ mapping })}`;
    const values = [since, connectionId, mapping.table, mapping.entity];
    groups.push(...(await grouped(client, pushed, values).catch(unlessReshaped)));
  }
  return groups;
}

/** A table that is gone, or lacks a column of ours, has nothing to count; its entity's trouble says so. */
function unlessReshaped(error: unknown): FailureGroup[] {
  if (RESHAPED.has(errorCode(error) ?? "")) return [];
  throw error;
}

const RESHAPED: ReadonlySet<string> = new Set([
  "42703", // undefined_column
  "42P01", // undefined_table
]);

const PULLED = `
  select e.name as entity, e.table_name as "table", 'pull' as way, nullif(l.row_id, 0) as "row", p.code, p.field, p.since
    from parked p join entities e on e.id = p.entity_id and e.followed
    left join links l on l.entity_id = p.entity_id and l.crm_id = p.crm_id`;

async function grouped(
  client: Queryable,
  refusals: string,
  values: readonly unknown[],
): Promise<FailureGroup[]> {
  const { rows } = await client.query<FailureGroup>(
    `select entity, "table", way, code, field, count(*)::int as count,
            (count(*) filter (where since > $1::timestamptz))::int as fresh,
            coalesce((array_agg("row"::text order by since, "row") filter (where "row" is not null))[1:${EXAMPLES}],
                     '{}') as examples
       from (${refusals}) refused
      where code <> 'several_matches' -- people who wait for a decision have a notice of their own
      group by entity, "table", way, code, field
      order by entity, way, code, field`,
    [...values],
  );
  return rows;
}
