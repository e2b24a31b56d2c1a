/**
 * A simulator: a stage that is set once, and histories that are played on it one after the other.
 */
import { openConnection } from "../../src/engine/connection.ts";
import { openMarketingTables } from "../../src/marketing/tables.ts";
import { mappingFor } from "../../src/marketing/default-mapping.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import { ensureConnection } from "../../src/store/connections.ts";
import { openSyncStore } from "../../src/store/sync-store.ts";
import { UNMAPPED } from "./ledger.ts";
import { openOrganization } from "./organization.ts";
import type { Plant } from "./plants.ts";
import type { Played } from "./play.ts";
import { play } from "./play.ts";
import { Scheduler } from "./scheduler.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { History } from "./steps.ts";
import { ORIGIN, credentialOn, openWire } from "./wire.ts";

export interface Simulator {
  readonly stage: Stage;
  /** Plays a history from its beginning. The same one gives the same trace, byte for byte. */
  play(history: History, watch?: string): Promise<Played>;
  close(): Promise<void>;
}

/**
 * @param connectionString an empty database
 * @param plant a mistake that is to be found
 */
export async function openSimulator(connectionString: string, plant?: Plant): Promise<Simulator> {
  const stage = await openStage(connectionString, plant?.sql);
  const { pool } = stage.database;
  const wish = { name: "dynamics", url: ORIGIN, pauseSeconds: 300, roaming: false };
  const { id } = await ensureConnection(pool, wish);
  await connectOnce(stage, id);
  await pool.query(`alter table marketing.people add column ${UNMAPPED.column} text`);
  // Once more: the views over the table have the new column as well.
  await connectOnce(stage, id);
  await stage.keep();
  return {
    stage,
    play: (history, watch) => play(stage, history, { connectionId: id, plant, watch }),
    close: () => stage.close(),
  };
}

/** Makes the tables, as the first cycle of every history would. */
async function connectOnce({ database }: Stage, id: number): Promise<void> {
  const now = (): number => Date.UTC(2026, 10, 24);
  const emulator = openOrganization({ now });
  const scheduler = new Scheduler(() => undefined);
  const actor = { name: "first", alive: true };
  const wire = openWire({ emulator, scheduler, actor, strays: [], onCommand: () => undefined });
  const source = openDataverse({ url: ORIGIN, signIn: credentialOn(wire, emulator, now), transport: wire });
  const parts = {
    source,
    sink: source,
    store: openSyncStore(database),
    tables: openMarketingTables(database),
    mappingFor,
    filter: { column: "new_nobodyhasthis", exit: "freeze" as const },
    clock: { now },
    log: () => undefined,
  };
  const settings = {
    entities: ["contact", "lead"],
    pageSize: 50,
    livePollMs: 5_000,
    wholeReads: 2,
    pushSize: 50,
    guardWrites: true,
    checkHistory: false,
    guard: { count: 1_000, share: 1 },
    people: { matchBy: ["email"], contactsBy: "qualify" as const, optionalFields: new Set(["subject"]) },
  };
  const state = { over: false };
  const prepared = openConnection(parts, id)
    .prepare(settings, new AbortController().signal)
    .finally(() => {
      state.over = true;
    });
  while (!state.over) {
    await scheduler.quiet();
    for (const call of scheduler.waiting(actor)) await scheduler.grant(call);
  }
  await prepared;
}
