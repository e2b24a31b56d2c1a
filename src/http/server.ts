import type { AddressInfo } from "node:net";
import { LogController, fastify } from "fastify";
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SyncError } from "../core/errors.ts";
import type { EventFeed } from "../core/event-port.ts";
import type { NoticeDesk } from "../core/notice.ts";
import type { PersonDesk } from "../core/person-desk.ts";
import type { Probes } from "../core/probes.ts";
import type { RefusalDesk } from "../core/refused.ts";
import type { EntityDesk } from "../core/entity-desk.ts";
import type { CampaignDesk } from "../core/campaign-desk.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import type { Status } from "../core/status.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";
import { addApi } from "./api.ts";
import { EventStreams } from "./event-streams.ts";
import { SECURITY_HEADERS, assertLoopback, refusalOf } from "./guard.ts";
import { addPages } from "./pages.ts";
import { PROBLEM_TYPE, problemOf } from "./problem.ts";
import { StatusFeed } from "./status-feed.ts";

export interface ServerOptions {
  /** A loopback address: there is no sign-in yet. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The status now, read from the source of truth. */
  status(): Promise<Status>;
  /** Calls the listener whenever the status may have changed; returns what ends that. */
  subscribe(listener: () => void): () => void;
  /** Asks for a cycle of a known connection; resolves when it is asked for, not when it is done. */
  syncNow(connectionId: number): Promise<void>;
  /** Where people ask about persons. */
  readonly people: PersonDesk;
  /** Where people look at what was refused. */
  readonly refusals: RefusalDesk;
  /** Where people ask about campaigns. */
  readonly campaigns: CampaignDesk;
  /** Where people say what runs. */
  readonly runs: SyncDesk;
  /** Where what happened is read. */
  readonly events: EventFeed;
  /** Where people choose entities. */
  readonly entities: EntityDesk;
  /** Where people look at notices. */
  readonly notices: NoticeDesk;
  /** Where webhooks are managed. */
  readonly webhooks: WebhookDesk;
  /** What machines ask. */
  readonly probes: Probes;
  /** Folder of the built dashboard (`dashboard/dist`). */
  readonly dashboardFolder: string;
  readonly log: FastifyBaseLogger;
}

export interface Server {
  /** Where it listens: `http://127.0.0.1:4600`. */
  readonly url: string;
  /** Ends the event streams, lets requests under way finish for a moment, and frees the port. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 64 * 1024;

/** Time that requests under way get when the server closes. */
const GRACE_MS = 2_000;

/**
 * Serves the API and the dashboard.
 * @throws SyncError `configuration_invalid` when the host is not a loopback address or the port cannot be had.
 */
export async function openServer(options: ServerOptions): Promise<Server> {
  const app = createApp(options);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    throw listenError(error, options);
  }
  return {
    url: urlOf(app.server.address() as AddressInfo),
    async close() {
      const force = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
      await app.close();
      clearTimeout(force);
    },
  };
}

/**
 * The application without a socket.
 * @throws SyncError `configuration_invalid` when the host is not a loopback address.
 */
export function createApp(options: ServerOptions): FastifyInstance {
  assertLoopback(options.host);
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoutes: true,
  });
  const feeds = { status: new StatusFeed(options), events: new EventStreams(options.events, options.log) };
  app.addHook("preClose", (done) => {
    feeds.status.close();
    feeds.events.close();
    done();
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, "cache-control": "no-store" });
    const refusal = refusalOf({
      method: request.method,
      host: request.headers.host,
      origin: request.headers.origin,
      site: firstOf(request.headers["sec-fetch-site"]),
    });
    if (refusal !== null) throw refusal;
  });
  app.setErrorHandler(answerProblem);
  addApi(app, options, feeds);
  addPages(app, options.dashboardFolder);
  return app;
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  if (problem.status >= 500) {
    request.log.error(
      { err: error, method: request.method, route: request.routeOptions.url },
      "request failed",
    );
  }
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
}

function listenError(error: unknown, { host, port }: ServerOptions): SyncError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message =
    code === "EADDRINUSE"
      ? `Port ${port} on ${host} is in use, perhaps by another Tandem. Stop that program, or set TANDEM_PORT to a free port.`
      : `Tandem cannot listen on ${host}, port ${port} (${String(code)}). Set TANDEM_PORT to a port this user may use.`;
  return new SyncError("configuration_invalid", message, { field: "TANDEM_PORT", cause: error });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return family === "IPv6" ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}

function firstOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}
