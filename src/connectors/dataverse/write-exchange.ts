/**
 * One request with writes in it, and what it tells of each of them.
 */
import { isTransient } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { Outcome } from "../../core/sink-port.ts";
import { batchParts } from "./batch-answer.ts";
import { batchOutcomes } from "./batch-outcomes.ts";
import { batchCommand } from "./batch-request.ts";
import type { Command, DataverseClient } from "./client.ts";
import { isMultipart } from "./client.ts";
import type { Answered } from "./outcome.ts";
import { outcomeOf } from "./outcome.ts";
import { outcomeOfAll } from "./outcome-of-all.ts";
import { PLATFORM, readError } from "./refusal.ts";
import { updateMultiple } from "./update-multiple.ts";
import type { Prepared } from "./write-command.ts";
import { writeCommand } from "./write-command.ts";
import { WritePace } from "./write-pace.ts";

/** An outcome for one record. */
export type Told = readonly [id: string, outcome: Outcome];

/** Outcomes for all records of a request, or why there are none and the records must be sent in another way. */
export type Verdict = readonly Told[] | "refused" | "not-offered";

/** What came of a request: an answer, or already the outcome of everything in it. */
type Heard = { readonly answer: Answered } | { readonly outcome: Outcome };

export class WriteExchange {
  readonly #client: DataverseClient;
  /** Path of the Web API, as requests inside a batch name it. */
  readonly #base: string;
  readonly #pace = new WritePace();

  constructor(client: DataverseClient) {
    this.#client = client;
    this.#base = new URL(client.address.base).pathname;
  }

  /** Records to put into one request at most, as the organization has been answering. */
  within(most: number): number {
    return this.#pace.within(most);
  }

  /** @throws SyncError what concerns the connection, as all of these */
  async one(entity: Entity, one: Prepared, signal: AbortSignal): Promise<readonly Told[]> {
    const heard = await this.#send(writeCommand(entity, one), 1, signal);
    if ("outcome" in heard) return sameForAll([one], heard.outcome);
    return sameForAll([one], this.#heeded(outcomeOf(one.write, entity, heard.answer, this.#client.now())));
  }

  async batch(entity: Entity, group: readonly Prepared[], signal: AbortSignal): Promise<Verdict> {
    const commands = group.map((one) => writeCommand(entity, one));
    const heard = await this.#send(batchCommand(this.#base, commands), group.length, signal);
    if ("outcome" in heard) return sameForAll(group, heard.outcome);
    const { headers, text } = heard.answer;
    const writes = group.map(({ write }) => write);
    if (!isMultipart(headers)) {
      const outcome = outcomeOfAll("batch", writes, heard.answer, this.#client.now());
      return outcome === null ? "refused" : sameForAll(group, outcome);
    }
    const outcomes = batchOutcomes(writes, entity, batchParts(headers, text), this.#client.now());
    return outcomes.map(({ write, outcome }) => [write.id, this.#heeded(outcome)]);
  }

  async transaction(entity: Entity, group: readonly Prepared[], signal: AbortSignal): Promise<Verdict> {
    const heard = await this.#send(updateMultiple(entity, group), group.length, signal);
    if ("outcome" in heard) return sameForAll(group, heard.outcome);
    if (readError(heard.answer.text).code === PLATFORM.segmentMissing) return "not-offered";
    const writes = group.map(({ write }) => write);
    const outcome = outcomeOfAll("transaction", writes, heard.answer, this.#client.now());
    return outcome === null ? "refused" : sameForAll(group, outcome);
  }

  async #send(command: Command, records: number, signal: AbortSignal): Promise<Heard> {
    try {
      const reply = await this.#client.send(command, signal);
      this.#pace.note(records, reply.ms);
      return reply.kind === "answer"
        ? { answer: reply }
        : { outcome: { kind: "unknown", detail: reply.detail } };
    } catch (error) {
      return { outcome: laterOf(error) };
    }
  }

  /** Throttling in a part of a batch slows everything down, like any other. */
  #heeded(outcome: Outcome): Outcome {
    if (outcome.kind === "later" && outcome.code === "throttled") this.#client.slowDown(outcome.afterMs);
    return outcome;
  }
}

function sameForAll(group: readonly Prepared[], outcome: Outcome): readonly Told[] {
  return group.map(({ write }) => [write.id, outcome]);
}

/**
 * The outcome of what could not be sent for now.
 * @throws the error itself when it does not pass
 */
export function laterOf(error: unknown): Outcome {
  if (!isTransient(error)) throw error;
  const { code, message, retryAfterMs = 0 } = error;
  return { kind: "later", code, afterMs: retryAfterMs, detail: message };
}
