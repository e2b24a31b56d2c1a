/**
 * A window between Tandem and the emulated organization that counts which pages of first full reads are asked for, so
 * that a page read twice shows. It passes everything on as it is; `delayMs` makes each page take a while.
 */
import { EventEmitter, once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface PagesRead {
  /** Pages of first full reads that were asked for, each counted once. */
  readonly pages: number;
  /** How often a page was asked for that had been asked for before. */
  readonly again: number;
}

export interface Window {
  /** Address to give to Tandem instead of the organization's. */
  readonly url: string;
  /** Milliseconds before a page is passed on. */
  delayMs: number;
  pagesRead(): PagesRead;
  /** Waits until the next page is asked for. @throws AbortError when the signal is aborted before */
  nextPage(signal: AbortSignal): Promise<void>;
  /** Forgets what was counted, for another first full read. */
  begin(): void;
  close(): Promise<void>;
}

/**
 * Opens a window on the organization at `target`. Pages are told from questions about what may be read by their size,
 * which therefore must not be 1.
 */
export async function openWindow(target: string, pageSize: number): Promise<Window> {
  const asked = new Map<string, number>();
  const news = new EventEmitter();
  const { hostname, port } = new URL(target);
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method, url = "/", headers } = incoming;
    const wanted = String(headers["prefer"]).split(",").includes(`odata.maxpagesize=${pageSize}`);
    const page = wanted ? pageOfFirstRead(url) : undefined;
    if (page !== undefined) {
      asked.set(page, (asked.get(page) ?? 0) + 1);
      news.emit("page");
      await sleep(window.delayMs);
    }
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // Tandem is killed in the middle of answers: what is left of them goes nowhere.
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const window: Window = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    pagesRead: () => ({
      pages: asked.size,
      again: [...asked.values()].reduce((sum, times) => sum + times - 1, 0),
    }),
    async nextPage(signal) {
      await once(news, "page", { signal });
    },
    begin: () => asked.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return window;
}

/**
 * What names a page of a first full read: the entity set for the first page, the cookie of the next link for the
 * others. Deltas (their token, or a cookie that knows where they started) are no such pages.
 */
function pageOfFirstRead(url: string): string | undefined {
  if (url.includes("deltatoken")) return undefined;
  const cookie = /skiptoken=([^&]*)/.exec(url)?.[1];
  if (cookie === undefined) return url.split("?")[0];
  // The cookie is encoded twice, and the one inside it once more.
  const plain = decodeURIComponent(decodeURIComponent(cookie));
  return plain.includes("<start ") ? undefined : `${url.split("?")[0]} ${plain}`;
}
