import { expect, test } from "vitest";
import { poll } from "./poll.ts";

test("the first answer ends the asking", async () => {
  let asked = 0;
  const answer = await poll(async () => (++asked === 3 ? "here" : undefined), { milliseconds: 60_000 });

  expect(answer).toBe("here");
  expect(asked).toBe(3);
});

test("without patience there is one attempt", async () => {
  let asked = 0;
  const answer = await poll(
    async () => {
      asked++;
      return undefined;
    },
    { milliseconds: 0 },
  );

  expect(answer).toBeUndefined();
  expect(asked).toBe(1);
});

test("a stop during a pause ends it at once, with its reason", async () => {
  const stop = new AbortController();
  const asking = poll(
    async () => {
      queueMicrotask(() => stop.abort(new Error("enough")));
      return undefined;
    },
    { milliseconds: 60_000, signal: stop.signal },
  );

  await expect(asking).rejects.toThrow("enough");
});
