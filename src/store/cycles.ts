/**
 * Cycles and what people see of them: counts, outcome, waits and troubles. None of it decides anything.
 */
import type { CycleCounts, CycleOutcome, EntityTrouble, Lease, StoredEntity } from "../core/store-port.ts";
import { spendApprovals } from "./approvals.ts";
import type { Queryable } from "./database.ts";
import { forgetHours } from "./hours.ts";

/** Begins a cycle; one that an earlier worker left running is closed as stopped. */
export async function beginCycle(client: Queryable, { connectionId }: Lease): Promise<string> {
  await client.query(
    `update cycles set outcome = 'stopped', ended_at = now() where connection_id = $1 and outcome = 'running'`,
    [connectionId],
  );
  await client.query(
    `delete from cycles where connection_id = $1
        and id <= (select id from cycles where connection_id = $1 order by id desc offset $2 limit 1)`,
    [connectionId, KEPT_CYCLES],
  );
  await forgetHours(client);
  const { rows } = await client.query<{ id: string }>(
    "insert into cycles (connection_id) values ($1) returning id",
    [connectionId],
  );
  return rows[0]?.id ?? "0";
}

/** A cycle every five minutes for a fortnight. */
const KEPT_CYCLES = 4_000;

const COUNTS = `pages = $2, created = $3, updated = $4, deleted = $5, unchanged = $6, pushed = $7, refused = $8,
  requests = $9`;

export async function updateCycle(client: Queryable, cycle: string, counts: CycleCounts): Promise<void> {
  await client.query(`update cycles set ${COUNTS} where id = $1`, [cycle, ...countValues(counts)]);
}

export async function endCycle(
  client: Queryable,
  cycle: string,
  counts: CycleCounts,
  outcome: CycleOutcome,
): Promise<void> {
  await client.query(`update cycles set ${COUNTS}, outcome = $10, ended_at = now() where id = $1`, [
    cycle,
    ...countValues(counts),
    outcome,
  ]);
  if (outcome === "done" || outcome === "partial") await spendApprovals(client, cycle);
}

/** Shows or clears an entity's trouble. An unchanged trouble keeps the time it began. */
export async function setEntityTrouble(
  client: Queryable,
  entity: StoredEntity,
  trouble: EntityTrouble | null,
): Promise<void> {
  await setTrouble(client, { table: "entities", column: "trouble", id: entity.id }, trouble);
}

/** Shows or clears why edits of an entity do not travel; reading it goes on. */
export async function setPushTrouble(
  client: Queryable,
  entity: StoredEntity,
  trouble: EntityTrouble | null,
): Promise<void> {
  await setTrouble(client, { table: "entities", column: "push_trouble", id: entity.id }, trouble);
}

export async function setConnectionTrouble(
  client: Queryable,
  { connectionId }: Lease,
  trouble: EntityTrouble | null,
): Promise<void> {
  await setTrouble(client, { table: "connections", column: "trouble", id: connectionId }, trouble);
}

interface TroublePlace {
  readonly table: "entities" | "connections";
  readonly column: "trouble" | "push_trouble";
  readonly id: number;
}

async function setTrouble(
  client: Queryable,
  { table, column, id }: TroublePlace,
  trouble: EntityTrouble | null,
): Promise<void> {
  if (trouble === null) {
    await client.query(`update ${table} set ${column} = null where id = $1 and ${column} is not null`, [id]);
    return;
  }
  await client.query(
    `update ${table}
        set ${column} = jsonb_build_object('code', $2::text, 'message', $3::text, 'since',
              case when ${column} ->> 'code' = $2 then ${column} ->> 'since'
                   else to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end)
      where id = $1`,
    [id, trouble.code, trouble.message],
  );
}

function countValues(counts: CycleCounts): readonly number[] {
  const { pages, created, updated, deleted, unchanged, pushed, refused, requests } = counts;
  return [pages, created, updated, deleted, unchanged, pushed, refused, requests];
}
