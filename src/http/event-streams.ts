/**
 * The feed of events as server-sent events, each reader from a place of its own.
 */
import { Readable } from "node:stream";
import type { FastifyBaseLogger } from "fastify";
import type { EventFeed, EventFilter } from "../core/event-port.ts";
import type { EventCursor } from "../core/event.ts";
import { cursorText } from "../core/event.ts";
import { wireEvent } from "./event-schema.ts";
import { problemOf } from "./problem.ts";

/** Times of the streams, in milliseconds. */
export interface EventStreamTimes {
  /** How often somebody looks whether there is anything new, for all readers together. */
  readonly every: number;
  /** Time between heartbeats: proxies cut a connection that is silent for long. */
  readonly heartbeat: number;
  /** Time until the feed is read again after it could not be. */
  readonly retry: number;
}

const TIMES: EventStreamTimes = { every: 500, heartbeat: 15_000, retry: 3_000 };

/** Events that are read at once. */
const PAGE = 100;

/**
 * Opens streams of `text/event-stream`. Each event has its cursor as `id`, so that a browser that comes back goes on
 * where it was. A reader who is slow is read for slowly; one who has everything costs nothing: a single look at the
 * feed's end is made for all of them, and none while there is no reader.
 */
export class EventStreams {
  readonly #feed: EventFeed;
  readonly #log: FastifyBaseLogger;
  readonly #times: EventStreamTimes;
  readonly #readers = new Set<EventReader>();
  #beat: NodeJS.Timeout | null = null;
  #look: NodeJS.Timeout | null = null;
  #end: string | null = null;

  constructor(feed: EventFeed, log: FastifyBaseLogger, times: EventStreamTimes = TIMES) {
    this.#feed = feed;
    this.#log = log;
    this.#times = times;
  }

  /** A reader's stream, from after the given place on; it is let go when the stream is closed. */
  open(after: EventCursor, filter: EventFilter): Readable {
    const reader = new EventReader(
      { feed: this.#feed, log: this.#log, retryMs: this.#times.retry },
      { after, filter },
    );
    reader.push(`retry: ${this.#times.retry}\n\n`);
    reader.once("close", () => this.#leave(reader));
    this.#readers.add(reader);
    this.#beat ??= setInterval(() => this.#each((one) => one.beat()), this.#times.heartbeat).unref();
    if (this.#look === null) this.#lookIn(this.#times.every);
    return reader;
  }

  /** Ends every stream. */
  close(): void {
    this.#each((one) => one.end());
    this.#readers.clear();
    this.#fallSilent();
  }

  #leave(reader: EventReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#fallSilent();
  }

  #fallSilent(): void {
    if (this.#beat !== null) clearInterval(this.#beat);
    if (this.#look !== null) clearTimeout(this.#look);
    [this.#beat, this.#look, this.#end] = [null, null, null];
  }

  #lookIn(ms: number): void {
    this.#look = setTimeout(() => void this.#lookOut(), ms).unref();
  }

  async #lookOut(): Promise<void> {
    const end = await this.#feed.end().then(cursorText, () => null);
    if (this.#readers.size === 0) return;
    // When it cannot be told, readers find out for themselves, and say why.
    if (end === null || end !== this.#end) this.#each((one) => one.wake());
    this.#end = end;
    this.#lookIn(end === null ? this.#times.retry : this.#times.every);
  }

  #each(act: (reader: EventReader) => void): void {
    for (const reader of this.#readers) act(reader);
  }
}

interface ReaderParts {
  readonly feed: EventFeed;
  readonly log: FastifyBaseLogger;
  readonly retryMs: number;
}

/** One reader: holds at most a page until there is room for it. */
class EventReader extends Readable {
  readonly #parts: ReaderParts;
  readonly #filter: EventFilter;
  #cursor: EventCursor;
  #room = false;
  #reading = false;
  /** Something may have come since the feed was read to its end. */
  #stale = true;
  #retry: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(
    parts: ReaderParts,
    { after, filter }: { readonly after: EventCursor; readonly filter: EventFilter },
  ) {
    super();
    this.#parts = parts;
    this.#cursor = after;
    this.#filter = filter;
  }

  wake(): void {
    this.#stale = true;
    void this.#pump();
  }

  /** With the place it has come to, so that nothing that was not wanted is looked at again after a break. */
  beat(): void {
    if (this.#room && !this.#reading) this.#give(`: still here\nid: ${cursorText(this.#cursor)}\n\n`);
  }

  end(): void {
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#room = true;
    void this.#pump();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    done(error);
  }

  async #pump(): Promise<void> {
    if (this.#reading || this.#retry !== null) return;
    this.#reading = true;
    while (this.#room && this.#stale && !this.#gone()) await this.#step();
    this.#reading = false;
  }

  async #step(): Promise<void> {
    this.#stale = false;
    try {
      const { events, cursor, more } = await this.#parts.feed.read({
        ...this.#filter,
        after: this.#cursor,
        most: PAGE,
      });
      if (this.#gone()) return;
      this.#cursor = cursor;
      this.#stale ||= more;
      if (events.length > 0) this.#give(events.map(eventText).join(""));
    } catch (error) {
      if (this.#gone()) return;
      this.#parts.log.warn({ err: error }, "the feed of events could not be read");
      this.#retry = setTimeout(() => {
        this.#retry = null;
        this.wake();
      }, this.#parts.retryMs).unref();
      this.#give(`event: problem\ndata: ${JSON.stringify(problemOf(error))}\n\n`);
    }
  }

  #gone(): boolean {
    return this.destroyed || this.#ended;
  }

  #give(text: string): void {
    this.#room = this.push(text);
  }
}

function eventText(placed: Parameters<typeof wireEvent>[0]): string {
  return `id: ${cursorText(placed.cursor)}\ndata: ${JSON.stringify(wireEvent(placed))}\n\n`;
}
