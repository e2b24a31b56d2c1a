/**
 * The wire between a worker and the emulated organization: each request waits for the scheduler, which decides when it
 * arrives, how often, and what comes back.
 */
import { bodyText } from "../../emulators/dataverse/message.ts";
import type { Answer } from "../../emulators/dataverse/message.ts";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import type { AccessToken, Credential } from "../../src/connectors/dataverse/credential.ts";
import type { HttpAnswer, HttpRequest, Transport } from "../../src/connectors/http/transport.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { Actor, Call, Fate, Scheduler } from "./scheduler.ts";

export const ORIGIN = "https://contoso.crm.dynamics.com";

/** Requests whose senders do not wait any more and that may still arrive. */
export interface Stray {
  readonly label: string;
  arrive(): Promise<string>;
}

export interface WireParts {
  readonly emulator: Emulator;
  readonly scheduler: Scheduler;
  readonly actor: Actor;
  readonly strays: Stray[];
  /** Told of every request that was carried out and may have had an effect. */
  readonly onCommand: (label: string) => void;
  /** What becomes of each address, where a fault is planted. */
  readonly rewrite?: ((url: string) => string) | undefined;
}

export function openWire(parts: WireParts): Transport {
  return {
    send: (request) => send(parts, { ...request, url: parts.rewrite?.(request.url) ?? request.url }),
    close: async () => undefined,
  };
}

function send(parts: WireParts, request: HttpRequest): Promise<HttpAnswer> {
  const { scheduler, strays, actor } = parts;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const label = labelOf(request);
  const call: Call = {
    by: actor,
    to: "dynamics",
    label,
    async carryOut(fate) {
      if (fate.kind === "late")
        strays.push({ label, arrive: async () => told(await answered(parts, request)) });
      const { answer, error, said } = await meet(parts, request, fate);
      if (error === undefined) resolve(answer);
      else reject(error);
      return { said };
    },
  };
  const leave = (): void => {
    if (!scheduler.withdraw(call)) return;
    if (isCommand(request)) strays.push({ label, arrive: async () => told(await answered(parts, request)) });
    reject(new Error("aborted"));
  };
  if (request.signal.aborted) reject(new Error("aborted"));
  else scheduler.ask(call);
  request.signal.addEventListener("abort", leave, { once: true });
  return promise;
}

/** What a call that its sender's death left behind may still do. */
export function strayOf(call: Call): Stray {
  return { label: call.label, arrive: async () => (await call.carryOut({ kind: "ok" })).said };
}

type Met =
  | { readonly answer: HttpAnswer; readonly error?: never; readonly said: string }
  | { readonly answer?: never; readonly error: Error; readonly said: string };

async function meet(parts: WireParts, request: HttpRequest, fate: Fate): Promise<Met> {
  switch (fate.kind) {
    case "lost-before":
      return { error: broken("ECONNRESET"), said: "nothing arrived" };
    case "late":
      return { error: broken("UND_ERR_HEADERS_TIMEOUT"), said: "timed out" };
    case "throttled":
      return madeUp(429, { "retry-after": "7" });
    case "unavailable":
      return madeUp(503, {});
    case "expired":
      parts.emulator.authority.expireAll();
      break;
    case "lost-after": {
      const answer = await answered(parts, request);
      return { error: broken("ECONNRESET"), said: told(answer) };
    }
    case "garbled": {
      const answer = await answered(parts, request);
      const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
      return { answer: { ...answer, body: half }, said: told(answer) };
    }
    case "repeated": {
      const answer = await answered(parts, request);
      await answered(parts, request);
      return { answer, said: told(answer) };
    }
    case "dies":
      parts.actor.alive = false;
      if (fate.at % 2 === 1) return { error: broken("ECONNRESET"), said: "the process ends before it" };
      break;
    case "ok":
  }
  const answer = await answered(parts, request);
  return { answer, said: told(answer) };
}

async function answered({ emulator, onCommand }: WireParts, request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body = "" } = request;
  const answer = await emulator.answer({ method, url, headers, body });
  if (isCommand(request) && answer.status !== 401) onCommand(labelOf(request));
  return httpAnswer(answer);
}

function httpAnswer({ status, headers, body }: Answer): HttpAnswer {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    status,
    headers: Object.fromEntries(lower) as HttpAnswer["headers"],
    body: Buffer.from(bodyText(body)),
  };
}

function madeUp(status: number, headers: Record<string, string>): Met {
  const body = Buffer.from(JSON.stringify({ error: { code: "0x80072322", message: "Not now." } }));
  return {
    answer: { status, headers: { "content-type": "application/json", ...headers }, body },
    said: String(status),
  };
}

function broken(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function told({ status, body }: HttpAnswer): string {
  return `${status}, ${body.length} bytes`;
}

function isCommand({ method }: HttpRequest): boolean {
  return method !== "GET";
}

function labelOf({ method, url, body }: HttpRequest): string {
  const path = decodeURIComponent(url.replace(/^https:\/\/[^/]*(?:\/api\/data\/v[\d.]*)?/u, ""));
  return body === undefined ? `${method} ${path}` : `${method} ${path} ${partsOf(body)}`;
}

/** The requests inside a batch, and their bodies; of anything else the body. */
function partsOf(body: string): string {
  const lines = body.split(/\r?\n/u);
  const wanted = lines.filter((line) => /^(?:GET|POST|PATCH|DELETE|If-)/u.test(line) || line.startsWith("{"));
  return wanted.map((line) => line.replace(/https:\/\/[^/]*/u, "")).join(" ");
}

/** Signs in at the organization's own token endpoint, by way of the scheduler. */
export function credentialOn(transport: Transport, { authority }: Emulator, now: () => number): Credential {
  const { tenantId, clientId, clientSecret, lifetime } = authority.credentials;
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: "client_credentials",
    scope: `${ORIGIN}/.default`,
  });
  return {
    async token(signal): Promise<AccessToken> {
      const url = `${ORIGIN}/${tenantId}/oauth2/v2.0/token`;
      const asked = now();
      const { status, body } = await asTransient(() =>
        transport.send({ method: "POST", url, headers: {}, body: form.toString(), signal }),
      );
      if (status !== 200) throw unavailable(`The token endpoint answers ${status}.`);
      const { access_token: value } = await asTransient(
        async () => JSON.parse(Buffer.from(body).toString()) as { access_token: string },
      );
      return { value, expiresAt: asked + lifetime * 1000 };
    },
  };
}

async function asTransient<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(String(error));
  }
}

function unavailable(message: string): SyncError {
  return new SyncError("unavailable", message);
}
