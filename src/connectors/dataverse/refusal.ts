/**
 * What an answer other than 2xx means. Platform codes decide before the status: the service is not consistent in the
 * latter. Sources: the Web API's "Compose HTTP requests and handle errors", and the platform's list of error codes.
 */
import type { ErrorCode, ErrorFacts } from "../../core/errors.ts";
import { SyncError } from "../../core/errors.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { HttpAnswer } from "../http/transport.ts";
import { header } from "../http/transport.ts";

/** A `SyncError` that still knows what the service said. */
export class Refusal extends SyncError {
  readonly status: number;
  /** Platform code in lower case, `0x80040217`; empty when there was none. */
  readonly platformCode: string;

  constructor(code: ErrorCode, message: string, facts: RefusalFacts) {
    super(code, message, facts);
    this.name = "SyncError";
    this.status = facts.status;
    this.platformCode = facts.platformCode;
  }
}

interface RefusalFacts extends ErrorFacts {
  readonly status: number;
  readonly platformCode: string;
}

export const PLATFORM = {
  expiredVersionStamp: "0x80044352",
  changeTrackingOff: "0x80072491",
  recordMissing: "0x80040217",
  segmentMissing: "0x8006088a",
  noRole: "0x80042f09",
  notAMember: "0x80072560",
} as const;

/** Codes that mean the same whatever the status is; in lower case. */
const BY_PLATFORM_CODE: ReadonlyMap<string, ErrorCode> = new Map([
  ["0x80072321", "throttled"],
  ["0x80072322", "throttled"],
  ["0x80072326", "throttled"],
  ["0x8005f103", "throttled"],
  ["0x80060308", "throttled"],
  // SQL error, SQL time-out, customisation lock: the same request may pass in a moment.
  ["0x80044150", "unavailable"],
  ["0x80044151", "unavailable"],
  ["0x80071151", "unavailable"],
  // Not a member of the organization, disabled, without a licence.
  [PLATFORM.notAMember, "not_an_application_user"],
  ["0x80040225", "not_an_application_user"],
  ["0x8004d24b", "not_an_application_user"],
  // Privilege denied, access denied, no role at all.
  ["0x80040220", "permission_missing"],
  ["0x80048306", "permission_missing"],
  [PLATFORM.noRole, "permission_missing"],
  [PLATFORM.expiredVersionStamp, "history_lost"],
  [PLATFORM.changeTrackingOff, "change_tracking_off"],
  // Of the pairs of an N:N relationship: one of its ends is not tracked.
  ["0x80072492", "change_tracking_off"],
  [PLATFORM.segmentMissing, "entity_missing"],
]);

const NO_MEMBER = /not a member of the organization/iu;
const NO_SUCH_COLUMN = /Could not find a property named '([^']+)'/u;

/**
 * @param entity what the request was about, for the message
 * @param now our clock, in case `Retry-After` is a date and the answer carries none
 */
export function refusalOf(
  answer: HttpAnswer,
  text: string,
  entity: string | undefined,
  now: number,
): Refusal {
  const { status, headers } = answer;
  const said = readError(text);
  const { code, field } = classify(status, said);
  const wait = retryAfterMs(header(headers, "retry-after"), header(headers, "date"), now);
  const about = entity === undefined ? "" : ` about ${entity}`;
  const words = said.message === "" ? "" : `: ${shortened(said.message)}`;
  return new Refusal(code, `Dynamics answered ${status}${about}${words}`, {
    status,
    platformCode: said.code,
    ...(entity === undefined ? {} : { entity }),
    ...(field === undefined ? {} : { field }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

/** What the body of a refusal says. */
export interface SaidError {
  /** Platform code in lower case; empty when there is none. */
  readonly code: string;
  /** The first line of the message; empty when there is none. */
  readonly message: string;
}

/** What a platform code means whatever the status is; undefined for one that does not decide by itself. */
export function codeMeaning(platformCode: string): ErrorCode | undefined {
  return BY_PLATFORM_CODE.get(platformCode);
}

/** True when the service does not know the caller at all. */
export function isStranger({ code, message }: SaidError): boolean {
  return code === PLATFORM.notAMember || NO_MEMBER.test(message);
}

function classify(status: number, said: SaidError): { readonly code: ErrorCode; readonly field?: string } {
  const known = BY_PLATFORM_CODE.get(said.code);
  if (known !== undefined) return { code: known };
  if (status === 429) return { code: "throttled" };
  if (status === 408 || status >= 500) return { code: "unavailable" };
  if (status === 401) return { code: "sign_in_failed" };
  const [, field] = NO_SUCH_COLUMN.exec(said.message) ?? [];
  if (field !== undefined) return { code: "field_missing", field };
  if (NO_MEMBER.test(said.message)) return { code: "not_an_application_user" };
  if (status === 403) return { code: "permission_missing" };
  if (status === 404) return { code: "entity_missing" };
  // A redirect leads to a sign-in page or a proxy, never to the Web API.
  return { code: status < 400 ? "unexpected_answer" : "refused" };
}

/** Reads `{"error":{"code","message"}}`; anything else has neither. */
export function readError(text: string): SaidError {
  try {
    const body = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } } | null;
    const { code, message } = body?.error ?? {};
    return {
      code: typeof code === "string" ? code.toLowerCase() : "",
      message: typeof message === "string" ? firstLine(message) : "",
    };
  } catch {
    return { code: "", message: "" };
  }
}

/** Stack traces and trace texts follow the first line. */
function firstLine(message: string): string {
  const [line = ""] = message.split(/\r?\n/u);
  return line;
}

/** Long enough to be understood, short enough for a status page. */
export function shortened(words: string): string {
  return words.length > 300 ? `${words.slice(0, 300)}…` : words;
}
