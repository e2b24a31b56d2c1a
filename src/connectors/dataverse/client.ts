/**
 * Asking the Web API: signed in, limited, retried, and answered with whole, readable bodies or a `SyncError`.
 */
import { SyncError } from "../../core/errors.ts";
import { bodyText } from "../http/body.ts";
import { neverLeft, wireFault } from "../http/fault.ts";
import type { AdaptiveLimiter } from "../http/limiter.ts";
import type { RetryPolicy } from "../http/retry.ts";
import { withRetries } from "../http/retry.ts";
import type { HttpAnswer, HttpHeaders, HttpRequest, Transport } from "../http/transport.ts";
import { header } from "../http/transport.ts";
import type { TokenKeeper } from "./credential.ts";
import type { OrganizationAddress } from "./organization-address.ts";
import type { Refusal } from "./refusal.ts";
import { refusalOf } from "./refusal.ts";
import { ServiceSigns } from "./service-signs.ts";

/**
 * How to ask, and what to make of a good answer: either of its text, or of the answer as it came. Both throw
 * `unexpected_answer` when it is not what was promised, and it is asked for again then.
 */
export type Ask<T> = Asking &
  ({ readonly read: (text: string) => T } | { readonly digest: (answer: HttpAnswer) => Promise<T> });

interface Asking {
  /** Preferences, joined into one header. */
  readonly prefer?: readonly string[];
  /** Entity the request is about, for messages. */
  readonly entity?: string;
}

export interface Answer<T> {
  readonly body: T;
  /** Bytes of the body on the wire. */
  readonly bytes: number;
}

/** A request with an effect. */
export interface Command {
  readonly method: "POST" | "PATCH" | "DELETE";
  /** Below the Web API's base. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * What came back for a command; `lost` means that it may have been carried out or not. `ms` is how long that took,
 * from sending it on.
 */
export type Reply =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: HttpHeaders;
      readonly text: string;
      readonly ms: number;
    }
  | { readonly kind: "lost"; readonly detail: string; readonly ms: number };

export interface ClientParts {
  readonly address: OrganizationAddress;
  readonly transport: Transport;
  readonly tokens: TokenKeeper;
  readonly limiter: AdaptiveLimiter;
  readonly retry: RetryPolicy;
}

const HEADERS = {
  accept: "application/json",
  "accept-encoding": "gzip",
  "odata-maxversion": "4.0",
  "odata-version": "4.0",
} as const;

/** The literal text: it keeps caches on the way from answering for the service. */
const UNCACHED = { "if-none-match": "null" } as const;

/** Carries a lost answer past the retries: a command that may have been carried out is never repeated. */
class AnswerLost extends Error {
  readonly ms: number;

  constructor(message: string, ms: number) {
    super(message);
    this.ms = ms;
  }
}

export class DataverseClient {
  readonly address: OrganizationAddress;
  readonly signs = new ServiceSigns();
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.address = parts.address;
    this.#parts = parts;
  }

  /** Milliseconds since 1970, by the clock of this connection. */
  now(): number {
    return this.#parts.retry.timing.now();
  }

  /**
   * Reads a path below the Web API's base, or a link the service gave, byte for byte.
   * @throws SyncError `unexpected_answer` for a link to a foreign host, which is never followed; else as the
   * service, the wire and the sign-in demand
   */
  async get<T>(pathOrLink: string, ask: Ask<T>, signal: AbortSignal): Promise<Answer<T>> {
    const url = this.#resolve(pathOrLink);
    return withRetries(async () => this.#attempt(url, ask, signal), this.#parts.retry, signal);
  }

  /**
   * Sends a command. It is repeated only while it surely had no effect: no connection was made, the token was not
   * accepted, or the service turned it away for load (429). Every other answer comes back as it is.
   * @throws SyncError only when the command had no effect (`throttled`, `unavailable`, `sign_in_failed`,
   * `name_not_found`, `certificate_rejected`), or `stopped`
   */
  async send(command: Command, signal: AbortSignal): Promise<Reply> {
    try {
      return await withRetries(async () => this.#carryOut(command, signal), this.#parts.retry, signal);
    } catch (error) {
      if (error instanceof AnswerLost) return { kind: "lost", detail: error.message, ms: error.ms };
      throw error;
    }
  }

  /** Slows down as the service asked inside an answer. @param ms how long nothing is to be sent */
  slowDown(ms: number): void {
    this.#parts.limiter.throttled(ms);
  }

  #resolve(pathOrLink: string): string {
    if (!/^[a-z][a-z0-9+.-]*:/iu.test(pathOrLink)) return `${this.address.base}/${pathOrLink}`;
    if (this.address.owns(pathOrLink)) return pathOrLink;
    const host = URL.canParse(pathOrLink) ? new URL(pathOrLink).host : "an unreadable address";
    throw new SyncError(
      "unexpected_answer",
      `Dynamics at ${this.address.host} sent a link to ${host}, which is not followed. If that is the same organization, add it as an alias.`,
    );
  }

  async #attempt<T>(url: string, ask: Ask<T>, signal: AbortSignal): Promise<Answer<T>> {
    const prefer =
      ask.prefer === undefined || ask.prefer.length === 0 ? {} : { prefer: ask.prefer.join(",") };
    const headers = { ...HEADERS, ...UNCACHED, ...prefer };
    const answer = await this.#signedIn({ method: "GET", url, headers, signal }, async (request) =>
      this.#exchange(request),
    );
    return { body: await this.#read(answer, ask), bytes: answer.body.length };
  }

  /** One try; a token that is no longer accepted is renewed once within it. */
  async #signedIn(
    request: HttpRequest,
    exchange: (request: HttpRequest) => Promise<HttpAnswer>,
  ): Promise<HttpAnswer> {
    const { tokens, limiter } = this.#parts;
    for (let renewed = false; ; renewed = true) {
      const token = await tokens.token(request.signal);
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      const answer = await limiter.run(async () => exchange({ ...request, headers }), request.signal);
      if (answer.status !== 401 || isMultipart(answer.headers)) return answer;
      tokens.reject(token);
      if (renewed) {
        throw new SyncError(
          "sign_in_failed",
          `Dynamics at ${this.address.host} does not accept a fresh token.`,
        );
      }
    }
  }

  async #exchange(request: HttpRequest): Promise<HttpAnswer> {
    const { transport, retry } = this.#parts;
    try {
      const answer = await transport.send(request);
      this.signs.note(answer.headers, retry.timing.now());
      return answer;
    } catch (error) {
      throw wireFault(error, this.address.host, request.signal);
    }
  }

  async #read<T>(answer: HttpAnswer, ask: Ask<T>): Promise<T> {
    const { limiter } = this.#parts;
    if (answer.status < 200 || answer.status >= 300)
      throw this.#refused(answer, await bodyText(answer), ask.entity);
    limiter.succeeded(this.signs.recommendedParallelism);
    return "digest" in ask ? ask.digest(answer) : ask.read(await bodyText(answer));
  }

  async #carryOut({ method, path, headers, body }: Command, signal: AbortSignal): Promise<Reply> {
    const url = `${this.address.base}/${path}`;
    const request = {
      method,
      url,
      headers: { ...HEADERS, ...headers },
      signal,
      ...(body === undefined ? {} : { body }),
    };
    let begun = this.now();
    const lost = (error: unknown): never => {
      throw this.#lost(error, signal, this.now() - begun);
    };
    const answer = await this.#signedIn(request, async (signed) => {
      begun = this.now();
      return this.#exchange(signed).catch(lost);
    });
    const ms = this.now() - begun;
    const text = await bodyText(answer).catch(lost);
    if (answer.status >= 200 && answer.status < 300) {
      this.#parts.limiter.succeeded(this.signs.recommendedParallelism);
    } else if (!isMultipart(answer.headers)) {
      const refusal = this.#refused(answer, text, undefined);
      if (refusal.code === "throttled") throw refusal;
    }
    return { kind: "answer", status: answer.status, headers: answer.headers, text, ms };
  }

  /** A failure that leaves no doubt stays what it is; every other one may hide that the command was carried out. */
  #lost(error: unknown, signal: AbortSignal, ms: number): Error {
    const fault = wireFault(error, this.address.host, signal);
    return signal.aborted || neverLeft(error) ? fault : new AnswerLost(fault.message, ms);
  }

  #refused(answer: HttpAnswer, text: string, entity: string | undefined): Refusal {
    const refusal = refusalOf(answer, text, entity, this.now());
    if (refusal.code === "throttled") this.slowDown(refusal.retryAfterMs ?? 0);
    return refusal;
  }
}

/** The answer to a batch, which speaks for each part by itself whatever its own status is. */
export function isMultipart(headers: HttpHeaders): boolean {
  return /^\s*multipart\/mixed/iu.test(header(headers, "content-type") ?? "");
}
