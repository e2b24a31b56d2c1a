/**
 * The default transport: keep-alive connections of undici, HTTP/1.1, no redirects, no cookies kept.
 *
 * Cookies are dropped on purpose: `ARRAffinity` would pin every request to one web server of the service.
 */
import { Agent } from "undici";

import { SyncError } from "../../core/errors.ts";
import type { Stage } from "./fault.ts";
import { wireFault } from "./fault.ts";
import type { TlsFiles } from "./tls.ts";
import { secureContext } from "./tls.ts";
import type { HttpAnswer, HttpRequest, Transport } from "./transport.ts";
import { splitAddress } from "./transport.ts";

export interface UndiciOptions {
  /** Sockets at most, per origin. */
  readonly connections?: number;
  readonly connectMs?: number;
  /** Until the answer begins. The service may work two minutes on one page. */
  readonly headersMs?: number;
  /** Longest silence in the middle of an answer. */
  readonly bodyMs?: number;
  readonly tls?: TlsFiles;
}

export function openUndici(options: UndiciOptions = {}): Transport {
  let plain: Agent | undefined;
  let secure: Promise<Agent> | undefined;

  async function agentFor(origin: string): Promise<Agent> {
    if (!origin.toLowerCase().startsWith("https:")) return (plain ??= new Agent(agentOptions(options)));
    secure ??= secureAgent(options);
    return secure;
  }

  return {
    async send(request) {
      const address = splitAddress(request.url);
      if (address === null)
        throw new SyncError("configuration_invalid", "A request needs an absolute address.");
      const agent = await agentFor(address.origin);
      return exchange(agent, request, address);
    },
    async close() {
      await Promise.all([plain?.destroy(), secure?.then((agent) => agent.destroy()).catch(() => undefined)]);
    },
  };
}

async function exchange(
  agent: Agent,
  request: HttpRequest,
  { origin, path }: { readonly origin: string; readonly path: string },
): Promise<HttpAnswer> {
  let stage: Stage = "sending";
  try {
    const { statusCode, headers, body } = await agent.request({
      origin,
      path,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      signal: request.signal,
    });
    stage = "receiving";
    return { status: statusCode, headers, body: await body.bytes() };
  } catch (error) {
    throw wireFault(error, new URL(origin).host, request.signal, stage);
  }
}

function agentOptions(options: UndiciOptions): Agent.Options {
  return {
    allowH2: false,
    connections: options.connections ?? 16,
    connectTimeout: options.connectMs ?? 15_000,
    headersTimeout: options.headersMs ?? 150_000,
    bodyTimeout: options.bodyMs ?? 60_000,
    keepAliveTimeout: 20_000,
  };
}

async function secureAgent(options: UndiciOptions): Promise<Agent> {
  const context = await secureContext(options.tls ?? {});
  const base = agentOptions(options);
  return new Agent({
    ...base,
    connect: { secureContext: context, timeout: base.connectTimeout ?? 15_000, allowH2: false },
  });
}
