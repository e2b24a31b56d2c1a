/**
 * The one transaction in which a page takes effect: rows, links, pending changes, parked records, history and the
 * position, under the lease.
 */
import type pg from "pg";
import type { Row } from "../core/mapping.ts";
import type { Meeting } from "../core/meet.ts";
import { activitiesOf, meet } from "../core/meet.ts";
import type { PagePlan, Parked } from "../core/plan.ts";
import type { Applied, Lease, PageEffects, RecordEffects } from "../core/store-port.ts";
import { recordActivities } from "./activities.ts";
import { adoptRows } from "./adopt.ts";
import type { Database } from "./database.ts";
import { transaction } from "./database.ts";
import { settleDeletes } from "./held.ts";
import { countHour } from "./hours.ts";
import { foldPersons } from "./fold.ts";
import { isolate } from "./isolate.ts";
import { requireLease, writeAs } from "./lease.ts";
import { settleLives, withAdopted } from "./lives.ts";
import { movePosition } from "./position.ts";
import { forgetParked, park } from "./parked.ts";
import { isCollision, isRefusal, refusalOf, tableRefused } from "./refusal.ts";
import type { PendingByRecord } from "./pending.ts";
import { lockRows, readPending, settleMet, wasOvertaken } from "./pending.ts";
import type { RowPlace } from "./row-place.ts";
import { rowPlace } from "./row-place.ts";
import { createRows, updateRows } from "./rows.ts";
import { rememberSeen } from "./compare.ts";

/** How often a page that collides with somebody else's transaction is tried again. */
const REPEATS = 3;

/**
 * Applies a page. Rows with a pending change are merged with it; when somebody edits a row in the very moment, the
 * page is applied again with its rows locked. When the database refuses a value, the page is halved until the records
 * it refuses are alone; those are parked and the rest is committed. A deadlock with somebody else's transaction is
 * tried again.
 * @throws SyncError `fenced` when the lease is outdated, `database_unreachable`, `table_refused` when the fault is no
 * single record's; nothing is committed then
 */
export async function applyPage(database: Database, lease: Lease, effects: PageEffects): Promise<Applied> {
  return repeatedly(database, lease, effects, (given, locked) =>
    transaction(database, async (client) => {
      const place = await begin(client, database, lease, given);
      const written = await writeRecords(client, place, given, locked);
      const { flagged, held } = await settleDeletes(client, place, given);
      if (endsWalk(given)) await foldPersons(client, place);
      await forgetParked(client, given.entity, given.page.deletes);
      await rememberSeen(client, given);
      await movePosition(client, given, { ...written, deleted: flagged });
      return { ...written, deleted: flagged, held };
    }),
  );
}

/** Applies records that were read by id, as `applyPage` does, without a position. Throws as it does. */
export async function applyRecords(
  database: Database,
  lease: Lease,
  effects: RecordEffects,
): Promise<Applied> {
  return repeatedly(database, lease, effects, (given, locked) =>
    transaction(database, async (client) => {
      const place = await begin(client, database, lease, given);
      const written = await writeRecords(client, place, given, locked);
      await countHour(client, given.entity.id, written);
      return { ...written, deleted: 0, held: given.entity.held };
    }),
  );
}

/**
 * True at the end of a walk along people. Only then is everything known that was written together with a merge, so
 * that nothing depends on the order in which it was told.
 */
function endsWalk({ entity, lane, page }: PageEffects): boolean {
  return lane === "live" && page.last && entity.mapping.crmType !== undefined;
}

/** Tries again what may succeed when it is tried again, in another way where another way is needed. */
async function repeatedly<T extends RecordEffects>(
  database: Database,
  lease: Lease,
  effects: T,
  attempt: (effects: T, locked: boolean) => Promise<Applied>,
): Promise<Applied> {
  let given = effects;
  let locked = false;
  for (let repeats = 0; ;) {
    try {
      return await attempt(given, locked);
    } catch (error) {
      if (error instanceof Overtaken) {
        locked = true;
      } else if (isRefusal(error) && given === effects) {
        given = await withoutRefused(database, lease, effects, error);
      } else if (repeats < REPEATS && isCollision(error)) {
        repeats += 1;
      } else {
        const { entity, table } = effects.entity.mapping;
        throw tableRefused(error, database.workspace, { entity, table, columns: effects.columns });
      }
    }
  }
}

/** Somebody edited a row after its pending change was read. */
class Overtaken extends Error {}

async function begin(
  client: pg.PoolClient,
  database: Database,
  lease: Lease,
  effects: RecordEffects,
): Promise<RowPlace> {
  await requireLease(client, lease);
  return rowPlace(database.workspace, lease, effects);
}

type Written = Pick<Applied, "created" | "updated" | "unchanged" | "parked">;

/** @throws Overtaken when the rows were not locked and somebody edited one of them */
async function writeRecords(
  client: pg.PoolClient,
  place: RowPlace,
  effects: RecordEffects,
  locked: boolean,
): Promise<Written> {
  const { entity } = place;
  const adopted = await withAdopted(client, place, effects);
  const { plan } = adopted;
  if (locked) await lockRows(client, place, adopted);
  const created = await createRows(client, place, plan.creates);
  const pending = await readPending(client, place, adopted);
  const meetings = meetAll(adopted, pending);
  const updated = await updateRows(
    client,
    place,
    plan.updates.map((row) => meetings.get(row.id)?.row ?? row),
  );
  if (!locked && (await wasOvertaken(client, place, adopted, pending))) throw new Overtaken();
  const edits = [...meetings.values()].map(({ edit }) => edit);
  await settleMet(client, place, edits);
  await recordActivities(
    client,
    { connectionId: place.connectionId },
    { workspace: place.workspace, entity, cycle: null },
    edits.flatMap(activitiesOf),
  );
  if (!place.partial) {
    await forgetParked(
      client,
      entity,
      [...plan.creates, ...plan.updates].map(({ id }) => id),
    );
  }
  await park(client, entity, plan.parked);
  await settleLives(client, place, adopted);
  const unchanged = plan.unchanged + plan.updates.length + plan.creates.length - created - updated;
  return { created, updated, unchanged, parked: plan.parked };
}

function meetAll(
  { entity, columns, policies, plan }: RecordEffects,
  pending: PendingByRecord,
): ReadonlyMap<string, Meeting> {
  const rules = { entity: entity.mapping.entity, columns, policies };
  return new Map(
    plan.updates.flatMap((row): [string, Meeting][] => {
      const change = pending.get(row.id);
      return change === undefined ? [] : [[row.id, meet(row, change, rules)]];
    }),
  );
}

interface Refused {
  readonly id: string;
  readonly detail: string;
}

/** The same effects without the records that the database refuses. @throws the refusal when no record is to blame */
async function withoutRefused<T extends RecordEffects>(
  database: Database,
  lease: Lease,
  effects: T,
  refusal: unknown,
): Promise<T> {
  const refused = await refusedRecords(database, lease, effects);
  if (refused.length === 0) throw refusal;
  return { ...effects, plan: without(effects.plan, refused) };
}

/** Tries the rows in transactions that are always rolled back, halving what fails. */
async function refusedRecords(
  database: Database,
  lease: Lease,
  effects: RecordEffects,
): Promise<readonly Refused[]> {
  const details = new Map<string, string>();
  const place = rowPlace(database.workspace, lease, { ...effects, lane: "backfill" });
  const { creates, updates, life } = effects.plan;
  const { adopts } = life;
  const updated = [...updates, ...adopts.map(({ row }) => row)];
  const probe = async (rows: readonly Row[]): Promise<boolean> => {
    const ids = new Set(rows.map((row) => row.id));
    const of = (all: readonly Row[]): Row[] => all.filter((row) => ids.has(row.id));
    try {
      await transaction(database, async (client) => {
        await writeAs(client, lease);
        await createRows(client, place, of(creates));
        await adoptRows(
          client,
          place,
          adopts.filter(({ row }) => ids.has(row.id)),
        );
        await updateRows(client, place, of(updated));
        // What would only be found out at the commit, which never comes.
        await client.query("set constraints all immediate");
        throw new RolledBack();
      });
    } catch (error) {
      if (error instanceof RolledBack) return true;
      if (!isRefusal(error)) throw error;
      for (const id of ids) details.set(id, refusalOf(error, effects.columns));
      return false;
    }
    return true;
  };
  const refused = await isolate([...creates, ...updated], probe);
  return refused.map(({ id }) => ({ id, detail: details.get(id) ?? "refused by the database" }));
}

/** Ends a trial transaction without effect. */
class RolledBack extends Error {}

function without(plan: PagePlan, refused: readonly Refused[]): PagePlan {
  const ids = new Set(refused.map(({ id }) => id));
  const keep = (row: Row): boolean => !ids.has(row.id);
  const parked: Parked[] = refused.map(({ id, detail }) => ({
    id,
    detail,
    field: null,
    code: "value_unstorable",
  }));
  return {
    ...plan,
    creates: plan.creates.filter(keep),
    updates: plan.updates.filter(keep),
    life: {
      ...plan.life,
      adopts: plan.life.adopts.filter(({ row }) => keep(row)),
      moves: plan.life.moves.filter(({ kind, to }) => kind === "merged" || !ids.has(to)),
    },
    parked: [...plan.parked, ...parked],
  };
}
