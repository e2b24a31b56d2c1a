/**
 * Asking the Web API: signed in, limited, retried, and answered with whole, readable bodies or a `SyncError`.
 */
import { SyncError } from "../../core/errors.ts";
import { bodyText } from "../http/body.ts";
import { wireFault } from "../http/fault.ts";
import type { AdaptiveLimiter } from "../http/limiter.ts";
import type { RetryPolicy } from "../http/retry.ts";
import { withRetries } from "../http/retry.ts";
import type { HttpAnswer, Transport } from "../http/transport.ts";
import type { TokenKeeper } from "./credential.ts";
import type { OrganizationAddress } from "./organization-address.ts";
import { refusalOf } from "./refusal.ts";
import { ServiceSigns } from "./service-signs.ts";

/** How to ask. */
export interface Ask<T> {
  /** Makes something of the body; throws `unexpected_answer` when it is not what was promised, and is then retried. */
  readonly read: (text: string) => T;
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
  // The literal text: it keeps caches on the way from answering for the service.
  "if-none-match": "null",
} as const;

export class DataverseClient {
  readonly address: OrganizationAddress;
  readonly signs = new ServiceSigns();
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.address = parts.address;
    this.#parts = parts;
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

  #resolve(pathOrLink: string): string {
    if (!/^[a-z][a-z0-9+.-]*:/iu.test(pathOrLink)) return `${this.address.base}/${pathOrLink}`;
    if (this.address.owns(pathOrLink)) return pathOrLink;
    const host = URL.canParse(pathOrLink) ? new URL(pathOrLink).host : "an unreadable address";
    throw new SyncError(
      "unexpected_answer",
      `Dynamics at ${this.address.host} sent a link to ${host}, which is not followed. If that is the same organization, add it as an alias.`,
    );
  }

  /** One try; a token that is no longer accepted is renewed once within it. */
  async #attempt<T>(url: string, ask: Ask<T>, signal: AbortSignal): Promise<Answer<T>> {
    const { tokens, limiter } = this.#parts;
    for (let renewed = false; ; renewed = true) {
      const token = await tokens.token(signal);
      const answer = await limiter.run(async () => this.#exchange(url, token, ask, signal), signal);
      if (answer.status === 401) {
        tokens.reject(token);
        if (!renewed) continue;
        throw new SyncError(
          "sign_in_failed",
          `Dynamics at ${this.address.host} does not accept a fresh token.`,
        );
      }
      return { body: await this.#read(answer, ask), bytes: answer.body.length };
    }
  }

  async #exchange(url: string, token: string, ask: Ask<unknown>, signal: AbortSignal): Promise<HttpAnswer> {
    const { transport, retry } = this.#parts;
    const prefer =
      ask.prefer === undefined || ask.prefer.length === 0 ? {} : { prefer: ask.prefer.join(",") };
    const headers = { ...HEADERS, ...prefer, authorization: `Bearer ${token}` };
    try {
      const answer = await transport.send({ method: "GET", url, headers, signal });
      this.signs.note(answer.headers, retry.timing.now());
      return answer;
    } catch (error) {
      throw wireFault(error, this.address.host, signal);
    }
  }

  async #read<T>(answer: HttpAnswer, ask: Ask<T>): Promise<T> {
    const { limiter, retry } = this.#parts;
    const text = await bodyText(answer);
    if (answer.status >= 200 && answer.status < 300) {
      limiter.succeeded(this.signs.recommendedParallelism);
      return ask.read(text);
    }
    const refusal = refusalOf(answer, text, ask.entity, retry.timing.now());
    if (refusal.code === "throttled") limiter.throttled(refusal.retryAfterMs ?? 0);
    throw refusal;
  }
}
