import { z } from "zod";
import type { Answer, Endpoint } from "./endpoint.ts";
import { PROBLEM_TYPE, problemSchema } from "./problem.ts";

type Json = Readonly<Record<string, unknown>>;

/** Version of the API, raised with its contract. */
const API_VERSION = "0.1.0";

/**
 * The OpenAPI 3.1 description of the given endpoints, from the schemas that hold what they accept and answer.
 * @param named schemas that get a name of their own under `components`
 */
export function describeApi(
  endpoints: readonly Endpoint[],
  named: Readonly<Record<string, z.ZodType>>,
): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...named, Problem: problemSchema }))
    registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: referenceTo });
  return {
    openapi: "3.1.0",
    info: {
      title: "Tandem",
      version: API_VERSION,
      description: "Keeps a Microsoft Dynamics 365 organization and a marketing database in step.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: pathsOf(endpoints, registry),
    components: { schemas: Object.fromEntries(Object.entries(schemas).map(bare)) },
  };
}

type Registry = ReturnType<typeof z.registry<{ id: string }>>;

function pathsOf(endpoints: readonly Endpoint[], registry: Registry): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operationOf(endpoint, registry),
    };
  }
  return paths;
}

function operationOf(endpoint: Endpoint, registry: Registry): Json {
  const answers = Object.entries(endpoint.answers).map(
    ([status, answer]) => [status, answerOf(answer, registry)] as const,
  );
  const problems = endpoint.problems.map(
    (status) =>
      [
        String(status),
        answerOf({ description: "Problem", schema: problemSchema, type: PROBLEM_TYPE }, registry),
      ] as const,
  );
  const parameters = [...parametersOf(endpoint.parameters, "path"), ...parametersOf(endpoint.query, "query")];
  return {
    operationId: endpoint.operation,
    summary: endpoint.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(endpoint.body === undefined ? {} : { requestBody: bodyOf(endpoint.body) }),
    responses: Object.fromEntries([...answers, ...problems]),
  };
}

function answerOf(answer: Answer, registry: Registry): Json {
  const name = registry.get(answer.schema)?.id;
  const schema =
    name === undefined ? withoutDialect(z.toJSONSchema(answer.schema)) : { $ref: referenceTo(name) };
  return { description: answer.description, content: { [answer.type ?? "application/json"]: { schema } } };
}

function bodyOf(schema: z.ZodType): Json {
  const required = !schema.safeParse({}).success;
  return {
    required,
    content: { "application/json": { schema: withoutDialect(z.toJSONSchema(schema, { io: "input" })) } },
  };
}

function parametersOf(parameters: z.ZodObject | undefined, place: "path" | "query"): Json[] {
  return Object.entries(parameters?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path",
    schema: withoutDialect(z.toJSONSchema(schema as z.ZodType, { io: "input", unrepresentable: "any" })),
  }));
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`;
}

function bare([name, schema]: [string, object]): [string, Json] {
  return [name, withoutDialect(schema)];
}

/** OpenAPI 3.1 is of the JSON Schema dialect that zod writes, so the schemas need not repeat it. */
function withoutDialect(schema: object): Json {
  const { $schema: _dialect, $id: _id, "~standard": _standard, ...rest } = schema as Record<string, unknown>;
  return rest;
}
