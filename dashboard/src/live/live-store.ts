import type { QueryClient } from "@tanstack/react-query";
import type { Status } from "../../../src/core/status.ts";
import { watchStatus } from "../api.ts";
import type { Problem } from "../api.ts";
import { extendHistory } from "./history.ts";
import type { History } from "./history.ts";

/** Where the status is kept; the event stream writes it and pages read it. */
export const STATUS_KEY = ["status"] as const;

/** - `opening`: not heard yet. - `live`: events arrive. - `lost`: the connection is gone and is tried again. */
export type LinkState = "opening" | "live" | "lost";

/** What is known beside the status itself; replaced, never changed. */
export interface Live {
  /** The page's clock, milliseconds since 1970: moves each second. */
  readonly now: number;
  readonly link: LinkState;
  /** Why the server cannot tell the status, while it cannot. */
  readonly problem: Problem | null;
  /** When a status last arrived. */
  readonly heardAt: number | null;
  readonly history: History;
}

const TICK_MS = 1_000;

/** Follows the event stream into the query cache and keeps what charts and clocks need. */
export class LiveStore {
  readonly #queries: QueryClient;
  readonly #listeners = new Set<() => void>();
  #live: Live = { now: Date.now(), link: "opening", problem: null, heardAt: null, history: new Map() };

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  /** Begins to follow; returns what stops it. */
  start(): () => void {
    const stopWatching = watchStatus({
      onOpen: () => this.#change({ link: "live" }),
      onStatus: (status) => this.#hear(status),
      onProblem: (problem) => this.#change({ problem }),
      onLost: () => this.#change({ link: "lost" }),
    });
    const ticking = window.setInterval(() => this.#tick(), TICK_MS);
    return () => {
      stopWatching();
      window.clearInterval(ticking);
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Live => this.#live;

  #hear(status: Status): void {
    const now = Date.now();
    this.#queries.setQueryData(STATUS_KEY, status);
    const history = extendHistory(this.#live.history, status, now);
    this.#change({ now, link: "live", problem: null, heardAt: now, history });
  }

  /** Between events nothing has changed, so the last status holds; without a connection nothing is known. */
  #tick(): void {
    const now = Date.now();
    const heard = this.#live.link === "live" && this.#live.problem === null;
    const status = heard ? (this.#queries.getQueryData<Status>(STATUS_KEY) ?? null) : null;
    this.#change({ now, history: extendHistory(this.#live.history, status, now) });
  }

  #change(change: Partial<Live>): void {
    this.#live = { ...this.#live, ...change };
    for (const listener of this.#listeners) listener();
  }
}
