/**
 * What the service says about itself in the headers of every answer.
 */
import { httpDate } from "../http/retry-after.ts";
import type { HttpHeaders } from "../http/transport.ts";
import { header } from "../http/transport.ts";

/** For the status page and the set-up check; null where the service has not said it. */
export interface ServiceLimits {
  /** `x-ms-dop-hint`. */
  readonly recommendedParallelism: number | null;
  /** `x-ms-ratelimit-burst-remaining-xrm-requests`. */
  readonly remainingRequests: number | null;
  /** `x-ms-ratelimit-time-remaining-xrm-requests`: seconds of execution time left. */
  readonly remainingSeconds: number | null;
  /** The service's clock minus ours, in milliseconds, to the second. */
  readonly clockDifferenceMs: number | null;
}

export class ServiceSigns {
  #parallelism: number | undefined;
  #remainingRequests: number | undefined;
  #remainingSeconds: number | undefined;
  #clockDifference: number | undefined;

  get recommendedParallelism(): number | undefined {
    return this.#parallelism;
  }

  note(headers: HttpHeaders, now: number): void {
    const date = httpDate(header(headers, "date"));
    this.#parallelism = number(headers, "x-ms-dop-hint") ?? this.#parallelism;
    this.#remainingRequests =
      number(headers, "x-ms-ratelimit-burst-remaining-xrm-requests") ?? this.#remainingRequests;
    this.#remainingSeconds =
      number(headers, "x-ms-ratelimit-time-remaining-xrm-requests") ?? this.#remainingSeconds;
    if (date !== undefined) this.#clockDifference = date - now;
  }

  report(): ServiceLimits {
    return {
      recommendedParallelism: this.#parallelism ?? null,
      remainingRequests: this.#remainingRequests ?? null,
      remainingSeconds: this.#remainingSeconds ?? null,
      clockDifferenceMs: this.#clockDifference ?? null,
    };
  }
}

/** The service writes `1,199.97`: a comma every three digits, a point before the fraction. */
const NUMBER = /^-?\d{1,3}(?:,?\d{3})*(?:\.\d+)?$/u;

function number(headers: HttpHeaders, name: string): number | undefined {
  const text = header(headers, name)?.trim() ?? "";
  return NUMBER.test(text) ? Number(text.replaceAll(",", "")) : undefined;
}
