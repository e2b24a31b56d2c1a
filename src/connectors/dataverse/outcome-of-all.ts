/**
 * What an answer means that speaks of all records of a request in one breath.
 */
import type { Outcome, Write } from "../../core/sink-port.ts";
import type { Answered, Meaning } from "./outcome.ts";
import { askedMs, meaningOf } from "./outcome.ts";
import { saidWords } from "./outcome-words.ts";
import { codeMeaning, readError } from "./refusal.ts";

/**
 * `batch`: its operations stand for themselves, and some may have been carried out before the whole failed.
 * `transaction`: all or nothing.
 */
export type Manner = "batch" | "transaction";

/**
 * The outcome of every record; null when the request was refused and each record, or fewer together, must be tried.
 * @throws SyncError `not_an_application_user`
 */
export function outcomeOfAll(
  manner: Manner,
  writes: readonly Write[],
  answer: Answered,
  now: number,
): Outcome | null {
  if (answer.status >= 200 && answer.status < 300) return success(manner, answer);
  const said = readError(answer.text);
  const values = writes.flatMap((write) => write.values);
  const detail = saidWords(answer.status, said, values);
  const later = (code: "throttled" | "unavailable"): Outcome => {
    return { kind: "later", code, afterMs: askedMs(answer, now), detail };
  };
  switch (decisive(manner, meaningOf(answer), answer)) {
    case "throttled":
      return later("throttled");
    case "busy":
      return later("unavailable");
    case "forbidden":
      return { kind: "refused", code: "write_permission_missing", detail, field: null };
    case "unclear":
      return { kind: "unknown", detail };
    default:
      return null;
  }
}

function success(manner: Manner, { status, text }: Answered): Outcome {
  if (manner === "transaction" && status === 204 && text === "") return { kind: "written", version: null };
  return { kind: "unknown", detail: "The answer is not the one that was promised." };
}

/** A transaction that failed for one record has written none, and is worth taking apart; a batch may have written. */
function decisive(manner: Manner, meaning: Meaning, { status, text }: Answered): Meaning {
  const passing = status === 503 || codeMeaning(readError(text).code) === "unavailable";
  if (manner === "batch") return meaning === "busy" && status !== 503 ? "unclear" : meaning;
  return meaning === "forbidden" || (meaning === "busy" && !passing) ? "refused" : meaning;
}
