/**
 * What the answer to a write means. Platform codes decide before the status: the service is not consistent in the
 * latter. `written` needs proof: an answer that fits the record it is about.
 */
import type { ErrorCode } from "../../core/errors.ts";
import { SyncError } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { Outcome, Write } from "../../core/sink-port.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { HttpHeaders } from "../http/transport.ts";
import { header } from "../http/transport.ts";
import { namedField, saidWords } from "./outcome-words.ts";
import type { SaidError } from "./refusal.ts";
import { PLATFORM, codeMeaning, isStranger, readError } from "./refusal.ts";

/** An answer, by itself or as a part of a batch. */
export interface Answered {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly text: string;
}

/** What an answer that is not a success means for whatever was asked. */
export type Meaning =
  | "overtaken"
  | "missing"
  | "taken"
  | "duplicate"
  | "forbidden"
  | "refused"
  | "throttled"
  | "busy"
  | "unclear";

const WRITE_CODES: ReadonlyMap<string, Meaning> = new Map([
  ["0x80060882", "overtaken"],
  ["0x80040237", "taken"],
  [PLATFORM.recordMissing, "missing"],
  // An alternate key, and the duplicate rules of the organization.
  ["0x80060892", "duplicate"],
  ["0x80040333", "duplicate"],
  // Disabled or unlicensed: in a write this is said of the owner that was chosen.
  ["0x80040225", "refused"],
  ["0x8004d24b", "refused"],
  // Plug-ins that said no, or failed; old servers answer 500 for them.
  ["0x80040265", "refused"],
  ["0x80040224", "refused"],
]);

/**
 * The meaning of an answer other than 2xx.
 * @throws SyncError `not_an_application_user` when the service does not know the caller
 */
export function meaningOf({ status, text }: Answered): Meaning {
  const said = readError(text);
  if (isStranger(said))
    throw new SyncError("not_an_application_user", `Dynamics answered ${status}: ${said.message}`);
  return WRITE_CODES.get(said.code) ?? generalMeaning(said) ?? statusMeaning(status, said);
}

function generalMeaning({ code }: SaidError): Meaning | undefined {
  switch (codeMeaning(code)) {
    case "throttled":
      return "throttled";
    case "unavailable":
      return "busy";
    case "permission_missing":
      return "forbidden";
    default:
      return undefined;
  }
}

function statusMeaning(status: number, { code, message }: SaidError): Meaning {
  if (status === 429) return "throttled";
  if (status === 401 || status === 503) return "busy";
  if (status === 403) return "forbidden";
  if (status === 412 && code === "") return "overtaken";
  if (status >= 400 && status < 500 && status !== 408) return "refused";
  // A failure that the platform itself words was rolled back; one that a gateway words may have come after the fact.
  return status >= 500 && code + message !== "" ? "busy" : "unclear";
}

/**
 * The outcome for the record that an answer is about.
 * @param now our clock, in case `Retry-After` is a date and the answer carries none
 * @throws SyncError `not_an_application_user`
 */
export function outcomeOf(
  write: Write,
  entity: Pick<Entity, "primaryId" | "attributes">,
  answer: Answered,
  now: number,
): Outcome {
  if (answer.status >= 200 && answer.status < 300) return proven(write, entity, answer);
  const said = readError(answer.text);
  const meaning = meaningOf(answer);
  const detail = saidWords(answer.status, said, write.values);
  if (meaning === "unclear") return { kind: "unknown", detail };
  if (meaning === "throttled" || meaning === "busy") {
    const code = meaning === "throttled" ? "throttled" : "unavailable";
    return { kind: "later", code, afterMs: askedMs(answer, now), detail };
  }
  const field = namedField(said.message, entity, write);
  return foreseen(meaning, write, said) ?? { kind: "refused", code: REFUSALS[meaning], detail, field };
}

type Final = Exclude<Meaning, "unclear" | "throttled" | "busy">;

const REFUSALS: Readonly<Record<Final, ErrorCode>> = {
  overtaken: "write_refused",
  missing: "write_refused",
  taken: "duplicate_in_dynamics",
  duplicate: "duplicate_in_dynamics",
  forbidden: "write_permission_missing",
  refused: "write_refused",
};

/** What the conditions of a write foresee; null for a refusal of the write itself. */
function foreseen(meaning: Final, write: Write, said: SaidError): Outcome | null {
  switch (meaning) {
    case "overtaken":
      return conflict(write);
    case "taken":
      return write.kind === "create" ? { kind: "exists" } : null;
    case "missing":
      return isItself(write, said) ? { kind: "gone" } : null;
    default:
      return null;
  }
}

/** Milliseconds the service asked to wait; 0 when it did not say. */
export function askedMs({ headers }: Answered, now: number): number {
  return retryAfterMs(header(headers, "retry-after"), header(headers, "date"), now) ?? 0;
}

/** A condition that did not hold: the one that was sent. */
function conflict({ kind, guard }: Write): Outcome | null {
  if (kind === "create") return { kind: "exists" };
  return guard === null ? null : { kind: "overtaken" };
}

/** A record that a lookup refers to is reported missing in the same words; the id tells the two apart. */
function isItself({ kind, id, values }: Write, { message }: SaidError): boolean {
  if (kind === "create") return false;
  if (message.toLowerCase().includes(id.toLowerCase())) return true;
  return !values.some((value) => value.kind === "reference" && value.id !== null);
}

const ETAG = /^W\/"(\d+)"$/u;
const MUTE: Outcome = { kind: "unknown", detail: "The answer does not show what became of the record." };

function proven(
  { kind, id }: Write,
  { primaryId }: Pick<Entity, "primaryId">,
  { status, headers, text }: Answered,
): Outcome {
  if (status === 204) {
    const named = /\(([^()]+)\)$/u.exec(header(headers, "odata-entityid") ?? "")?.[1] ?? id;
    return text === "" && sameId(named, id) ? { kind: "written", version: null } : MUTE;
  }
  const record = kind === "delete" ? {} : fieldsOf(text);
  const [, version] = ETAG.exec(String(record["@odata.etag"])) ?? [];
  return version !== undefined && sameId(record[primaryId], id) ? { kind: "written", version } : MUTE;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function sameId(named: unknown, id: string): boolean {
  return typeof named === "string" && named.toLowerCase() === id.toLowerCase();
}
