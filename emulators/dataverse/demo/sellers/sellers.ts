import type { EntityFile } from "../../schema.ts";
import { demoSchema } from "../organization.ts";
import { Random } from "../random.ts";
import { ACTS, enterLead } from "./acts.ts";
import { open } from "./operation.ts";
import type { Desk, LiveRecords, Operation } from "./operation.ts";

export interface SellerSettings {
  /** The same seed, records and times give the same operations. */
  readonly seed: number;
  /** The stock definitions, as for `demoOrganization`; what a trimmed schema lacks is not written. */
  readonly schema: Iterable<EntityFile>;
}

/** Simulated people who work in an organization. */
export interface Sellers {
  /**
   * What one of them does next: one operation, or the few of a qualification, in an order in which each refers only to
   * what is there. Never empty: when nothing else is possible, a lead is entered.
   *
   * @param now - milliseconds since 1970.
   */
  act(live: LiveRecords, now: number): readonly Operation[];
}

const STREAM = 0x300;
const ATTEMPTS = 20;

/** @throws RangeError when the schema lacks an entity that the demo fills. */
export function sellers({ seed, schema }: SellerSettings): Sellers {
  const { shapes } = demoSchema(schema);
  let acts = 0;
  return {
    act(live, now) {
      acts += 1;
      const random = new Random(seed, STREAM, acts);
      const desk: Desk = { random, live, shapes, now, by: atTheDesk(random, live) };
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const operations = random.weighted(ACTS)(desk);
        if (operations.length > 0) return operations;
      }
      return enterLead(desk);
    },
  };
}

const READ_WRITE = 0;

/** An enabled user who is a person, when a few looks find one. */
function atTheDesk(random: Random, live: LiveRecords): string | undefined {
  const nobody = { random, live, shapes: new Map(), now: 0, by: undefined };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const user = open(nobody, "systemuser");
    const works =
      user?.record["isdisabled"] !== true && (user?.record["accessmode"] ?? READ_WRITE) === READ_WRITE;
    if (user !== undefined && works) return user.id;
  }
  return undefined;
}

export interface SellerDay extends SellerSettings {
  readonly live: LiveRecords;
  /** Does one operation. What it throws ends the day, so it decides what a refusal means. */
  readonly apply: (operation: Operation) => void | Promise<void>;
  /** How many acts a minute, on average; they come in irregular gaps. More than 0. */
  readonly perMinute: number;
  /** Waits that many milliseconds; ends early, by returning or throwing, when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends the day. */
  readonly signal: AbortSignal;
}

/**
 * Lets sellers work until the signal is aborted: wait, act, wait, act. Operations are done one after the other; those of
 * one act without a wait between them. The time that `apply` takes counts towards the next gap.
 *
 * @returns how many operations were done.
 * @throws what `apply` throws, and what `sleep` throws while the signal is not aborted.
 */
export async function runSellers(settings: SellerDay): Promise<number> {
  const team = sellers(settings);
  const gaps = new Random(settings.seed, STREAM + 1, 0);
  const { live, apply, now, sleep, signal } = settings;
  const mean = 60_000 / settings.perMinute;
  let done = 0;
  let due = now();
  while (!signal.aborted) {
    // Arrivals of people who do not know of each other: exponential gaps.
    due = Math.max(due - mean * Math.log(1 - gaps.fraction()), now());
    await rest(settings, sleep, due - now());
    if (signal.aborted) break;
    for (const operation of team.act(live, now())) {
      await apply(operation);
      done += 1;
    }
  }
  return done;
}

async function rest({ signal }: SellerDay, sleep: SellerDay["sleep"], milliseconds: number): Promise<void> {
  try {
    await sleep(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
