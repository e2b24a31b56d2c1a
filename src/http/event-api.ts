/**
 * The part of the API that tells what happened: a page of events at a time, or as a stream.
 */
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { EventFeed, EventFilter } from "../core/event-port.ts";
import type { EventCursor } from "../core/event.ts";
import { EVENT_TYPES, FEED_BEGIN, cursorText, readCursor } from "../core/event.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventSchema, wireEvent } from "./event-schema.ts";
import type { EventStreams } from "./event-streams.ts";

const listed = z
  .string()
  .transform((text) => text.split(",").map((one) => one.trim()))
  .pipe(z.array(z.string().min(1)));

const after = z.union([
  z.literal("now"),
  z
    .string()
    .refine((text) => readCursor(text) !== null, "must be `now`, or a cursor as the feed gave it")
    .describe("A cursor as the feed gave it"),
]);

const filterShape = {
  types: listed
    .pipe(z.array(z.enum(EVENT_TYPES)))
    .optional()
    .describe("Only these types, separated by commas"),
  tables: listed.optional().describe("Only what happened to rows of these tables, separated by commas"),
};

const pageQuery = z
  .object({
    after: after.optional().describe("Only what comes after; from the oldest that is kept when it is absent"),
    limit: z.coerce.number().int().min(1).max(1_000).default(100).describe("Events at most"),
    ...filterShape,
  })
  .strict();

const streamQuery = z
  .object({
    after: after
      .optional()
      .describe("Only what comes after; `now` when it is absent. Last-Event-ID goes before it"),
    ...filterShape,
  })
  .strict();

const pageSchema = z.object({
  events: z.array(eventSchema),
  cursor: z.string().describe("Give it as `after` the next time"),
  more: z.boolean().describe("There is more to be had at once"),
});

const readFeed = {
  method: "GET",
  path: "/api/feed",
  operation: "readFeed",
  summary: "What happened, oldest first, none left out; poll with the cursor that the last page gave",
  query: pageQuery,
  answers: { 200: { description: "A page of events, perhaps an empty one", schema: pageSchema } },
  problems: [400, 500, 503],
} as const satisfies Endpoint;

const streamFeed = {
  method: "GET",
  path: "/api/feed/stream",
  operation: "streamFeed",
  summary: "The same as server-sent events; whoever comes back with Last-Event-ID goes on where they were",
  query: streamQuery,
  answers: {
    200: {
      description:
        "Each event as data, an Event, with its cursor as id; `problem`, with a Problem, while it cannot be told",
      schema: z.string(),
      type: "text/event-stream",
    },
  },
  problems: [400, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const EVENT_ENDPOINTS: readonly Endpoint[] = [readFeed, streamFeed];

/** Schemas with a name of their own. */
export const EVENT_SCHEMAS: Readonly<Record<string, z.ZodType>> = { Event: eventSchema };

/** Adds the routes. */
export function addEventApi(app: FastifyInstance, feed: EventFeed, streams: EventStreams): void {
  app.get(routePath(readFeed), (request) => answerPage(feed, request.query));

  app.get(routePath(streamFeed), { exposeHeadRoute: false }, (request, reply) =>
    openStream(feed, streams, request).then((stream) =>
      reply.type("text/event-stream; charset=utf-8").header("x-accel-buffering", "no").send(stream),
    ),
  );
}

async function answerPage(feed: EventFeed, query: unknown): Promise<z.infer<typeof pageSchema>> {
  const { after: from, limit, ...filter } = accept(pageQuery, query);
  const begin = await placeOf(feed, from, FEED_BEGIN);
  const { events, cursor, more } = await feed.read({ ...wanted(filter), after: begin, most: limit });
  return pageSchema.parse({ events: events.map(wireEvent), cursor: cursorText(cursor), more });
}

async function openStream(
  feed: EventFeed,
  streams: EventStreams,
  { query, headers }: FastifyRequest,
): Promise<Readable> {
  const { after: asked, ...filter } = accept(streamQuery, query);
  const last = headers["last-event-id"];
  const from = last === undefined || last === "" ? asked : accept(after, last);
  return streams.open(await placeOf(feed, from, null), wanted(filter));
}

/** @param standard where to begin when nothing is said; null for the end as it is now */
async function placeOf(
  feed: EventFeed,
  from: string | undefined,
  standard: EventCursor | null,
): Promise<EventCursor> {
  const known = from === undefined ? standard : readCursor(from);
  return known ?? feed.end();
}

function wanted({
  types,
  tables,
}: {
  readonly types?: string[] | undefined;
  readonly tables?: string[] | undefined;
}): EventFilter {
  return { types: types ?? null, tables: tables ?? null };
}
