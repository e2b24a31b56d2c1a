/**
 * The part of the API that is about fields: what there is, with a few values, and what is on.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SyncError } from "../core/errors.ts";
import type { FieldClash, SampledField } from "../core/field-list.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";

const parameters = z.object({
  entity: z.string().regex(/^[a-z]\w*$/, "must be an entity's logical name"),
});

const clashSchema = z.object({
  needs: z.string().describe("Type of column that the values need"),
  has: z.string(),
  other: z.string().describe("The entity, or the column, that has it"),
}) satisfies z.ZodType<FieldClash>;

const fieldSchema = z.object({
  entity: z.string(),
  attribute: z.string().describe("Logical name in Dynamics"),
  label: z.string(),
  type: z.string(),
  table: z.string(),
  column: z.string(),
  direction: z.string().describe("pull, push or both"),
  enabled: z.boolean(),
  filling: z.boolean().describe("A backfill brings the values of earlier records"),
  setAside: z.string().nullable().describe("Why it does not flow although it is on"),
  clash: clashSchema.nullable(),
  samples: z.array(z.string()).describe("A few values, short and each once; personal data"),
}) satisfies z.ZodType<SampledField>;

const fieldsSchema = z.object({ fields: z.array(fieldSchema) });

const readFields = {
  method: "GET",
  path: "/api/entities/{entity}/fields",
  operation: "readFields",
  summary: "All readable fields of an entity, those that are on first, with a few values of each",
  parameters,
  answers: { 200: { description: "The fields", schema: fieldsSchema } },
  problems: [400, 404, 500, 503],
} as const satisfies Endpoint;

const changeSchema = z
  .object({
    on: z.array(z.string()).default([]),
    off: z.array(z.string()).default([]),
    columns: z
      .record(z.string(), z.string())
      .default({})
      .describe("Attributes that get a column of their own"),
    asText: z.array(z.string()).default([]).describe("Attributes whose values are kept as text"),
  })
  .strict();

const changeFields = {
  method: "POST",
  path: "/api/entities/{entity}/fields",
  operation: "changeFields",
  summary: "Switch fields on and off while the sync runs, and decide where they live",
  parameters,
  body: changeSchema,
  answers: { 200: { description: "The fields as they are now", schema: fieldsSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const FIELDS_ENDPOINTS: readonly Endpoint[] = [readFields, changeFields];

/** Schemas with a name of their own. */
export const FIELDS_SCHEMAS: Readonly<Record<string, z.ZodType>> = { Field: fieldSchema };

/** Adds the routes. */
export function addFieldsApi(app: FastifyInstance, desk: SyncDesk): void {
  app.get(routePath(readFields), (request) => answerFields(desk, request.params));
  app.post(routePath(changeFields), (request) => answerChange(desk, request.params, request.body ?? {}));
}

async function answerFields(desk: SyncDesk, params: unknown): Promise<z.infer<typeof fieldsSchema>> {
  const { entity } = accept(parameters, params);
  const fields = await desk.fields(entity).catch(as("not_found"));
  return fieldsSchema.parse({ fields });
}

async function answerChange(
  desk: SyncDesk,
  params: unknown,
  body: unknown,
): Promise<z.infer<typeof fieldsSchema>> {
  const { entity } = accept(parameters, params);
  const { columns, ...change } = accept(changeSchema, body);
  await desk
    .changeFields({ entity, ...change, columns: new Map(Object.entries(columns)) })
    .catch(as("request_invalid"));
  return answerFields(desk, params);
}

/** What the desk does not know, or cannot do, is the request's fault. */
function as(code: "not_found" | "request_invalid"): (error: unknown) => never {
  return (error) => {
    if (error instanceof SyncError && error.code === "configuration_invalid")
      throw new Refusal(code, error.message);
    throw error;
  };
}
