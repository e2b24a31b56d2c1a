import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { ERROR_CODES, SyncError } from "../core/errors.ts";
import type { Responsible } from "../core/errors.ts";
import { responsibleSchema } from "./status-schema.ts";

/** What the API itself refuses, beside the codes of `core/errors.ts`. */
export const REFUSALS = {
  not_found: {
    status: 404,
    who: "admin",
    remedy: "Check the address: GET /api/status lists the connections, GET /api/openapi.json every route.",
  },
  request_invalid: {
    status: 400,
    who: "admin",
    remedy: "Correct the request: GET /api/openapi.json describes what each route accepts.",
  },
  body_too_large: { status: 413, who: "admin", remedy: "Send a smaller body." },
  host_refused: {
    status: 421,
    who: "admin",
    remedy: "Open Tandem as http://localhost or http://127.0.0.1, with its port.",
  },
  origin_refused: {
    status: 403,
    who: "admin",
    remedy: "Use Tandem's own page, or a client outside the browser: other sites may not act on Tandem.",
  },
  unexpected: {
    status: 500,
    who: "admin",
    remedy: "Tandem's log has the whole story under the same time. If it happens again, report it.",
  },
} as const satisfies Record<string, { status: number; who: Responsible; remedy: string }>;

export type RefusalCode = keyof typeof REFUSALS;

/** A request that the API turns down; the message is for the person who sent it. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, detail: string) {
    super(detail);
    this.name = "Refusal";
    this.code = code;
  }
}

/** Media type of every error the API gives (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

export const problemSchema = z.object({
  type: z.string().describe("urn:tandem:error:<code>"),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe("What happened, naming the thing"),
  code: z.string().describe("A code of docs/operations.md, or one of the API's own refusals"),
  remedy: z.string().describe("What to do"),
  who: responsibleSchema.describe("Who must act; nobody when it passes by itself"),
});

export type Problem = z.infer<typeof problemSchema>;

/** Turns anything thrown into a problem. The words of an unknown error stay in the log: they may hold anything. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return refusalProblem(error.code, error.message);
  if (error instanceof SyncError) {
    const { retry, who, remedy } = ERROR_CODES[error.code];
    const status = retry === "later" ? 503 : 500;
    return { ...heading(error.code, status), detail: error.message, remedy, who };
  }
  const status = clientStatusOf(error);
  if (status === 413) return refusalProblem("body_too_large", "The body of the request is too large.");
  if (status !== null && error instanceof Error) {
    return { ...refusalProblem("request_invalid", error.message), ...heading("request_invalid", status) };
  }
  return refusalProblem("unexpected", "Tandem met an error it does not know.");
}

function refusalProblem(code: RefusalCode, detail: string): Problem {
  const { status, remedy, who } = REFUSALS[code];
  return { ...heading(code, status), detail, remedy, who };
}

function heading(code: string, status: number): Pick<Problem, "type" | "title" | "status" | "code"> {
  return { type: `urn:tandem:error:${code}`, title: STATUS_CODES[status] ?? "Error", status, code };
}

/** Fastify marks what is wrong with a request (malformed JSON, media type, size) by a status from 400 to 499. */
function clientStatusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return null;
  const { statusCode } = error;
  return typeof statusCode === "number" && statusCode >= 400 && statusCode < 500 ? statusCode : null;
}
