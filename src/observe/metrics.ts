/**
 * The measurements, in Prometheus' text format: counters of this process, and gauges of what is stored, which are the
 * same whichever worker is asked. Labels are entities, codes and states; no record, no person.
 */
import { Counter, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { Gauges } from "../core/gauges.ts";
import type { Moved } from "../core/observer.ts";
import type { CycleOutcome } from "../core/store-port.ts";
import { StoredMeasures } from "./stored-measures.ts";

export interface MetricsOptions {
  readonly version: string;
  /** Reads what is stored. */
  read(): Promise<Gauges>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Measure the process too: memory, processor, event loop. */
  readonly ofProcess: boolean;
}

/** Seconds of a cycle: an idle one takes a fraction, a first copy hours. */
const CYCLE_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 28_800];

/** Seconds of a request. */
const REQUEST_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

export class Metrics {
  readonly #registry = new Registry();
  readonly #stored: StoredMeasures;
  readonly #records: Counter<"entity" | "direction" | "outcome">;
  readonly #requests: Counter<"status">;
  readonly #requestSeconds: Histogram;
  readonly #waitSeconds: Counter<"code">;
  readonly #cycleSeconds: Histogram<"outcome">;

  constructor(options: MetricsOptions) {
    const registers = [this.#registry];
    if (options.ofProcess) collectDefaultMetrics({ register: this.#registry });
    this.#stored = new StoredMeasures(this.#registry, options);
    this.#records = new Counter({
      name: "tandem_records_total",
      help: "Records by entity and direction, as read, and by what became of them",
      labelNames: ["entity", "direction", "outcome"],
      registers,
    });
    this.#requests = new Counter({
      name: "tandem_dynamics_requests_total",
      help: "Requests to Dynamics by status class of the answer; 429 alone; none where no answer came",
      labelNames: ["status"],
      registers,
    });
    this.#requestSeconds = new Histogram({
      name: "tandem_dynamics_request_duration_seconds",
      help: "Seconds from sending a request to Dynamics to the end of its answer",
      buckets: REQUEST_BUCKETS,
      registers,
    });
    this.#waitSeconds = new Counter({
      name: "tandem_dynamics_wait_seconds_total",
      help: "Seconds that were waited because Dynamics asked for fewer requests or did not answer",
      labelNames: ["code"],
      registers,
    });
    this.#cycleSeconds = new Histogram({
      name: "tandem_cycle_duration_seconds",
      help: "Seconds that cycles took, by outcome",
      labelNames: ["outcome"],
      buckets: CYCLE_BUCKETS,
      registers,
    });
  }

  moved({ entity, direction, outcomes }: Moved): void {
    for (const [outcome, count] of Object.entries(outcomes)) {
      if (count > 0) this.#records.inc({ entity, direction, outcome }, count);
    }
  }

  requested(status: number | null, seconds: number): void {
    this.#requests.inc({ status: classOf(status) });
    this.#requestSeconds.observe(seconds);
  }

  waits(code: string, seconds: number): void {
    this.#waitSeconds.inc({ code }, seconds);
  }

  cycled(outcome: CycleOutcome, seconds: number): void {
    this.#cycleSeconds.observe({ outcome }, seconds);
  }

  /** Never fails: what is stored is left out when it cannot be read, and `tandem_database_reachable` is 0. */
  async text(): Promise<string> {
    await this.#stored.refresh();
    return this.#registry.metrics();
  }
}

function classOf(status: number | null): string {
  if (status === null) return "none";
  return status === 429 ? "429" : `${Math.floor(status / 100)}xx`;
}
