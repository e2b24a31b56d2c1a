import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fastifyStatic } from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { pagePolicy } from "./guard.ts";
import { Refusal } from "./problem.ts";

/** Stands in the built page where the nonce of the answer goes (`dashboard/vite.config.ts` puts it there). */
const NONCE_PLACE = "__TANDEM_NONCE__";

/**
 * Serves the built dashboard: hashed assets for ever, the page itself fresh each time and under every address that is
 * not the API's, since the application routes by itself.
 */
export function addPages(app: FastifyInstance, folder: string): void {
  void app.register(fastifyStatic, {
    root: path.join(folder, "assets"),
    prefix: "/assets/",
    decorateReply: false,
    index: false,
    immutable: true,
    maxAge: "1y",
  });

  app.setNotFoundHandler(async (request, reply) => {
    if (!wantsPage(request)) throw new Refusal("not_found", `There is nothing at ${request.url}.`);
    return sendPage(reply, path.join(folder, "index.html"));
  });
}

function wantsPage(request: FastifyRequest): boolean {
  const reading = request.method === "GET" || request.method === "HEAD";
  const accepts = request.headers.accept?.includes("text/html") === true || request.url === "/";
  return reading && accepts && !/^\/(?:api|assets)\//.test(request.url);
}

async function sendPage(reply: FastifyReply, file: string): Promise<FastifyReply> {
  const page = await readBuilt(file);
  if (page === null) {
    return reply
      .code(503)
      .type("text/plain; charset=utf-8")
      .send("The dashboard has not been built. Run `npm run build`, then reload. The API works meanwhile.\n");
  }
  const nonce = randomBytes(16).toString("base64");
  return reply
    .code(200)
    .header("cache-control", "no-store")
    .header("content-security-policy", pagePolicy(nonce))
    .type("text/html; charset=utf-8")
    .send(page.replaceAll(NONCE_PLACE, nonce));
}

/** Read anew for each answer, so that a dashboard built while Tandem runs is served at the next reload. */
async function readBuilt(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
