/**
 * The routes for machines: whether the process lives, whether it can do its work, and its measurements.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Probes } from "../core/probes.ts";
import { routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";

const aliveSchema = z.object({ alive: z.literal(true) });

const health = {
  method: "GET",
  path: "/healthz",
  operation: "readHealth",
  summary: "Whether the process lives; asks nothing else",
  answers: { 200: { description: "It does", schema: aliveSchema } },
  problems: [],
} as const satisfies Endpoint;

const missingSchema = z.object({
  what: z.enum(["database", "schema", "running"]),
  reason: z.string(),
});
const readySchema = z.object({ ready: z.literal(true) });
const unreadySchema = z.object({ ready: z.literal(false), missing: z.array(missingSchema) });

const readiness = {
  method: "GET",
  path: "/readyz",
  operation: "readReadiness",
  summary: "Whether the database answers, its schema is the one of this Tandem, and it is not shutting down",
  answers: {
    200: { description: "It is ready", schema: readySchema },
    503: { description: "It is not: what is missing, and why", schema: unreadySchema },
  },
  problems: [],
} as const satisfies Endpoint;

const metrics = {
  method: "GET",
  path: "/metrics",
  operation: "readMetrics",
  summary: "The measurements, in Prometheus' text format",
  answers: {
    200: { description: "Metrics; docs/observability.md names them", schema: z.string(), type: "text/plain" },
  },
  problems: [],
} as const satisfies Endpoint;

/** Version of Prometheus' text format. */
const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export const PROBE_ENDPOINTS: readonly Endpoint[] = [health, readiness, metrics];

export function addProbesApi(app: FastifyInstance, probes: Probes): void {
  app.get(routePath(health), () => aliveSchema.parse({ alive: true }));

  app.get(routePath(readiness), async (_request, reply) => {
    const missing = await probes.missing();
    if (missing.length === 0) return readySchema.parse({ ready: true });
    return reply.code(503).send(unreadySchema.parse({ ready: false, missing }));
  });

  app.get(routePath(metrics), async (_request, reply) =>
    reply.type(METRICS_TYPE).send(await probes.metrics()),
  );
}
