/**
 * The part of the API with which a connection, or one entity of it, is paused and let go on, and deletes that are held
 * are let pass.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { SyncError } from "../core/errors.ts";
import type { Approved, Rested, SyncDesk } from "../core/sync-desk.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";
import { pauseSchema } from "./status-schema.ts";

const connectionParameters = z.object({
  id: z
    .string()
    .regex(/^\d{1,9}$/, "must be a connection's number")
    .transform(Number),
});

const entityParameters = connectionParameters.extend({
  name: z.string().regex(/^[a-z]\w*$/, "must be an entity's logical name"),
});

const restedSchema = z.object({
  connection: z.string(),
  entity: z.string().nullable(),
  paused: pauseSchema.nullable(),
}) satisfies z.ZodType<Rested>;

const ROUTE = {
  method: "POST",
  answers: { 200: { description: "How it stands now", schema: restedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const;

const pauseConnection = {
  ...ROUTE,
  path: "/api/connections/{id}/pause",
  operation: "pauseConnection",
  summary: "Let a connection rest: what waits is kept, edits are still noted",
  parameters: connectionParameters,
} as const satisfies Endpoint;

const resumeConnection = {
  ...ROUTE,
  path: "/api/connections/{id}/resume",
  operation: "resumeConnection",
  summary: "Let a paused connection go on where it stopped",
  parameters: connectionParameters,
} as const satisfies Endpoint;

const pauseEntity = {
  ...ROUTE,
  path: "/api/connections/{id}/entities/{name}/pause",
  operation: "pauseEntity",
  summary: "Let one entity rest while the others flow",
  parameters: entityParameters,
} as const satisfies Endpoint;

const resumeEntity = {
  ...ROUTE,
  path: "/api/connections/{id}/entities/{name}/resume",
  operation: "resumeEntity",
  summary: "Let a paused entity go on where it stopped",
  parameters: entityParameters,
} as const satisfies Endpoint;

const approvedSchema = z.object({
  connection: z.string(),
  entity: z.string(),
  fromDynamics: z.number().int(),
  toDynamics: z.number().int(),
}) satisfies z.ZodType<Approved>;

const approveDeletes = {
  method: "POST",
  path: "/api/connections/{id}/entities/{name}/approve-deletes",
  operation: "approveDeletes",
  summary: "Let the deletes pass that the mass-change guard holds now, and no more than that",
  parameters: entityParameters,
  answers: { 200: { description: "How many pass with the next cycle", schema: approvedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const PAUSE_ENDPOINTS: readonly Endpoint[] = [
  pauseConnection,
  resumeConnection,
  pauseEntity,
  resumeEntity,
  approveDeletes,
];

/** Adds the routes. */
export function addPauseApi(app: FastifyInstance, desk: SyncDesk): void {
  const ofConnection = (verb: "pause" | "resume") => (request: FastifyRequest) =>
    answer(desk, verb, accept(connectionParameters, request.params));
  const ofEntity = (verb: "pause" | "resume") => (request: FastifyRequest) =>
    answer(desk, verb, accept(entityParameters, request.params));
  app.post(routePath(pauseConnection), ofConnection("pause"));
  app.post(routePath(resumeConnection), ofConnection("resume"));
  app.post(routePath(pauseEntity), ofEntity("pause"));
  app.post(routePath(resumeEntity), ofEntity("resume"));
  app.post(routePath(approveDeletes), (request) => approved(desk, accept(entityParameters, request.params)));
}

async function approved(
  desk: SyncDesk,
  { id, name }: z.infer<typeof entityParameters>,
): Promise<z.infer<typeof approvedSchema>> {
  await requireConnection(desk, id);
  const [answered] = await desk.approve(id, [name]).catch(asNotFound);
  return approvedSchema.parse(answered);
}

async function requireConnection(desk: SyncDesk, id: number): Promise<void> {
  if (!(await desk.connections()).includes(id))
    throw new Refusal("not_found", `There is no connection ${id}.`);
}

async function answer(
  desk: SyncDesk,
  verb: "pause" | "resume",
  { id, name }: { readonly id: number; readonly name?: string },
): Promise<z.infer<typeof restedSchema>> {
  await requireConnection(desk, id);
  const [rested] = await desk[verb](id, name === undefined ? [] : [name]).catch(asNotFound);
  if (rested === undefined) throw new Refusal("not_found", `There is no connection ${id}.`);
  return restedSchema.parse(rested);
}

/** A name that the desk does not know is an address that leads nowhere. */
function asNotFound(error: unknown): never {
  if (error instanceof SyncError && error.code === "configuration_invalid") {
    throw new Refusal("not_found", error.message);
  }
  throw error;
}
