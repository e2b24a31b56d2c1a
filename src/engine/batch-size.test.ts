import { expect, test } from "vitest";
import { BatchSize } from "./batch-size.ts";

test("a turn that took too long is followed by a smaller one, and quick ones by larger ones again", () => {
  const batch = new BatchSize(2_000);
  expect(batch.size).toBe(2_000);
  batch.note(2_000, 120_000);
  expect(batch.size).toBe(250);
  batch.note(250, 10_000);
  expect(batch.size).toBe(250);
  batch.note(250, 2_000);
  expect(batch.size).toBe(500);
  for (let turn = 0; turn < 5; turn += 1) batch.note(batch.size, 2_000);
  expect(batch.size).toBe(2_000);
});

test("a turn that was not full says nothing", () => {
  const batch = new BatchSize(100);
  batch.note(3, 60_000);
  expect(batch.size).toBe(100);
});

test("one record that takes for ever still has its turn", () => {
  const batch = new BatchSize(1);
  batch.note(1, 600_000);
  expect(batch.size).toBe(1);
});
