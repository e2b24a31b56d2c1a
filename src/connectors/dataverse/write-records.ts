/**
 * Writing records: one by one, in batches or in transactions, as their number and their guards allow.
 */
import type { Entity } from "../../core/organization.ts";
import type { Outcome, Write } from "../../core/sink-port.ts";
import type { AdaptiveLimiter } from "../http/limiter.ts";
import type { DataverseClient } from "./client.ts";
import { TargetSets } from "./target-sets.ts";
import { together } from "./together.ts";
import { BulkOffers } from "./update-multiple.ts";
import type { EntitySets } from "./write-body.ts";
import { bodyMembers, unwritable } from "./write-body.ts";
import type { Prepared } from "./write-command.ts";
import type { Told } from "./write-exchange.ts";
import { WriteExchange, laterOf } from "./write-exchange.ts";
import { halves, shares } from "./write-shares.ts";

/** So few records are not worth a request of their own each, nor a transaction. */
const FEW = 10;

/** What one call works with. */
interface Run {
  readonly entity: Entity;
  readonly signal: AbortSignal;
}

export class RecordWriter {
  readonly #limiter: AdaptiveLimiter;
  readonly #most: number;
  readonly #targets: TargetSets;
  readonly #bulk: BulkOffers;
  readonly #exchange: WriteExchange;

  /** @param most records in one request, at most 1,000 */
  constructor(client: DataverseClient, limiter: AdaptiveLimiter, most: number) {
    this.#limiter = limiter;
    this.#most = most;
    this.#targets = new TargetSets(client);
    this.#bulk = new BulkOffers(client);
    this.#exchange = new WriteExchange(client);
  }

  /** As `Sink.write` promises. */
  async write(
    entity: Entity,
    writes: readonly Write[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome>> {
    demandOnce(writes);
    return together(signal, async (whole) => {
      const sets = await this.#targets.of(entity, writes, whole).catch(laterOf);
      if ("kind" in sets) return new Map(writes.map(({ id }) => [id, sets]));
      const { ready, told } = prepared(entity, writes, sets);
      return new Map([...told, ...(await this.#sendAll({ entity, signal: whole }, ready))]);
    });
  }

  async #sendAll(run: Run, ready: readonly Prepared[]): Promise<readonly Told[]> {
    const free = ready.filter(isFree);
    const inBulk = free.length > 1 && (await this.#bulk.has(run.entity.name, run.signal));
    const batched = inBulk ? ready.filter((one) => !isFree(one)) : ready;
    const told = await Promise.all([
      ...this.#shares(inBulk ? free : []).map(async (share) => this.#sendTransaction(run, share)),
      ...this.#shares(batched).map(async (share) => this.#sendBatch(run, share)),
    ]);
    return told.flat();
  }

  #shares(ready: readonly Prepared[]): readonly (readonly Prepared[])[] {
    const most = this.#exchange.within(this.#most);
    return shares(ready, { among: this.#limiter.report().limit, fewest: FEW, most });
  }

  /** A batch that is refused as a whole is taken apart until what is to blame is alone. */
  async #sendBatch(run: Run, group: readonly Prepared[]): Promise<readonly Told[]> {
    const [first, second] = group;
    if (first !== undefined && second === undefined) return this.#exchange.one(run.entity, first, run.signal);
    const verdict = await this.#exchange.batch(run.entity, group, run.signal);
    if (typeof verdict !== "string") return verdict;
    return inTurn(halves(group), async (half) => this.#sendBatch(run, half));
  }

  /** A transaction is taken apart in the same way; the last few travel as a batch, which tells them apart. */
  async #sendTransaction(run: Run, group: readonly Prepared[]): Promise<readonly Told[]> {
    const verdict = await this.#exchange.transaction(run.entity, group, run.signal);
    if (typeof verdict !== "string") return verdict;
    if (verdict === "not-offered") this.#bulk.withdraw(run.entity.name);
    if (verdict === "not-offered" || group.length <= FEW) return this.#sendBatch(run, group);
    return inTurn(halves(group), async (half) => this.#sendTransaction(run, half));
  }
}

/** Updates that take the record as it is need no answer of their own. */
function isFree({ write }: Prepared): boolean {
  return write.kind === "update" && write.guard === null;
}

interface Sorted {
  readonly ready: readonly Prepared[];
  /** Of those that cannot be sent at all. */
  readonly told: readonly Told[];
}

function prepared(entity: Entity, writes: readonly Write[], sets: EntitySets): Sorted {
  const ready: Prepared[] = [];
  const told: Told[] = [];
  for (const write of writes) {
    const refusal = unwritable(entity, write.values, sets);
    if (refusal === null) ready.push({ write, members: bodyMembers(write.values, sets) });
    else told.push([write.id, refusal]);
  }
  return { ready, told };
}

/** One half after the other: what is being taken apart should not take all the places. */
async function inTurn(
  parts: readonly (readonly Prepared[])[],
  send: (part: readonly Prepared[]) => Promise<readonly Told[]>,
): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const part of parts) told.push(...(await send(part)));
  return told;
}

function demandOnce(writes: readonly Write[]): void {
  const ids = new Set(writes.map(({ id }) => id));
  if (ids.size !== writes.length) throw new TypeError("A record was given twice in one call of write.");
}
