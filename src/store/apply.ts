/**
 * The one transaction in which a page takes effect: rows, links, parked records and the position, under the lease.
 */
import type { Lease, PageEffects, Applied } from "../core/store-port.ts";
import type { Row } from "../core/mapping.ts";
import type { Parked } from "../core/plan.ts";
import type { Database } from "./database.ts";
import { transaction } from "./database.ts";
import { settleDeletes } from "./held.ts";
import { isolate } from "./isolate.ts";
import { requireLease } from "./lease.ts";
import { movePosition } from "./position.ts";
import { forgetParked, park } from "./parked.ts";
import { isCollision, isRefusal, refusalOf, tableRefused } from "./refusal.ts";
import { createRows, updateRows } from "./rows.ts";
import { rememberSeen } from "./compare.ts";

/** How often a page that collides with somebody else's transaction is tried again. */
const REPEATS = 3;

/**
 * Applies a page. When the database refuses a value, the page is halved until the records it refuses are alone;
 * those are parked and the rest is committed. A deadlock with somebody else's transaction is tried again.
 * @throws SyncError `fenced` when the lease is outdated, `database_unreachable`, `table_refused` when the fault is no
 * single record's; nothing is committed then
 */
export async function applyPage(database: Database, lease: Lease, effects: PageEffects): Promise<Applied> {
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await applyOnce(database, lease, effects);
    } catch (error) {
      if (repeats < REPEATS && isCollision(error)) continue;
      const { entity, table } = effects.entity.mapping;
      throw tableRefused(error, database.workspace, { entity, table, columns: effects.columns });
    }
  }
}

async function applyOnce(database: Database, lease: Lease, effects: PageEffects): Promise<Applied> {
  try {
    return await commitPage(database, lease, effects);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const refused = await refusedRecords(database, effects);
    if (refused.length === 0) throw error;
    return commitPage(database, lease, without(effects, refused));
  }
}

async function commitPage(database: Database, lease: Lease, effects: PageEffects): Promise<Applied> {
  return transaction(database, async (client) => {
    await requireLease(client, lease);
    const { entity, plan } = effects;
    const created = await createRows(client, database.workspace, effects, plan.creates);
    const updated = await updateRows(client, database.workspace, effects, plan.updates);
    const { flagged: deleted, held } = await settleDeletes(client, database.workspace, effects);
    const settled = [...plan.creates, ...plan.updates].map(({ id }) => id);
    await forgetParked(client, entity, [...settled, ...effects.page.deletes]);
    await park(client, entity, plan.parked);
    await rememberSeen(client, effects);
    const changed = created + updated + deleted;
    await movePosition(client, effects, { created, changed });
    const unchanged = plan.unchanged + plan.updates.length + plan.creates.length - created - updated;
    return { created, updated, deleted, held, unchanged, parked: plan.parked };
  });
}

interface Refused {
  readonly id: string;
  readonly detail: string;
}

/** Tries the rows in transactions that are always rolled back, halving what fails. */
async function refusedRecords(database: Database, effects: PageEffects): Promise<readonly Refused[]> {
  const details = new Map<string, string>();
  const probe = async (rows: readonly Row[]): Promise<boolean> => {
    const ids = new Set(rows.map((row) => row.id));
    const of = (all: readonly Row[]): Row[] => all.filter((row) => ids.has(row.id));
    try {
      await transaction(database, async (client) => {
        await createRows(client, database.workspace, effects, of(effects.plan.creates));
        await updateRows(client, database.workspace, effects, of(effects.plan.updates));
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
  const refused = await isolate([...effects.plan.creates, ...effects.plan.updates], probe);
  return refused.map(({ id }) => ({ id, detail: details.get(id) ?? "refused by the database" }));
}

/** Ends a trial transaction without effect. */
class RolledBack extends Error {}

function without(effects: PageEffects, refused: readonly Refused[]): PageEffects {
  const ids = new Set(refused.map(({ id }) => id));
  const keep = (row: Row): boolean => !ids.has(row.id);
  const parked: Parked[] = refused.map(({ id, detail }) => ({
    id,
    detail,
    field: null,
    code: "value_unstorable",
  }));
  const { plan } = effects;
  return {
    ...effects,
    plan: {
      ...plan,
      creates: plan.creates.filter(keep),
      updates: plan.updates.filter(keep),
      parked: [...plan.parked, ...parked],
    },
  };
}
