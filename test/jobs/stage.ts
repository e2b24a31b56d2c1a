import pg from "pg";
import { onTestFinished } from "vitest";
import type { CycleQueue, RunCycle } from "../../src/jobs/cycle-queue.ts";
import { openCycleQueue } from "../../src/jobs/cycle-queue.ts";
import { testDatabase } from "../support/database.ts";

/** A cycle that has begun and goes on until the test ends it. */
export interface Running {
  readonly connectionId: number;
  /** Which worker runs it. */
  readonly worker: number;
  readonly signal: AbortSignal;
  /** Ends the cycle; the next one is due after so many seconds. */
  end(pauseSeconds: number): void;
  fail(error: Error): void;
}

/** A queue in a database of its own, with any number of workers whose cycles the test ends. */
export interface Stage {
  /** Opens one more worker. */
  worker(): Promise<CycleQueue>;
  /** The next cycle that begins, on whichever worker. */
  begun(): Promise<Running>;
  /** Cycles that began and were not waited for yet. */
  readonly unseen: number;
  /** Connections whose cycles were ever under way twice at once. */
  readonly overlaps: ReadonlySet<number>;
  /** When cycles were announced, by connection. */
  readonly announced: readonly { readonly connectionId: number; readonly at: Date }[];
  /** Cycles that wait or run, as the queue's own table has them. */
  jobs(): Promise<readonly { readonly connection: number; readonly state: string; readonly start: Date }[]>;
  sql(text: string): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const { connectionString, close } = await testDatabase();
  const client = new pg.Client({ connectionString });
  await client.connect();
  const begun: Running[] = [];
  const waiting: ((running: Running) => void)[] = [];
  const under = new Map<number, number>();
  const overlaps = new Set<number>();
  const announced: { connectionId: number; at: Date }[] = [];
  const queues: CycleQueue[] = [];
  const open: Running[] = [];
  let workers = 0;

  const runFor =
    (worker: number): RunCycle =>
    async (connectionId, signal) => {
      const count = (under.get(connectionId) ?? 0) + 1;
      under.set(connectionId, count);
      if (count > 1) overlaps.add(connectionId);
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const running = { connectionId, worker, signal, end: resolve, fail: reject };
      open.push(running);
      const taker = waiting.shift();
      if (taker === undefined) begun.push(running);
      else taker(running);
      try {
        return await promise;
      } finally {
        under.set(connectionId, (under.get(connectionId) ?? 1) - 1);
      }
    };

  onTestFinished(async () => {
    for (const running of open) running.end(1_000);
    await Promise.all(queues.map((queue) => queue.close()));
    await client.end();
    await close();
  });

  return {
    overlaps,
    announced,
    get unseen() {
      return begun.length;
    },
    async worker() {
      const queue = await openCycleQueue({
        connectionString,
        schema: "marketing_jobs",
        concurrency: 1,
        onError: () => undefined,
        onScheduled: async (connectionId, at) => {
          announced.push({ connectionId, at });
        },
      });
      queues.push(queue);
      workers += 1;
      await queue.work(runFor(workers));
      return queue;
    },
    begun: () =>
      new Promise((resolve) => {
        const running = begun.shift();
        if (running === undefined) waiting.push(resolve);
        else resolve(running);
      }),
    async jobs() {
      const { rows } = await client.query<{ connection: number; state: string; start: Date }>(
        `select (data ->> 'connectionId')::int as connection, state::text, start_after as start
           from marketing_jobs.job where name = 'cycle' and state in ('created', 'retry', 'active') order by 1, 2`,
      );
      return rows;
    },
    async sql(text) {
      await client.query(text);
    },
  };
}
