/**
 * A wire that answers from a script, and a clock that stands still until somebody sleeps on it: for tests that
 * decide every answer by hand.
 */
import { gzipSync } from "node:zlib";

import type { Timing } from "../../src/connectors/http/timing.ts";
import type { HttpAnswer, HttpRequest, Transport } from "../../src/connectors/http/transport.ts";

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: object | string;
  readonly gzip?: boolean;
}

/** A reply, an error the wire throws, or a function that decides by the request. */
export type Line = Reply | Error | ((request: HttpRequest) => Reply | Promise<Reply>);

export interface ScriptedWire extends Transport {
  /** Every request that was sent, in order. */
  readonly sent: readonly HttpRequest[];
  /** Paths with query, decoded, of the requests that match. */
  paths(part?: string): string[];
}

/**
 * Answers each request with the next line of the first entry whose key occurs in the decoded address; the last line
 * of an entry repeats. Sign-in is answered by itself unless scripted (`/token`).
 */
export function scriptedWire(script: Readonly<Record<string, Line | readonly Line[]>>): ScriptedWire {
  const sent: HttpRequest[] = [];
  const entries = Object.entries({ ...script, "/oauth2/": script["/oauth2/"] ?? granted() });
  const queues = new Map(
    entries.map(([key, lines]) => [key, Array.isArray(lines) ? [...(lines as Line[])] : [lines as Line]]),
  );
  return {
    sent,
    paths: (part = "") => sent.map(({ url }) => decodeURIComponent(url)).filter((url) => url.includes(part)),
    async send(request) {
      sent.push(request);
      const address = decodeURIComponent(request.url);
      const [, queue] = [...queues].find(([key]) => address.includes(key)) ?? [];
      if (queue === undefined) throw new Error(`The script has no line for ${address}`);
      const line = queue.length > 1 ? queue.shift() : queue[0];
      if (line === undefined || line instanceof Error) throw line ?? new Error("empty script");
      return answerOf(typeof line === "function" ? await line(request) : line);
    },
    async close() {},
  };
}

export function granted(token = "token-1", seconds = 3600): Reply {
  return { body: { token_type: "Bearer", expires_in: seconds, access_token: token } };
}

/** An error as the platform writes it. */
export function refused(status: number, code: string, message = "No.", headers = {}): Reply {
  return { status, headers, body: { error: { code, message } } };
}

export function wireError(code: string): Error {
  return Object.assign(new Error(`wire: ${code}`), { code });
}

function answerOf({ status = 200, headers = {}, body = "", gzip = false }: Reply): HttpAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = gzip ? gzipSync(text) : Buffer.from(text);
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(gzip ? { "content-encoding": "gzip" } : {}),
      ...headers,
    },
    body: bytes,
  };
}

export interface VirtualTiming extends Timing {
  /** Every sleep, in milliseconds, in order. */
  readonly slept: readonly number[];
  advance(ms: number): void;
}

/** A sleep moves the clock at once. Chance always says one half. */
export function virtualTiming(start = Date.parse("2026-11-23T10:00:00Z")): VirtualTiming {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    advance(ms) {
      now += ms;
    },
    async sleep(ms, signal) {
      slept.push(ms);
      now += ms;
      signal.throwIfAborted();
    },
  };
}
