/**
 * The part of the API that is about persons: let them be synced, see how that stands, decide who is who.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { PersonDesk } from "../core/person-desk.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";

const kind = z.enum(["lead", "contact"]);

const personParameters = z.object({
  id: z.string().regex(/^\d{1,18}$/, "must be the number of a row in people"),
});

const filingSchema = z
  .object({
    as: kind.default("lead").describe("What the person becomes"),
    owner: z.guid().nullable().default(null).describe("User or team of Dynamics that shall own the record"),
  })
  .strict();

const filedSchema = z.object({
  person: z.string(),
  answer: z.enum(["queued", "already queued", "already linked", "waiting"]),
});

const syncPerson = {
  method: "POST",
  path: "/api/people/{id}/sync",
  operation: "syncPerson",
  summary: "Let a person be found or made in Dynamics at once; asking again does no harm",
  parameters: personParameters,
  body: filingSchema,
  answers: {
    200: {
      description: "There is nothing to do: `already linked`, or somebody must decide first",
      schema: filedSchema,
    },
    202: { description: "It is asked for", schema: filedSchema },
  },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const requestSchema = z.object({
  person: z.string(),
  as: kind.nullable(),
  state: z.enum(["queued", "creating", "qualifying", "waiting", "parked", "done"]),
  outcome: z.enum(["created", "linked", "already-linked", "kept-apart", "gone"]).nullable(),
  crmId: z.string().nullable().describe("Record of the person in Dynamics"),
  code: z.string().nullable().describe("Why it waits or was refused: a code of docs/operations.md"),
  field: z.string().nullable().describe("Column, where one is to blame"),
  detail: z.string().nullable(),
  requestedAt: z.iso.datetime(),
});

const readRequest = {
  method: "GET",
  path: "/api/people/{id}/sync",
  operation: "readSyncRequest",
  summary: "How the newest request of a person stands",
  parameters: personParameters,
  answers: { 200: { description: "The request", schema: requestSchema } },
  problems: [400, 404, 500, 503],
} as const satisfies Endpoint;

const matchSchema = z.object({
  id: z.string(),
  person: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  as: kind.nullable().describe("What the person was to become; null where nobody asked"),
  candidates: z.array(
    z.object({
      id: z.string(),
      entity: kind,
      name: z.string().nullable(),
      key: z.string().nullable().describe("What is the same"),
      rowId: z.string().nullable().describe("Person whose record it is already"),
    }),
  ),
  since: z.iso.datetime(),
});

const matchesSchema = z.object({ matches: z.array(matchSchema) });

const readMatches = {
  method: "GET",
  path: "/api/matches",
  operation: "readMatches",
  summary: "People who could be a record of Dynamics, for somebody to decide",
  answers: { 200: { description: "All that wait, oldest first", schema: matchesSchema } },
  problems: [500, 503],
} as const satisfies Endpoint;

const matchParameters = z.object({
  id: z.string().regex(/^\d{1,18}$/, "must be the number of a match"),
});

const decisionSchema = z.union([
  z.object({ with: z.guid().describe("The person is this record") }).strict(),
  z.object({ new: z.literal(true).describe("The person is none of them") }).strict(),
]);

const decidedSchema = z.object({ match: z.string(), answer: z.enum(["queued", "merged", "kept apart"]) });

const decideMatch = {
  method: "POST",
  path: "/api/matches/{id}",
  operation: "decideMatch",
  summary: "Decide who a person is",
  parameters: matchParameters,
  body: decisionSchema,
  answers: { 200: { description: "It is decided", schema: decidedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const PEOPLE_ENDPOINTS: readonly Endpoint[] = [syncPerson, readRequest, readMatches, decideMatch];

/** Schemas with a name of their own. */
export const PEOPLE_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Match: matchSchema,
  SyncRequest: requestSchema,
};

/** Adds the routes. */
export function addPeopleApi(app: FastifyInstance, desk: PersonDesk): void {
  app.post(routePath(syncPerson), async (request, reply) => {
    const { id: person } = accept(personParameters, request.params);
    const { as, owner } = accept(filingSchema, request.body ?? {});
    const answer = await desk.syncPerson({ person, as, owner });
    if (answer === null) throw new Refusal("not_found", `There is no person ${person}.`);
    const filed = answer === "queued" || answer === "already queued";
    return reply.code(filed ? 202 : 200).send(filedSchema.parse({ person, answer }));
  });

  app.get(routePath(readRequest), (request) => answerRequest(desk, request.params));

  app.get(routePath(readMatches), async () => matchesSchema.parse({ matches: await desk.matches() }));

  app.post(routePath(decideMatch), (request) => answerDecision(desk, request.params, request.body ?? {}));
}

async function answerRequest(desk: PersonDesk, parameters: unknown): Promise<z.infer<typeof requestSchema>> {
  const { id: person } = accept(personParameters, parameters);
  const status = await desk.requestOf(person);
  if (status === null) throw new Refusal("not_found", `Nobody asked for person ${person} to be synced.`);
  return requestSchema.parse(status);
}

async function answerDecision(
  desk: PersonDesk,
  parameters: unknown,
  body: unknown,
): Promise<z.infer<typeof decidedSchema>> {
  const { id: match } = accept(matchParameters, parameters);
  const decision = accept(decisionSchema, body);
  const record = "with" in decision ? decision.with.toLowerCase() : null;
  const answer = await desk.decideMatch({ id: match, record });
  if (answer === null) throw new Refusal("not_found", `There is no match ${match} to decide.`);
  if (answer === "no candidate") {
    throw new Refusal("request_invalid", `${record} is none of the candidates of match ${match}.`);
  }
  return decidedSchema.parse({ match, answer });
}
