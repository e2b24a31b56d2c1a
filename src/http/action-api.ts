/**
 * The part of the API in which people ask Dynamics to do something about others, and see what came of it.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ActionDesk, ActionFilter, Asking, AskingAnswer, Concerned, Wish } from "../core/action-desk.ts";
import { DUE_IN_DAYS, UNCONFIRMED } from "../core/action-desk.ts";
import { OPERATORS } from "../core/person-desk.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";

const as = z
  .enum(["lead", "contact"])
  .default("lead")
  .describe("What people become who are not in Dynamics yet");
const owner = z.guid().toLowerCase();
const someOwner = owner.nullable().default(null);
const label = z.string().min(1).nullable().default(null);

const syncShape = { as, owner: someOwner.describe("User or team that shall own the record") };
const ownerShape = { as, owner: owner.describe("User or team that shall own the record") };
const taskShape = {
  as,
  subject: z.string().min(1).describe("With tokens: {{first_name|there}}"),
  description: label.describe("With tokens"),
  due: z
    .union([z.int().min(0).max(9999), z.iso.date()])
    .default(DUE_IN_DAYS)
    .describe("In so many days, or a date"),
  owner: someOwner.describe("Who shall do it; null is whoever owns the person's record"),
  priority: label.describe("Label or number"),
  status: label.describe("Status reason, label or number"),
  campaign: label.describe("What {{campaign}} stands for"),
};

const now = z.boolean().default(false).describe("At once instead of with the next cycle");

/** What each kind takes beside whom it is about. */
const WISHES = {
  sync: z.object({ ...syncShape, now }).strict(),
  owner: z.object({ ...ownerShape, now }).strict(),
  task: z.object({ ...taskShape, now }).strict(),
  delete: z.object({ now }).strict(),
} as const;

const kindSchema = z.enum(["sync", "owner", "task", "delete"]);

const oneParameters = z.object({
  id: z.string().regex(/^\d{1,18}$/, "must be the number of a row in people"),
  kind: kindSchema,
});

const answerSchema = z.object({
  people: z.int().describe("How many people it concerns"),
  asked: z.boolean().describe("False for a dry run"),
});

const askOne = {
  method: "POST",
  path: "/api/people/{id}/actions/{kind}",
  operation: "askAction",
  summary: "Ask for a person to be synced, to get another owner or a task, or to be deleted in Dynamics",
  parameters: oneParameters,
  body: z.union([WISHES.task, WISHES.owner, WISHES.sync, WISHES.delete]),
  answers: { 202: { description: "It is asked for", schema: answerSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const conditionSchema = z
  .object({
    column: z.string().min(1),
    operator: z.enum(OPERATORS),
    value: z.string().nullable().default(null).describe("As PostgreSQL writes it; null for filled and blank"),
  })
  .strict();

const manyShape = {
  people: z
    .array(z.string().regex(/^\d{1,18}$/))
    .min(1)
    .max(100_000)
    .optional(),
  when: z.array(conditionSchema).min(1).optional().describe("Everybody who meets all of them"),
  dry: z.boolean().default(false).describe("Only count"),
  confirm: z
    .int()
    .min(0)
    .default(UNCONFIRMED)
    .describe("Up to so many people are meant; if there are more, nothing is asked for"),
  now,
};

const manySchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("sync"), ...syncShape, ...manyShape }).strict(),
    z.object({ kind: z.literal("owner"), ...ownerShape, ...manyShape }).strict(),
    z.object({ kind: z.literal("task"), ...taskShape, ...manyShape }).strict(),
    z.object({ kind: z.literal("delete"), ...manyShape }).strict(),
  ])
  .refine(({ people, when }) => (people === undefined) !== (when === undefined), {
    message: "name people, or say when they are meant",
  });

const askMany = {
  method: "POST",
  path: "/api/people/actions",
  operation: "askActions",
  summary: "The same of several people, or of all who meet conditions; count them first with dry",
  body: manySchema,
  answers: {
    200: { description: "So many would be concerned", schema: answerSchema },
    202: { description: "It is asked for", schema: answerSchema },
  },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const actionSchema = z.object({
  id: z.string(),
  person: z.string(),
  kind: kindSchema,
  origin: z.enum(["sql", "api", "cli", "rule"]),
  rule: z.string().nullable().describe("The rule that asked"),
  state: z.enum(["queued", "sent", "creating", "qualifying", "waiting", "parked", "done"]),
  outcome: z.string().nullable(),
  code: z.string().nullable().describe("Why it waits or was refused: a code of docs/operations.md"),
  detail: z.string().nullable(),
  recordId: z.string().nullable().describe("The task, or the record that was made"),
  requestedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});

const actionsSchema = z.object({ actions: z.array(actionSchema) });

const filterSchema = z.object({
  state: z
    .enum(["open", "queued", "sent", "creating", "qualifying", "waiting", "parked", "done"])
    .optional()
    .describe("open is all that has not ended"),
  kind: kindSchema.optional(),
  person: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const readActions = {
  method: "GET",
  path: "/api/actions",
  operation: "readActions",
  summary: "What was asked about people, and what came of it, newest first",
  query: filterSchema,
  answers: { 200: { description: "The actions", schema: actionsSchema } },
  problems: [400, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const ACTION_ENDPOINTS: readonly Endpoint[] = [askOne, askMany, readActions];

/** Schemas with a name of their own. */
export const ACTION_SCHEMAS: Readonly<Record<string, z.ZodType>> = { Action: actionSchema };

/** Adds the routes. */
export function addActionApi(app: FastifyInstance, desk: ActionDesk): void {
  app.post(routePath(askOne), async (request, reply) => {
    const { id, kind } = accept(oneParameters, request.params);
    const { now: atOnce, ...rest } = accept(WISHES[kind], request.body ?? {});
    const wish = { kind, ...rest } as Wish;
    const asking = { wish, concerned: { people: [id] }, dry: false, most: 1, now: atOnce };
    return reply.code(202).send(answerOf(await desk.ask(asking), asking));
  });

  app.post(routePath(askMany), async (request, reply) => {
    const { people, when, dry, confirm: most, now: atOnce, ...wish } = accept(manySchema, request.body ?? {});
    const concerned: Concerned = people === undefined ? { when: when ?? [] } : { people };
    const asking = { wish, concerned, dry, most, now: atOnce };
    return reply.code(dry ? 200 : 202).send(answerOf(await desk.ask(asking), asking));
  });

  app.get(routePath(readActions), (request) => answerList(desk, request.query));
}

async function answerList(desk: ActionDesk, query: unknown): Promise<z.infer<typeof actionsSchema>> {
  const { limit, ...filter } = accept(filterSchema, query);
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  const actions = await desk.actions({ ...(given as Omit<ActionFilter, "limit">), limit });
  return actionsSchema.parse({ actions });
}

/** @throws Refusal when it was not asked for */
function answerOf(answer: AskingAnswer, { most }: Asking): z.infer<typeof answerSchema> {
  if (answer.kind === "refused")
    throw new Refusal(answer.missing ? "not_found" : "request_invalid", answer.detail);
  const { kind, people } = answer;
  if (kind === "too-many") {
    const detail = `It would concern ${people} people, more than ${most}: nothing was asked for. Say "confirm": ${people} if so many are meant.`;
    throw new Refusal("request_invalid", detail);
  }
  return answerSchema.parse({ people, asked: kind === "asked" });
}
