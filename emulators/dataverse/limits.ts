import { ApiError } from "./errors.ts";

/** The service protection limits, counted per user over a sliding window. */
export interface LimitSettings {
  enabled: boolean;
  windowSeconds: number;
  requests: number;
  executionMilliseconds: number;
  concurrency: number;
  /** What each request counts as execution time, whatever it really took. */
  costMilliseconds: number;
}

export function defaultLimits(): LimitSettings {
  return {
    enabled: false,
    windowSeconds: 300,
    requests: 6000,
    executionMilliseconds: 1_200_000,
    concurrency: 52,
    costMilliseconds: 20,
  };
}

interface Usage {
  /** When each request of the window began, in milliseconds. */
  readonly begun: number[];
  running: number;
  /** Refusals in a row: pushing on makes the wait longer. */
  refused: number;
}

const grouped = (number: number): string => number.toLocaleString("en-US");

/** Counts requests against the limits. The clock may be virtual. */
export class Limits {
  readonly settings: LimitSettings = defaultLimits();
  readonly #clock: () => number;
  readonly #usage = new Map<string, Usage>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Lets a request in, or refuses it with 429; gives what to call when the request has ended. */
  enter(user: string): () => void {
    const usage = this.#of(user);
    if (this.settings.enabled) this.#demand(usage);
    usage.refused = 0;
    usage.begun.push(this.#clock());
    usage.running += 1;
    return () => {
      usage.running -= 1;
    };
  }

  /** What is left, as the service says it in headers. */
  headers(user: string): Record<string, string> {
    const { requests, executionMilliseconds, costMilliseconds } = this.settings;
    const used = this.#of(user).begun.length;
    const seconds = Math.max(0, executionMilliseconds - used * costMilliseconds) / 1000;
    return {
      "x-ms-ratelimit-burst-remaining-xrm-requests": String(Math.max(0, requests - used)),
      "x-ms-ratelimit-time-remaining-xrm-requests": seconds.toLocaleString("en-US", {
        minimumFractionDigits: 2,
        maximumFractionDigits: 2,
      }),
    };
  }

  #of(user: string): Usage {
    const usage = this.#usage.get(user) ?? { begun: [], running: 0, refused: 0 };
    this.#usage.set(user, usage);
    const start = this.#clock() - this.settings.windowSeconds * 1000;
    let old = 0;
    while ((usage.begun[old] ?? Infinity) <= start) old += 1;
    usage.begun.splice(0, old);
    return usage;
  }

  #demand(usage: Usage): void {
    const { windowSeconds, requests, executionMilliseconds, concurrency, costMilliseconds } = this.settings;
    if (usage.running >= concurrency) {
      throw this.#refused(
        usage,
        "0x80072326",
        `Number of concurrent requests exceeded the limit of ${concurrency}.`,
      );
    }
    const window = `over time window of ${windowSeconds} seconds`;
    if (usage.begun.length >= requests) {
      throw this.#refused(
        usage,
        "0x80072322",
        `Number of requests exceeded the limit of ${requests} ${window}.`,
      );
    }
    if ((usage.begun.length + 1) * costMilliseconds > executionMilliseconds) {
      throw this.#refused(
        usage,
        "0x80072321",
        `Combined execution time of incoming requests exceeded limit of ${grouped(executionMilliseconds)} milliseconds ${window}. Decrease number of concurrent requests or reduce the duration of requests and try again later.`,
      );
    }
  }

  #refused(usage: Usage, code: string, message: string): ApiError {
    usage.refused += 1;
    const oldest = usage.begun[0] ?? this.#clock();
    const free = Math.ceil((oldest + this.settings.windowSeconds * 1000 - this.#clock()) / 1000);
    const seconds = code === "0x80072326" ? 1 + usage.refused : Math.max(1, free) + usage.refused - 1;
    return new ApiError(429, code, message, { "Retry-After": String(seconds) });
  }
}
