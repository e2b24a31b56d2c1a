/**
 * Sends an event to a receiver, once. No redirect is followed, and of the answer hardly more is read than its status.
 */
import { Agent } from "undici";
import type { Answer, Delivery } from "../../core/webhook.ts";
import { wireFault } from "../http/fault.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import { stopped } from "../http/stopping.ts";
import { secureContext } from "../http/tls.ts";
import { header, splitAddress } from "../http/transport.ts";
import { signatureHeaders } from "./sign.ts";

export interface PostOptions {
  /** The specification recommends 15 to 30 seconds for the whole. */
  readonly timeoutMs?: number;
  readonly connectMs?: number;
  /** `User-Agent`. */
  readonly agent: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Receiver {
  readonly url: string;
  /** `whsec_…`; null for a receiver that knows no signatures. */
  readonly secret: string | null;
}

export interface WebhookPost {
  /** What came of it, never an error but `stopped`, after which nobody knows whether it arrived. */
  send(delivery: Delivery, receiver: Receiver, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 20_000;
const CONNECT_MS = 10_000;

/** Of the answer, for people who look for the reason of a failure. */
const EXCERPT_BYTES = 200;

export function openWebhookPost(options: PostOptions): WebhookPost {
  const { timeoutMs = TIMEOUT_MS, connectMs = CONNECT_MS, now } = options;
  const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connections: 4 };
  const plain = new Agent({ ...limits, connectTimeout: connectMs });
  let secure: Promise<Agent> | undefined;
  const agentFor = async (url: string): Promise<Agent> => {
    if (!url.toLowerCase().startsWith("https:")) return plain;
    secure ??= secureContext({}).then(
      (context) => new Agent({ ...limits, connect: { secureContext: context, timeout: connectMs } }),
    );
    return secure;
  };
  return {
    async send(delivery, { url, secret }, signal) {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const headers = {
        "content-type": "application/json",
        "user-agent": options.agent,
        ...(secret === null ? {} : signatureHeaders({ ...delivery, secret, at: now() })),
      };
      try {
        const agent = await agentFor(url);
        return await exchange(agent, { url, headers, body: delivery.body, signal: bounded }, now());
      } catch (error) {
        if (signal.aborted) throw stopped();
        return failure(error, { url, signal, late: bounded.aborted });
      }
    },
    async close() {
      await Promise.all([plain.destroy(), secure?.then((agent) => agent.destroy())]);
    },
  };
}

interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

async function exchange(agent: Agent, { url, headers, body, signal }: Posting, now: number): Promise<Answer> {
  const { origin, path } = splitAddress(url) ?? { origin: url, path: "/" };
  const answer = await agent.request({ origin, path, method: "POST", headers, body, signal });
  const status = answer.statusCode;
  if (status >= 200 && status < 300) {
    // The answer is theirs; who goes on sending it for long is cut off, and has the event all the same.
    await answer.body.dump({ limit: EXCERPT_BYTES, signal }).catch(() => undefined);
    return { kind: "delivered", status };
  }
  const said = await excerpt(answer.body);
  if (status === 410) return { kind: "gone", status };
  const asked = retryAfterMs(header(answer.headers, "retry-after"), header(answer.headers, "date"), now);
  const redirected =
    status >= 300 && status < 400 ? "; redirects are not followed: give the address it leads to" : "";
  return {
    kind: "failed",
    status,
    detail: `It answered ${status}${said === "" ? "" : `: ${said}`}${redirected}.`,
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
  };
}

/** The beginning of a text, in one line. */
async function excerpt(body: AsyncIterable<Uint8Array>): Promise<string> {
  let start = Buffer.alloc(0);
  try {
    for await (const piece of body) {
      start = Buffer.concat([start, piece]).subarray(0, EXCERPT_BYTES);
      if (start.length >= EXCERPT_BYTES) break;
    }
  } catch {
    // What was read until it broke off is what there is.
  }
  return start
    .toString("utf8")
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim();
}

function failure(
  error: unknown,
  { url, signal, late }: { readonly url: string; readonly signal: AbortSignal; readonly late: boolean },
): Answer {
  const { host } = new URL(url);
  const detail = late ? `${host} did not answer in time.` : wireFault(error, host, signal).message;
  return { kind: "failed", status: null, detail };
}
