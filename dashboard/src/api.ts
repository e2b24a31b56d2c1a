import type { Responsible } from "../../src/core/errors.ts";
import type { NoticeList } from "../../src/core/notice.ts";
import type { RefusedList, RefusedWish, RetryWish } from "../../src/core/refused.ts";
import type { Status } from "../../src/core/status.ts";

/** What the API says when it cannot do as asked (problem+json). */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly who: Responsible;
}

/** A call that failed, with what to tell the person. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** @throws ApiError */
export async function fetchStatus(signal: AbortSignal): Promise<Status> {
  const answer = await call("/api/status", { signal });
  return (await answer.json()) as Status;
}

/** Asks for a cycle now. @throws ApiError */
export async function requestSync(connectionId: number): Promise<void> {
  await call(`/api/connections/${connectionId}/sync`, { method: "POST" });
}

/** @throws ApiError */
export async function fetchNotices(signal: AbortSignal): Promise<NoticeList> {
  const answer = await call("/api/notices", { signal });
  return (await answer.json()) as NoticeList;
}

/** Marks notices as seen, for everybody. @throws ApiError */
export async function seeNotices(ids: readonly string[]): Promise<void> {
  await call("/api/notices/seen", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ids }),
  });
}

/** @throws ApiError */
export async function fetchErrors(wish: RefusedWish, signal: AbortSignal): Promise<RefusedList> {
  const answer = await call(`/api/errors${queryOf(wish)}`, { signal });
  return (await answer.json()) as RefusedList;
}

/** Where the same is to be had as a table for spreadsheets. */
export function errorsCsv(wish: RefusedWish): string {
  return `/api/errors.csv${queryOf(wish)}`;
}

/** Lets edits be tried again. Gives how many. @throws ApiError */
export async function retryErrors(wish: RetryWish): Promise<number> {
  const answer = await call("/api/errors/retry", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wish),
  });
  return ((await answer.json()) as { retried: number }).retried;
}

function queryOf(wish: RefusedWish): string {
  const given = Object.entries(wish).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
}

/** What the event stream tells. */
export interface StatusWatcher {
  onOpen(): void;
  onStatus(status: Status): void;
  /** The server answers, but cannot tell the status at the moment. */
  onProblem(problem: Problem): void;
  /** The connection is gone; it is being tried again. */
  onLost(): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8_000;

/**
 * Follows the event stream until stopped, and comes back by itself: browsers give up for good on some failures, so
 * each attempt is a new connection, further apart each time, and at once when the network or the page comes back.
 * @returns what stops it
 */
export function watchStatus(watcher: StatusWatcher): () => void {
  let source: EventSource | null = null;
  let timer: number | null = null;
  let retryMs = FIRST_RETRY_MS;

  function open(): void {
    timer = null;
    const opened = new EventSource("/api/events");
    source = opened;
    opened.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      watcher.onOpen();
    });
    opened.addEventListener("status", (event: MessageEvent<string>) =>
      watcher.onStatus(JSON.parse(event.data) as Status),
    );
    opened.addEventListener("problem", (event: MessageEvent<string>) =>
      watcher.onProblem(JSON.parse(event.data) as Problem),
    );
    opened.addEventListener("error", () => {
      opened.close();
      watcher.onLost();
      timer = window.setTimeout(open, retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    });
  }

  function hurry(): void {
    if (timer === null || document.visibilityState === "hidden") return;
    window.clearTimeout(timer);
    open();
  }

  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  open();
  return () => {
    window.removeEventListener("online", hurry);
    document.removeEventListener("visibilitychange", hurry);
    if (timer !== null) window.clearTimeout(timer);
    source?.close();
  };
}

async function call(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(path, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(UNREACHABLE);
  });
  if (!answer.ok) throw new ApiError(await problemOf(answer));
  return answer;
}

async function problemOf(answer: Response): Promise<Problem> {
  const isProblem = answer.headers.get("content-type")?.startsWith("application/problem+json") === true;
  if (isProblem) return (await answer.json()) as Problem;
  return { ...UNREACHABLE, detail: `Tandem answered with status ${answer.status} and nothing more.` };
}

const UNREACHABLE: Problem = {
  code: "unreachable",
  detail: "Tandem does not answer.",
  remedy: "Check that it is running (`npm start`) and that this page has the right address.",
  who: "admin",
};
