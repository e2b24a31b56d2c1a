/**
 * The part of the API with which values of fields are brought again.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Backfill, BackfillAnswer, BackfillWish } from "../core/backfill.ts";
import type { BackfillConditions } from "../core/backfill-port.ts";
import { SyncError } from "../core/errors.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";
import { backfillSchema } from "./status-schema.ts";

const backfillsSchema = z.object({ backfills: z.array(backfillSchema) });

const readBackfills = {
  method: "GET",
  path: "/api/backfills",
  operation: "readBackfills",
  summary: "Backfills that are open, and the last that ended",
  answers: { 200: { description: "Newest last", schema: backfillsSchema } },
  problems: [500, 503],
} as const satisfies Endpoint;

const entityParameters = z.object({
  entity: z.string().regex(/^[a-z]\w*$/, "must be an entity's logical name"),
});

const spanSchema = z
  .object({
    from: z.iso.datetime({ offset: true }).optional(),
    before: z.iso.datetime({ offset: true }).optional(),
  })
  .strict();

const wishSchema = z
  .object({
    attributes: z.array(z.string()).min(1).describe("Fields; those that are off are switched on"),
    created: spanSchema.optional(),
    changed: spanSchema.optional().describe("By the last modification in Dynamics"),
    where: z.string().optional().describe("As in TANDEM_FILTER, without the entity's name"),
    records: z
      .array(z.union([z.string().regex(/^\d{1,18}$/), z.guid()]))
      .min(1)
      .optional()
      .describe("Only these, by row of the marketing table or by id of Dynamics"),
  })
  .strict();

const answerSchema = z.object({
  backfills: z.array(backfillSchema).describe("What is under way for these fields now"),
  unknown: z.object({ count: z.int().min(0), first: z.array(z.string()) }),
}) satisfies z.ZodType<BackfillAnswer>;

const requestBackfill = {
  method: "POST",
  path: "/api/entities/{entity}/backfills",
  operation: "requestBackfill",
  summary: "Bring the values of fields again, of all records or of chosen ones, beside the changes",
  parameters: entityParameters,
  body: wishSchema,
  answers: { 202: { description: "It is asked for", schema: answerSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const backfillParameters = z.object({
  id: z.string().regex(/^\d{1,18}$/, "must be the number of a backfill"),
});

const cancelBackfill = {
  method: "POST",
  path: "/api/backfills/{id}/cancel",
  operation: "cancelBackfill",
  summary: "Take a backfill back; what it brought stays",
  parameters: backfillParameters,
  answers: { 200: { description: "How it stands now", schema: backfillSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const BACKFILL_ENDPOINTS: readonly Endpoint[] = [readBackfills, requestBackfill, cancelBackfill];

/** Adds the routes. */
export function addBackfillApi(app: FastifyInstance, desk: SyncDesk): void {
  app.get(routePath(readBackfills), async () => backfillsSchema.parse({ backfills: await desk.backfills() }));

  app.post(routePath(requestBackfill), async (request, reply) => {
    const { entity } = accept(entityParameters, request.params);
    const wish = wishOf(entity, accept(wishSchema, request.body ?? {}));
    const answer = await desk.backfill(wish).catch(asInvalid);
    return reply.code(202).send(answerSchema.parse(answer));
  });

  app.post(routePath(cancelBackfill), (request) => answerCancel(desk, request.params));
}

async function answerCancel(desk: SyncDesk, parameters: unknown): Promise<Backfill> {
  const { id } = accept(backfillParameters, parameters);
  const backfill = await desk.cancelBackfill(id).catch(asInvalid);
  if (backfill === null) throw new Refusal("not_found", `There is no backfill ${id}.`);
  return backfillSchema.parse(backfill);
}

function wishOf(entity: string, given: z.infer<typeof wishSchema>): BackfillWish {
  const { attributes, created, changed, where, records = null } = given;
  const conditions = present({
    created: created && present(created),
    changed: changed && present(changed),
    where,
  });
  return { entity, attributes, conditions: conditions as BackfillConditions, records };
}

/** Without what is absent. */
function present<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}

/** What the desk cannot fulfil is the request's fault. */
function asInvalid(error: unknown): never {
  if (error instanceof SyncError && error.code === "configuration_invalid") {
    throw new Refusal("request_invalid", error.message);
  }
  throw error;
}
