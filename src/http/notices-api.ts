/**
 * The part of the API that is about notices: list them, mark them as seen.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { NoticeDesk, NoticeKind } from "../core/notice.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";
import { responsibleSchema } from "./status-schema.ts";

const KINDS = [
  "first-sync-finished",
  "entity-copied",
  "backfill-finished",
  "backfill-failed",
  "failures",
  "sync-stopped",
  "permission-lost",
  "entity-set-aside",
  "edits-stopped",
  "field-set-aside",
  "deletes-held",
  "decisions-wait",
] as const satisfies readonly NoticeKind[];

const noticeId = z.string().regex(/^\d{1,18}$/, "must be the number of a notice");

const tellingSchema = z.object({
  channel: z.enum(["mail", "webhook"]),
  at: z.iso.datetime().nullable().describe("When it was last told; null while it could not be"),
  attempts: z.int().describe("Attempts since then that failed"),
  retryAt: z.iso.datetime().nullable(),
  error: z.string().nullable(),
});

const noticeSchema = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  subject: z.string().describe("What it is about; of each kind and subject one notice is open at a time"),
  title: z.string(),
  body: z.string(),
  remedy: z.string().nullable(),
  who: responsibleSchema,
  count: z.int(),
  parts: z.array(z.string()).describe("Entities or fields it is about, by logical name"),
  openedAt: z.iso.datetime(),
  grownAt: z.iso.datetime().describe("When it last came to be about something more"),
  closedAt: z.iso.datetime().nullable().describe("When it had passed; null while it lasts"),
  seenAt: z.iso.datetime().nullable(),
  told: z.array(tellingSchema),
});

const noticesSchema = z.object({
  unseen: z.int().describe("How many nobody has seen yet"),
  notices: z.array(noticeSchema),
});

const readNotices = {
  method: "GET",
  path: "/api/notices",
  operation: "readNotices",
  summary: "What people should know: what lasts, then the newest of what is over, 200 in all at most",
  answers: { 200: { description: "The notices", schema: noticesSchema } },
  problems: [500, 503],
} as const satisfies Endpoint;

const noticeParameters = z.object({ id: noticeId });

const seenSchema = z.object({ seen: z.int().describe("How many of them there are") });

const seeNotice = {
  method: "POST",
  path: "/api/notices/{id}/seen",
  operation: "seeNotice",
  summary: "Mark a notice as seen, for everybody",
  parameters: noticeParameters,
  answers: { 200: { description: "It is", schema: seenSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const namedSchema = z.object({ ids: z.array(noticeId).max(200) }).strict();

const seeNotices = {
  method: "POST",
  path: "/api/notices/seen",
  operation: "seeNotices",
  summary: "Mark several notices as seen, for everybody",
  body: namedSchema,
  answers: { 200: { description: "They are", schema: seenSchema } },
  problems: [400, 403, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const NOTICE_ENDPOINTS: readonly Endpoint[] = [readNotices, seeNotice, seeNotices];

/** Schemas with a name of their own. */
export const NOTICE_SCHEMAS: Readonly<Record<string, z.ZodType>> = { Notice: noticeSchema };

/** Adds the routes. */
export function addNoticesApi(app: FastifyInstance, desk: NoticeDesk): void {
  app.get(routePath(readNotices), async () => noticesSchema.parse(await desk.list()));

  app.post(routePath(seeNotice), (request) => answerSeen(desk, request.params));

  app.post(routePath(seeNotices), (request) => {
    const { ids } = accept(namedSchema, request.body ?? {});
    return desk.see(ids).then((seen) => seenSchema.parse({ seen }));
  });
}

async function answerSeen(desk: NoticeDesk, parameters: unknown): Promise<z.infer<typeof seenSchema>> {
  const { id } = accept(noticeParameters, parameters);
  const seen = await desk.see([id]);
  if (seen === 0) throw new Refusal("not_found", `There is no notice ${id}.`);
  return seenSchema.parse({ seen });
}
