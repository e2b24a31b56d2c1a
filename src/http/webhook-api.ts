/**
 * The part of the API that manages webhooks.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SyncError } from "../core/errors.ts";
import { EVENT_TYPES, readCursor } from "../core/event.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";

const wishSchema = z
  .object({
    url: z.string().min(1).max(2_000).describe("Where events are posted to"),
    name: z
      .string()
      .regex(/^[^\s/]{1,100}$/, "must have no blanks or slashes")
      .optional()
      .describe("The host when it is absent"),
    types: z.array(z.enum(EVENT_TYPES)).min(1).optional().describe("Only these types; all when it is absent"),
    tables: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Only what happened to rows of these tables"),
    after: z
      .string()
      .refine((text) => readCursor(text) !== null, "must be a cursor as the feed gave it")
      .optional()
      .describe("Where in the feed it begins; now when it is absent"),
  })
  .strict();

const addedSchema = z.object({
  name: z.string(),
  url: z.string(),
  secret: z.string().describe("`whsec_…`, shown this once: receivers check signatures with it"),
  encrypted: z
    .boolean()
    .describe("False without TANDEM_SECRET_KEY: the secret is readable in the sync's tables"),
});

const webhookSchema = z.object({
  name: z.string(),
  url: z.string(),
  types: z.array(z.string()).nullable(),
  tables: z.array(z.string()).nullable(),
  state: z.enum(["delivering", "failing", "paused", "gone"]),
  position: z.string().describe("Cursor after the last event that was delivered"),
  attempts: z.int().describe("Failures of the next event"),
  retryAt: z.iso.datetime().nullable(),
  failure: z.string().nullable(),
  delivered: z.int(),
  deliveredAt: z.iso.datetime().nullable(),
  dead: z.int().describe("Dead letters"),
  encrypted: z.boolean(),
});

const deadSchema = z.object({
  id: z.string(),
  webhook: z.string(),
  event: z.string().describe("Id of the event"),
  type: z.string(),
  attempts: z.int(),
  failure: z.string(),
  diedAt: z.iso.datetime(),
  again: z.boolean().describe("It is about to be sent again"),
});

const answerSchema = z.object({
  kind: z.enum(["delivered", "gone", "failed"]),
  status: z.int().nullable().describe("Null when no answer came"),
  detail: z.string().optional(),
});

const named = z.object({ name: z.string().min(1).max(100) });
const letter = z.object({ id: z.string().regex(/^\d{1,18}$/, "must be the number of a dead letter") });
const changedSchema = z.object({ name: z.string() });

const addWebhook = {
  method: "POST",
  path: "/api/webhooks",
  operation: "addWebhook",
  summary: "Have events delivered, signed by the Standard Webhooks specification",
  body: wishSchema,
  answers: { 201: { description: "It is added; its secret is not shown again", schema: addedSchema } },
  problems: [400, 403, 500, 503],
} as const satisfies Endpoint;

const listWebhooks = {
  method: "GET",
  path: "/api/webhooks",
  operation: "listWebhooks",
  summary: "Every webhook, and how its deliveries stand",
  answers: { 200: { description: "By name", schema: z.object({ webhooks: z.array(webhookSchema) }) } },
  problems: [500, 503],
} as const satisfies Endpoint;

const removeWebhook = {
  method: "DELETE",
  path: "/api/webhooks/{name}",
  operation: "removeWebhook",
  summary: "Remove a webhook, and its dead letters with it",
  parameters: named,
  answers: { 200: { description: "It is gone", schema: changedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const pauseWebhook = {
  method: "POST",
  path: "/api/webhooks/{name}/pause",
  operation: "pauseWebhook",
  summary: "Stop delivering; events wait",
  parameters: named,
  answers: { 200: { description: "It is paused", schema: changedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const resumeWebhook = {
  method: "POST",
  path: "/api/webhooks/{name}/resume",
  operation: "resumeWebhook",
  summary: "Go on where it stopped: after a pause, after 410, or at once instead of after the wait",
  parameters: named,
  answers: { 200: { description: "It goes on", schema: changedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const testWebhook = {
  method: "POST",
  path: "/api/webhooks/{name}/test",
  operation: "testWebhook",
  summary: "Send an event of type `webhook.test` now, and tell what was answered",
  parameters: named,
  answers: { 200: { description: "What came of it", schema: answerSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const listDead = {
  method: "GET",
  path: "/api/dead-letters",
  operation: "listDeadLetters",
  summary: "Events that could not be delivered for a day, oldest first",
  answers: { 200: { description: "All of them", schema: z.object({ deadLetters: z.array(deadSchema) }) } },
  problems: [500, 503],
} as const satisfies Endpoint;

const retriedSchema = z.object({ retried: z.int() });

const retryAll = {
  method: "POST",
  path: "/api/dead-letters/retry",
  operation: "retryDeadLetters",
  summary: "Have all dead letters sent again",
  answers: { 202: { description: "How many are sent again", schema: retriedSchema } },
  problems: [403, 500, 503],
} as const satisfies Endpoint;

const retryOne = {
  method: "POST",
  path: "/api/dead-letters/{id}/retry",
  operation: "retryDeadLetter",
  summary: "Have a dead letter sent again",
  parameters: letter,
  answers: { 202: { description: "It is sent again", schema: retriedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const WEBHOOK_ENDPOINTS: readonly Endpoint[] = [
  addWebhook,
  listWebhooks,
  removeWebhook,
  pauseWebhook,
  resumeWebhook,
  testWebhook,
  listDead,
  retryAll,
  retryOne,
];

/** Schemas with a name of their own. */
export const WEBHOOK_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Webhook: webhookSchema,
  DeadLetter: deadSchema,
};

/** Adds the routes. */
export function addWebhookApi(app: FastifyInstance, desk: WebhookDesk): void {
  app.post(routePath(addWebhook), (request, reply) =>
    add(desk, request.body).then((added) => reply.code(201).send(added)),
  );
  app.get(routePath(listWebhooks), async () => ({
    webhooks: z.array(webhookSchema).parse(await desk.list()),
  }));
  app.delete(routePath(removeWebhook), (request) => change(request.params, (name) => desk.remove(name)));
  app.post(routePath(pauseWebhook), (request) => change(request.params, (name) => desk.pause(name)));
  app.post(routePath(resumeWebhook), (request) => change(request.params, (name) => desk.resume(name)));
  app.post(routePath(testWebhook), (request) => test(desk, request.params));
  app.get(routePath(listDead), async () => ({ deadLetters: z.array(deadSchema).parse(await desk.dead()) }));
  app.post(routePath(retryAll), (_request, reply) =>
    desk.retry(null).then((retried) => reply.code(202).send(retriedSchema.parse({ retried }))),
  );
  app.post(routePath(retryOne), (request, reply) =>
    retry(desk, request.params).then((retried) => reply.code(202).send(retriedSchema.parse({ retried }))),
  );
}

async function add(desk: WebhookDesk, body: unknown): Promise<z.infer<typeof addedSchema>> {
  const { url, name = null, types = null, tables = null, after } = accept(wishSchema, body ?? {});
  const begin = after === undefined ? null : readCursor(after);
  try {
    return addedSchema.parse(await desk.add({ url, name, types, tables, after: begin }));
  } catch (error) {
    if (error instanceof SyncError && WRONG.has(error.code))
      throw new Refusal("request_invalid", error.message);
    throw error;
  }
}

/** What the person who asks can put right. */
const WRONG: ReadonlySet<string> = new Set(["configuration_invalid", "insecure_address"]);

async function change(
  parameters: unknown,
  act: (name: string) => Promise<boolean>,
): Promise<z.infer<typeof changedSchema>> {
  const { name } = accept(named, parameters);
  if (!(await act(name))) throw nobody(name);
  return changedSchema.parse({ name });
}

async function test(desk: WebhookDesk, parameters: unknown): Promise<z.infer<typeof answerSchema>> {
  const { name } = accept(named, parameters);
  const answer = await desk.test(name, AbortSignal.timeout(LONGEST_TEST_MS));
  if (answer === null) throw nobody(name);
  return answerSchema.parse(answer);
}

const LONGEST_TEST_MS = 30_000;

async function retry(desk: WebhookDesk, parameters: unknown): Promise<number> {
  const { id } = accept(letter, parameters);
  const retried = await desk.retry(id);
  if (retried === 0) throw new Refusal("not_found", `There is no dead letter ${id}.`);
  return retried;
}

function nobody(name: string): Refusal {
  return new Refusal("not_found", `There is no webhook ${name}.`);
}
