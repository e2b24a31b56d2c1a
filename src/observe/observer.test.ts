import { SpanStatusCode } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { recordSpans } from "../../test/support/recorded-spans.ts";
import { SyncError } from "../core/errors.ts";
import { currentFacts } from "./current-facts.ts";
import { openObserver } from "./observer.ts";
import { currentTrace } from "./spans.ts";

const observer = openObserver();

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("parts lie within each other, with what turned out about them", async () => {
  const spans = recordSpans();
  await observer.during({ name: "cycle", facts: { connection: 1 } }, async () => {
    await tick();
    observer.note({ run: "9" });
    await Promise.all(
      ["contact", "lead"].map((entity) =>
        observer.during({ name: "turn", facts: { entity } }, async () => {
          await tick();
          await observer.during({ name: "transaction", facts: {} }, tick);
        }),
      ),
    );
  });
  const cycle = spans.find(({ name }) => name === "tandem.cycle");
  expect(cycle).toMatchObject({
    parent: undefined,
    attributes: { "tandem.connection": 1, "tandem.run": "9" },
  });
  const turns = spans.filter(({ name }) => name === "tandem.turn");
  expect(turns.map(({ parent, attributes }) => [parent, attributes["tandem.entity"]])).toEqual([
    [cycle?.id, "contact"],
    [cycle?.id, "lead"],
  ]);
  const transactions = spans.filter(({ name }) => name === "tandem.transaction");
  expect(transactions.map(({ parent }) => parent)).toEqual(turns.map(({ id }) => id));
});

test("an error passes unchanged and is told by its code, never by its words", async () => {
  const spans = recordSpans();
  const failing = async (error: Error): Promise<void> => {
    const part = { name: "request", facts: {} } as const;
    const work = async (): Promise<never> => {
      throw error;
    };
    await expect(observer.during(part, work)).rejects.toBe(error);
  };
  await failing(new SyncError("unavailable", "ada@example.com said no"));
  await failing(new TypeError("ada@example.com is not a function"));
  expect(spans.map(({ status, attributes }) => [status, attributes])).toEqual([
    [{ code: SpanStatusCode.ERROR }, { "error.type": "unavailable" }],
    [{ code: SpanStatusCode.ERROR }, { "error.type": "TypeError" }],
  ]);
});

test("what the work is about follows it through whatever it awaits, and ends with it", async () => {
  expect(currentFacts()).toEqual({});
  observer.note({ run: "nobody's" });
  await observer.during({ name: "cycle", facts: { connection: 1 } }, async () => {
    observer.note({ run: "9" });
    await observer.during({ name: "turn", facts: { entity: "contact", connection: 2 } }, async () => {
      await tick();
      observer.note({ lane: "live" });
      expect(currentFacts()).toEqual({ connection: 2, run: "9", entity: "contact", lane: "live" });
    });
    expect(currentFacts()).toEqual({ connection: 1, run: "9" });
  });
  expect(currentFacts()).toEqual({});
});

test("without an SDK there is no trace, and the work is done all the same", async () => {
  const part = { name: "cycle", facts: {} } as const;
  expect(await observer.during(part, async () => currentTrace())).toEqual({});
  recordSpans();
  const traced = await observer.during(part, async () => currentTrace());
  expect(traced).toEqual({
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
  });
});
