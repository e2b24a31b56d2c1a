import { pino } from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import { ScriptedFeed } from "../../test/support/event-feed.ts";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { SyncError } from "../core/errors.ts";
import { FEED_BEGIN } from "../core/event.ts";
import { EventStreams } from "./event-streams.ts";
import { openServer } from "./server.ts";
import type { Server } from "./server.ts";

let feed: ScriptedFeed;
let server: Server;

const LOG = pino({ level: "silent" });

beforeEach(async () => {
  feed = new ScriptedFeed();
  server = await openServer({ ...scriptedOptions(), events: feed });
  return () => server.close();
});

interface Page {
  readonly events: readonly { readonly id: string; readonly cursor: string; readonly type: string }[];
  readonly cursor: string;
  readonly more: boolean;
}

async function page(query: string): Promise<Page> {
  const answer = await fetch(`${server.url}/api/feed${query}`);
  return (await answer.json()) as Page;
}

describe("GET /api/feed", () => {
  test("tells from the oldest on, and each cursor leads on", async () => {
    feed.tell("person.created", "person.changed", "person.merged");
    const first = await page("?limit=2");
    expect(first).toMatchObject({ cursor: "2-1", more: true });
    expect(first.events[0]).toEqual({ ...feed.events[0]?.event, cursor: "1-1" });
    const second = await page(`?limit=2&after=${first.cursor}`);
    expect(second.events.map(({ type }) => type)).toEqual(["person.merged"]);
    expect(await page(`?after=${second.cursor}`)).toEqual({ events: [], cursor: second.cursor, more: false });
  });

  test("passes on what is wanted", async () => {
    feed.tell("person.created", "person.changed");
    const some = await page("?types=person.changed,person.merged&tables=people");
    expect(some.events.map(({ type }) => type)).toEqual(["person.changed"]);
    expect(feed.queries).toMatchObject([
      { types: ["person.changed", "person.merged"], tables: ["people"], most: 100 },
    ]);
  });

  test("tells where it ends now", async () => {
    feed.tell("person.created");
    expect(await page("?after=now")).toEqual({ events: [], cursor: "1-999", more: false });
  });

  test.each([
    ["?after=yesterday", /after: must be `now`, or a cursor/],
    ["?types=person.changd", /types/],
    ["?limit=0", /limit/],
    ["?limit=1001", /limit/],
    ["?form=1", /form/],
  ])("refuses %s", async (query, detail) => {
    const answer = await fetch(`${server.url}/api/feed${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "request_invalid",
      detail: expect.stringMatching(detail) as unknown,
    });
  });
});

/** A reader of the stream, as a browser is one. */
class Reading {
  readonly #leave = new AbortController();
  readonly #headers: Record<string, string>;
  #reader: ReadableStreamDefaultReader<string> | undefined;
  #text = "";

  constructor(headers: Record<string, string> = {}) {
    this.#headers = headers;
  }

  async open(query = ""): Promise<this> {
    const answer = await fetch(`${server.url}/api/feed/stream${query}`, {
      headers: this.#headers,
      signal: this.#leave.signal,
    });
    expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    this.#reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    return this;
  }

  /** What stands before the next blank line. */
  async next(): Promise<string> {
    while (!this.#text.includes("\n\n")) {
      const { done, value } = (await this.#reader?.read()) ?? { done: true, value: "" };
      if (done) return "(end)";
      this.#text += value;
    }
    const [block = "", ...rest] = this.#text.split("\n\n");
    this.#text = rest.join("\n\n");
    return block;
  }

  leave(): void {
    this.#leave.abort();
  }
}

describe("GET /api/feed/stream", () => {
  test("tells what comes, and who comes back with the last id goes on after it", async () => {
    feed.tell("person.created");
    const reading = await new Reading().open();
    expect(await reading.next()).toBe("retry: 3000");
    feed.tell("person.changed", "person.merged");
    expect(await reading.next()).toMatch(
      /^id: 2-1\ndata: \{"id":"2-event","cursor":"2-1","type":"person.changed"/,
    );
    reading.leave();
    const again = await new Reading({ "last-event-id": "2-1" }).open("?after=now");
    await again.next();
    expect(await again.next()).toMatch(/^id: 3-1\n.*"type":"person.merged"/);
    again.leave();
  });

  test("begins where it is told to, with what is wanted", async () => {
    feed.tell("person.created", "person.changed", "person.merged");
    const reading = await new Reading().open("?after=0-0&types=person.changed");
    await reading.next();
    expect(await reading.next()).toMatch(/^id: 2-1\n/);
    feed.tell("person.created", "person.changed");
    expect(await reading.next()).toMatch(/^id: 5-1\n/);
    reading.leave();
  });

  test("a reader who does not read is not read for, and misses nothing", async () => {
    for (let told = 0; told < 1_000; told += 1) feed.tell("person.changed");
    const streams = new EventStreams(feed, LOG, { every: 1, heartbeat: 5, retry: 1 });
    const stream = streams.open(FEED_BEGIN, { types: null, tables: null });
    await expect.poll(() => feed.looks, { timeout: 5_000 }).toBeGreaterThan(20);
    // What a stream holds ready without being asked: a bounded piece, and no more as time goes by.
    const asked = feed.queries.length;
    expect(asked).toBeLessThan(5);
    await expect.poll(() => feed.looks, { timeout: 5_000 }).toBeGreaterThan(60);
    expect(feed.queries).toHaveLength(asked);
    let text = "";
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.includes("id: 1000-1\n")) break;
    }
    const met = [...text.matchAll(/^id: (\d+)-1\ndata/gm)].map(([, activity]) => activity);
    expect(met).toEqual(feed.events.map(({ cursor }) => cursor.activity));
    streams.close();
  });

  test("a heartbeat takes the place along, past what was not wanted", async () => {
    feed.tell("person.created");
    const streams = new EventStreams(feed, LOG, { every: 1, heartbeat: 5, retry: 1 });
    const stream = streams.open(FEED_BEGIN, { types: ["person.merged"], tables: null });
    for await (const chunk of stream) if (String(chunk) === ": still here\nid: 1-1\n\n") break;
    streams.close();
  });

  test("nobody looks for what is new while nobody listens", async () => {
    const reading = await new Reading().open();
    await expect.poll(() => feed.looks, { timeout: 5_000 }).toBeGreaterThan(2);
    reading.leave();
    let looks = -1;
    await expect
      .poll(
        () => {
          const still = feed.looks === looks;
          looks = feed.looks;
          return still;
        },
        { interval: 700, timeout: 5_000 },
      )
      .toBe(true);
  });

  test("says why it cannot tell, and ends with the server", async () => {
    const reading = await new Reading().open("?after=0-0");
    await reading.next();
    feed.failure = new SyncError("database_unreachable", "PostgreSQL does not answer.");
    expect(await reading.next()).toMatch(/^event: problem\ndata: \{.*"code":"database_unreachable"/);
    await server.close();
    expect(await reading.next()).toBe("(end)");
  });
});

test("the description tells what the query takes", async () => {
  const answer = await fetch(`${server.url}/api/openapi.json`);
  const { paths } = (await answer.json()) as {
    paths: Record<
      string,
      { get?: { parameters?: readonly { name: string; in: string; required: boolean }[] } }
    >;
  };
  expect(paths["/api/feed"]?.get?.parameters).toMatchObject(
    ["after", "limit", "types", "tables"].map((name) => ({ name, in: "query", required: false })),
  );
});
