import type { Answer, ApiRequest } from "./message.ts";
import { bodyText } from "./message.ts";
import type { Random } from "./random.ts";

/** What goes wrong. */
export type Effect =
  | { readonly type: "latency"; readonly milliseconds: number }
  /** The connection breaks: before the request is carried out, or after it was, with the answer lost. */
  | { readonly type: "reset"; readonly when: "before" | "after" }
  /** The answer says how long it is and ends after this share of it (0 to 1). */
  | { readonly type: "truncate"; readonly share: number }
  /** The right status with nothing behind it. */
  | { readonly type: "empty" }
  /** A proxy's page instead of JSON, with status 200 or the given one. */
  | { readonly type: "html"; readonly status?: number }
  | {
      readonly type: "status";
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      /** Seconds, or an HTTP date so many seconds ahead when `asDate` is set. */
      readonly retryAfter?: number;
      readonly asDate?: boolean;
    }
  /** All tokens issued so far stop working, this request's among them. */
  | { readonly type: "expire-tokens" };

/** When something goes wrong. All conditions must hold; those left out always do. */
export interface FaultRule {
  readonly effect: Effect;
  readonly method?: string;
  /** A regular expression on the URL. */
  readonly url?: string;
  /** A regular expression on the body. */
  readonly body?: string;
  /** Strike single requests inside batches instead; only the effect `status` can. */
  readonly inBatch?: boolean;
  /** Skip so many matching requests first. */
  readonly skip?: number;
  /** At most so many times. */
  readonly times?: number;
  /** From 0 to 1. */
  readonly probability?: number;
}

interface Active {
  readonly id: number;
  readonly rule: FaultRule;
  seen: number;
  done: number;
}

/** The faults that are switched on. */
export class Faults {
  readonly #random: Random;
  #active: Active[] = [];
  #next = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Switches a fault on; gives its number. Throws SyntaxError when a pattern is no regular expression. */
  add(rule: FaultRule): number {
    for (const pattern of [rule.url, rule.body]) if (pattern !== undefined) RegExp(pattern);
    const id = this.#next;
    this.#next += 1;
    this.#active.push({ id, rule, seen: 0, done: 0 });
    return id;
  }

  remove(id: number): void {
    this.#active = this.#active.filter((fault) => fault.id !== id);
  }

  clear(): void {
    this.#active = [];
  }

  /** The rules with how often each has struck. */
  list(): { id: number; rule: FaultRule; struck: number }[] {
    return this.#active.map(({ id, rule, done }) => ({ id, rule, struck: done }));
  }

  /** The effects that strike this request, in the order in which the rules were added. */
  strike(request: ApiRequest, inBatch = false): Effect[] {
    return this.#active
      .filter((fault) => (fault.rule.inBatch ?? false) === inBatch && this.#strikes(fault, request))
      .map(({ rule }) => rule.effect);
  }

  #strikes(fault: Active, request: ApiRequest): boolean {
    const { rule } = fault;
    if (!matches(rule, request)) return false;
    fault.seen += 1;
    if (fault.seen <= (rule.skip ?? 0) || fault.done >= (rule.times ?? Infinity)) return false;
    if (this.#random() >= (rule.probability ?? 1)) return false;
    fault.done += 1;
    return true;
  }
}

function matches({ method, url, body }: FaultRule, request: ApiRequest): boolean {
  if (method !== undefined && method !== request.method) return false;
  if (url !== undefined && !new RegExp(url).test(request.url)) return false;
  return body === undefined || new RegExp(body).test(request.body);
}

/** The answer that takes the place of carrying out the request, when an effect wants that. */
export function replacement(effect: Effect, now: number): Answer | undefined {
  if (effect.type === "html") {
    const body =
      "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Please try again.</h1></body></html>";
    return { status: effect.status ?? 200, headers: { "Content-Type": "text/html" }, body };
  }
  if (effect.type !== "status") return undefined;
  const headers: Record<string, string> = { "Content-Type": "application/json; odata.metadata=minimal" };
  if (effect.retryAfter !== undefined) {
    const date = new Date(now + effect.retryAfter * 1000).toUTCString();
    headers["Retry-After"] = effect.asDate === true ? date : String(effect.retryAfter);
  }
  const { code = "0x80040216", message = "An unexpected error occurred." } = effect;
  return { status: effect.status, headers, body: JSON.stringify({ error: { code, message } }) };
}

/** The answer as an effect leaves it. */
export function spoil(effect: Effect, answer: Answer): Answer {
  switch (effect.type) {
    case "reset":
      return effect.when === "after" ? { ...answer, spoiled: "reset" } : answer;
    case "empty":
      return { ...answer, body: "" };
    case "truncate": {
      const body = bodyText(answer.body);
      return { ...answer, body, spoiled: { truncateTo: Math.floor(Buffer.byteLength(body) * effect.share) } };
    }
    default:
      return answer;
  }
}
