/**
 * When which connection has its cycle: pg-boss in the same database, so that any number of workers share the work and
 * a killed worker's cycle goes on elsewhere. Who may write is not decided here but by the epoch.
 */
import { PgBoss } from "pg-boss";

const QUEUE = "cycle";
/** pg-boss's minimum: a worker that has been silent for so long is taken for dead. */
const HEARTBEAT_SECONDS = 10;
/** A first snapshot may take hours; a job that is alive is not ended before this. */
const LONGEST_CYCLE_SECONDS = 12 * 3600;

/** Runs one cycle. What it returns is the number of seconds to wait before the next one. */
export type RunCycle = (connectionId: number, signal: AbortSignal) => Promise<number>;

export interface CycleQueueOptions {
  readonly connectionString: string;
  /** Schema of pg-boss's own tables. */
  readonly schema: string;
  /** Cycles this worker runs at once. */
  readonly concurrency: number;
  readonly onError: (error: Error) => void;
  /** Told when the next cycle of a connection is due. */
  readonly onScheduled: (connectionId: number, at: Date) => Promise<void>;
}

export interface CycleQueue {
  /** Begins to work. At most one cycle per connection runs at a time, on whichever worker. */
  work(run: RunCycle): Promise<void>;
  /** Makes sure that the connection has a cycle ahead, now unless one is already waiting. */
  ensure(connectionId: number): Promise<void>;
  /** Moves the waiting cycle to now; while one is running, another follows it at once. */
  syncNow(connectionId: number): Promise<void>;
  /** Frees cycles that a dead worker held. Only for a database that nobody else can be working on. */
  freeAll(): Promise<void>;
  /** Aborts the cycle under way, waits for it to end, hands it over to whoever is next, and leaves the queue. */
  close(): Promise<void>;
}

interface CycleJob {
  readonly connectionId: number;
}

/**
 * Opens the queue.
 *
 * The policy `stately` keeps one cycle waiting and one running per connection (`singletonKey`); in the trials it never
 * let two overlap, unlike group concurrency.
 */
export async function openCycleQueue(options: CycleQueueOptions): Promise<CycleQueue> {
  const boss = await startBoss(options);
  const stopping = new AbortController();

  const schedule = async (connectionId: number, seconds: number): Promise<void> => {
    const at = new Date(Date.now() + seconds * 1000);
    const sent = await boss.send(
      QUEUE,
      { connectionId },
      { singletonKey: String(connectionId), startAfter: at },
    );
    // Refused, and rightly so, when "sync now" has put one there meanwhile: that one is due at once.
    await options.onScheduled(connectionId, sent === null ? new Date() : at);
  };

  return {
    async work(run) {
      await boss.work<CycleJob>(
        QUEUE,
        {
          pollingIntervalSeconds: 1,
          notifyPollingIntervalSeconds: 1,
          localConcurrency: options.concurrency,
          batchSize: 1,
        },
        async ([job]) => {
          if (job === undefined) return;
          const { connectionId } = job.data;
          const pause = await run(connectionId, AbortSignal.any([job.signal, stopping.signal]));
          // A worker that leaves hands its cycle over: another one, or its own next start, goes on at once.
          await schedule(connectionId, stopping.signal.aborted ? 0 : pause);
        },
      );
    },
    async ensure(connectionId) {
      await boss.send(QUEUE, { connectionId }, { singletonKey: String(connectionId) });
    },
    async syncNow(connectionId) {
      await boss.upsert(
        QUEUE,
        { connectionId },
        { singletonKey: String(connectionId), startAfter: new Date() },
      );
    },
    async freeAll() {
      for (const job of await boss.findJobs(QUEUE)) {
        if (job.state === "active") await boss.deleteJob(QUEUE, job.id);
      }
    },
    async close() {
      stopping.abort();
      await boss.stop({ graceful: true, timeout: 20_000 });
    },
  };
}

async function startBoss(options: CycleQueueOptions): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: options.connectionString,
    schema: options.schema,
    max: 4,
    application_name: "tandem-queue",
    useListenNotify: true,
    superviseIntervalSeconds: HEARTBEAT_SECONDS,
    monitorIntervalSeconds: 1,
  });
  boss.on("error", options.onError);
  await boss.start();
  await boss.createQueue(QUEUE, {
    policy: "stately",
    notify: true,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: LONGEST_CYCLE_SECONDS,
    retryLimit: 1_000_000,
    retryDelay: 1,
    deleteAfterSeconds: 3600,
  });
  return boss;
}
