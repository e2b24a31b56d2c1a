/**
 * Moves the feed's position and its counters, inside the page's transaction: position moves last, with its effects.
 */
import type { Row } from "../core/mapping.ts";
import { compareVersions } from "../core/link.ts";
import type { PageEffects } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";
import { countFilled, endFills } from "./feed-backfills.ts";
import { countHour } from "./hours.ts";

interface Counts {
  readonly created: number;
  readonly updated: number;
  /** Rows that were flagged. */
  readonly deleted: number;
}

/** Records where the feed stands after this page. */
export async function movePosition(client: Queryable, effects: PageEffects, counts: Counts): Promise<void> {
  if (effects.lane === "backfill") await moveBackfill(client, effects);
  else await moveFeed(client, effects);
  const witness = newestOf([...effects.plan.creates, ...effects.plan.updates]);
  if (witness !== null) await moveWitness(client, effects, witness);
  await client.query(
    `update entities
        set rows = rows + $2, rate = $3, page_at = now(),
            last_change_at = case when $4 > 0 then now() else last_change_at end
      where id = $1`,
    [effects.entity.id, counts.created, effects.rate, counts.created + counts.updated + counts.deleted],
  );
  await countHour(client, effects.entity.id, counts);
}

async function moveFeed(client: Queryable, effects: PageEffects): Promise<void> {
  const { entity, page, read } = effects;
  const whole = page.phase !== "changes";
  await client.query(
    `update entities
        set position = $2,
            complete = complete or $3,
            compare = coalesce($7, compare),
            refill = refill and not $8,
            read = case when not $4 then read when $5 then $6 else read + $6 end
      where id = $1`,
    [
      entity.id,
      page.next,
      whole && page.last,
      whole,
      beginsWhole(effects),
      read,
      comparison(page),
      page.last,
    ],
  );
}

/** True for the first page of a whole read: people see how much of this one has been read. */
function beginsWhole({ entity, page }: PageEffects): boolean {
  return entity.position === null || (page.phase === "compare" && entity.compare !== "owed");
}

/** A compare pass is owed until its last page, then open until its deletes are settled. */
function comparison({ phase, last }: PageEffects["page"]): "owed" | "open" | null {
  if (phase !== "compare") return null;
  return last ? "open" : "owed";
}

/**
 * At its end the backfill's position, which carries all fields, becomes the feed's. It reaches back to the beginning
 * of the backfill, so that nothing is lost in the exchange.
 */
async function moveBackfill(client: Queryable, effects: PageEffects): Promise<void> {
  const { entity, columns, page } = effects;
  await countFilled(client, effects);
  if (!page.last) {
    // A field that was switched on meanwhile has begun the backfill anew: this walk does not carry it.
    await client.query(
      `update entities set backfill_position = $2 where id = $1 and backfill_position is not distinct from $3`,
      [entity.id, page.next, entity.backfillPosition],
    );
    return;
  }
  await client.query(
    "update fields set unfilled = false where entity_id = $1 and enabled and column_name = any($2)",
    [entity.id, columns.map(({ name }) => name)],
  );
  await client.query(
    `update entities e
        set backfill_position = null, position = $2, refill = true,
            backfill = exists (select from fields f
                                where f.entity_id = e.id and f.unfilled and f.enabled and f.set_aside is null
                                  and f.direction <> 'push')
      where id = $1`,
    [entity.id, page.next],
  );
  await endFills(client, entity.id, { read: true });
}

async function moveWitness(client: Queryable, { entity }: PageEffects, { id, version }: Row): Promise<void> {
  await client.query(
    `update entities set witness_id = $2, witness_version = $3
      where id = $1 and (witness_version is null or witness_version < $3)`,
    [entity.id, id, version],
  );
}

function newestOf(rows: readonly Row[]): Row | null {
  return rows.reduce<Row | null>(
    (newest, row) => (newest === null || compareVersions(row.version, newest.version) > 0 ? row : newest),
    null,
  );
}
