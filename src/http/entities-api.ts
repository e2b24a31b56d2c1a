/**
 * The part of the API that is about which entities are kept in step.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { EntityDesk, EntityListing } from "../core/entity-desk.ts";
import { SyncError } from "../core/errors.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";

const hopSchema = z.object({
  to: z.string().describe("Entity that the step leads to"),
  attribute: z.string().describe("The lookup that it follows"),
  way: z
    .enum(["up", "down"])
    .describe("`up`: to the record that is referred to; `down`: to those that refer"),
});

const listedSchema = z.object({
  entity: z.string().describe("Logical name"),
  label: z.string(),
  kind: z.enum(["table", "activity", "relation"]).describe("`relation`: the pairs of an N:N relationship"),
  relationships: z.array(z.string()).describe("Schema names of the relationships that it is"),
  state: z
    .enum(["on", "starting", "set-aside", "stopping", "off"])
    .describe("`starting`, `stopping`: switched, and the worker takes it up at once"),
  table: z.string().nullable().describe("Marketing table"),
  rows: z.int().describe("Rows of the table; they stay when the entity is switched off"),
  readable: z.enum(["all", "part", "none"]).nullable().describe("What the application user may read"),
  tracked: z.boolean().describe("Whether Dynamics tracks changes and deletes"),
  paths: z.array(z.array(hopSchema)).describe("Every way to a lead, contact or account, shortest first"),
  noise: z.string().nullable().describe("The rule by which it is usually left out"),
  trouble: z.string().nullable().describe("Why it is set aside"),
});

const listingSchema = z.object({
  entities: z.array(listedSchema),
  readAt: z.iso.datetime().nullable().describe("When Dynamics was last asked"),
  trouble: z.string().nullable().describe("Why Dynamics could not be asked when it was tried last"),
});

const listingQuery = z.object({
  all: z
    .enum(["true", "false"])
    .default("false")
    .describe("Also what a rule leaves out, and what is related to nobody"),
});

const readEntities = {
  method: "GET",
  path: "/api/entities",
  operation: "readEntities",
  summary: "Entities around lead, contact and account, at any depth, and which are on; nearest first",
  query: listingQuery,
  answers: { 200: { description: "As the worker last read them", schema: listingSchema } },
  problems: [400, 500, 503],
} as const satisfies Endpoint;

const names = z.array(z.string().min(1).max(200)).max(500).default([]);

const switchesSchema = z
  .object({
    on: names.describe("Logical names; of an N:N relationship its name or its table's"),
    off: names.describe("Logical names; their tables and rows stay"),
  })
  .strict();

const switchEntities = {
  method: "POST",
  path: "/api/entities",
  operation: "switchEntities",
  summary: "Switch entities on and off while the sync runs; asking again does no harm",
  body: switchesSchema,
  answers: { 200: { description: "It is switched; the entities as they stand", schema: listingSchema } },
  problems: [400, 403, 500, 503],
} as const satisfies Endpoint;

const refreshedSchema = z.object({ asked: z.literal(true) });

const refreshEntities = {
  method: "POST",
  path: "/api/entities/refresh",
  operation: "refreshEntities",
  summary: "Let the worker ask Dynamics anew which entities there are",
  answers: { 202: { description: "It is asked for", schema: refreshedSchema } },
  problems: [403, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const ENTITIES_ENDPOINTS: readonly Endpoint[] = [readEntities, switchEntities, refreshEntities];

/** Schemas with a name of their own. */
export const ENTITIES_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  EntityListing: listingSchema,
  ListedEntity: listedSchema,
};

/** Adds the routes. */
export function addEntitiesApi(app: FastifyInstance, desk: EntityDesk): void {
  const listed = async (all: boolean): Promise<EntityListing> =>
    listingSchema.parse(await desk.entities(all));

  app.get(routePath(readEntities), (request) => {
    const { all } = accept(listingQuery, request.query);
    return listed(all === "true");
  });

  app.post(routePath(switchEntities), (request) =>
    desk
      .switchEntities(accept(switchesSchema, request.body ?? {}))
      .then(() => listed(false))
      .catch(asInvalid),
  );

  app.post(routePath(refreshEntities), async (_request, reply) => {
    await desk.readMapAgain();
    return reply.code(202).send(refreshedSchema.parse({ asked: true }));
  });
}

/** A name that the desk does not know, or that cannot be switched, is the caller's to correct. */
function asInvalid(error: unknown): never {
  if (error instanceof SyncError && error.code === "configuration_invalid") {
    throw new Refusal("request_invalid", error.message);
  }
  throw error;
}
