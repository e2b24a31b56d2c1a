/**
 * The part of the API that is about what was refused: listed, searched, taken away, tried again.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ERROR_CODES } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Cause, RefusalDesk, Refused } from "../core/refused.ts";
import { causesOf, chosenRefused, refusedCsv } from "../core/refused.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { responsibleSchema } from "./status-schema.ts";

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

const refusedSchema = z.object({
  entity: z.string().describe("Logical name in Dynamics"),
  table: z.string().describe("Marketing table"),
  way: z.enum(["push", "pull"]).describe("An edit made in marketing, or a record of Dynamics"),
  row: z.string().nullable(),
  crmId: z.string().nullable().describe("Record in Dynamics"),
  code: z.enum(codes).describe("A code of docs/operations.md"),
  field: z.string().nullable().describe("Column or attribute, where one is to blame"),
  detail: z.string(),
  since: z.iso.datetime({ offset: true }),
}) satisfies z.ZodType<Refused>;

const wishShape = {
  entity: z.string().optional().describe("Only this entity, by logical name"),
  code: z.enum(codes).optional().describe("Only this cause"),
};

const listQuery = z
  .object({
    ...wishShape,
    way: z.enum(["push", "pull"]).optional().describe("Only this way"),
    search: z.string().max(200).optional().describe("Stands in any column, without regard to case"),
  })
  .strict();

const causeSchema = z.object({
  code: z.enum(codes),
  meaning: z.string(),
  remedy: z.string().describe("What to do"),
  who: responsibleSchema.describe("Who must do it"),
}) satisfies z.ZodType<Cause>;

const listSchema = z.object({
  errors: z.array(refusedSchema),
  causes: z.array(causeSchema).describe("One for each code among the errors"),
});

const PROBLEMS = [400, 403, 500, 503] as const;

const readErrors = {
  method: "GET",
  path: "/api/errors",
  operation: "readErrors",
  summary: "Records that were refused one by one, on either way; of each entity and way the oldest 1,000",
  query: listQuery,
  answers: { 200: { description: "By entity, oldest first", schema: listSchema } },
  problems: PROBLEMS,
} as const satisfies Endpoint;

const exportErrors = {
  method: "GET",
  path: "/api/errors.csv",
  operation: "exportErrors",
  summary: "The same as a table for spreadsheets, with what to do about each",
  query: listQuery,
  answers: { 200: { description: "CSV with a line of names", schema: z.string(), type: "text/csv" } },
  problems: PROBLEMS,
} as const satisfies Endpoint;

const retryBody = z
  .object({
    ...wishShape,
    row: z
      .string()
      .regex(/^\d{1,18}$/, "must be the number of a row")
      .optional()
      .describe("Only this row of the marketing table"),
  })
  .strict();

const retriedSchema = z.object({ retried: z.int().min(0) });

const retryErrors = {
  method: "POST",
  path: "/api/errors/retry",
  operation: "retryErrors",
  summary: "Let what marketing wanted and Dynamics refused be tried again",
  body: retryBody,
  answers: { 202: { description: "How many are tried again", schema: retriedSchema } },
  problems: PROBLEMS,
} as const satisfies Endpoint;

/** In the order of the description. */
export const ERRORS_ENDPOINTS: readonly Endpoint[] = [readErrors, exportErrors, retryErrors];

/** Schemas with a name of their own. */
export const ERRORS_SCHEMAS: Readonly<Record<string, z.ZodType>> = { Refused: refusedSchema };

/** Adds the routes. */
export function addErrorsApi(app: FastifyInstance, desk: RefusalDesk): void {
  const chosen = async (query: unknown): Promise<readonly Refused[]> => {
    const wish = accept(listQuery, query);
    return chosenRefused(await desk.refused(), wish);
  };

  app.get(routePath(readErrors), async (request, reply) => {
    const errors = await chosen(request.query);
    return reply.send(listSchema.parse({ errors, causes: causesOf(errors) }));
  });

  app.get(routePath(exportErrors), async (request, reply) =>
    reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", 'attachment; filename="errors.csv"')
      .send(refusedCsv(await chosen(request.query))),
  );

  app.post(routePath(retryErrors), async (request, reply) => {
    const { entity, code, row } = accept(retryBody, request.body ?? {});
    const retried = await desk.retry({
      ...(entity === undefined ? {} : { entity }),
      ...(code === undefined ? {} : { code }),
      ...(row === undefined ? {} : { row }),
    });
    return reply.code(202).send(retriedSchema.parse({ retried }));
  });
}
