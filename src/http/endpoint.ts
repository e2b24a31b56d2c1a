import type { z } from "zod";
import { Refusal } from "./problem.ts";

/** One route of the API: what serves it and what describes it are made from this. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path in OpenAPI's spelling: `/api/connections/{id}/sync`. */
  readonly path: string;
  /** Stable name for generated clients: `syncNow`. */
  readonly operation: string;
  readonly summary: string;
  readonly parameters?: z.ZodObject;
  /** What may stand in the query. */
  readonly query?: z.ZodObject;
  /** What a request must, or may, bring as JSON. */
  readonly body?: z.ZodType;
  /** Answers by status code; problems are described for every route. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Status codes of the problems that this route may answer with. */
  readonly problems: readonly number[];
}

export interface Answer {
  readonly description: string;
  readonly schema: z.ZodType;
  /** Media type, `application/json` unless told. */
  readonly type?: string;
}

/** The path in Fastify's spelling: `/api/connections/:id/sync`. */
export function routePath(endpoint: Endpoint): string {
  return endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/** What a request brought, held to its schema. @throws Refusal `request_invalid`, naming each thing that is wrong. */
export function accept<S extends z.ZodType>(schema: S, brought: unknown): z.output<S> {
  const parsed = schema.safeParse(brought);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Refusal("request_invalid", wrong.join("; "));
}
