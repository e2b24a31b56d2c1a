import { describe, expect, test } from "vitest";
import type { ErrorCode } from "./errors.ts";
import { ERROR_CODES, SyncError, isTransient } from "./errors.ts";

const CODES = Object.entries(ERROR_CODES);

test.each(CODES)("%s says what happened and what to do, in sentences", (code, { meaning, remedy }) => {
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(meaning).toMatch(/^[A-Z].*\.$/s);
  expect(remedy).toMatch(/^[A-Z].*\.$/s);
});

test.each(CODES.filter(([, { who }]) => who === "nobody"))(
  "%s, which passes by itself, asks nobody to act",
  (_, { remedy }) => {
    expect(remedy).toMatch(/^Nothing to do/);
  },
);

test.each(CODES.filter(([, { who }]) => who !== "nobody"))(
  "%s, which a person must act on, says how",
  (_, { remedy }) => {
    expect(remedy).not.toMatch(/^Nothing to do/);
  },
);

describe("an error", () => {
  test("carries its facts, its remedy and who must act", () => {
    const cause = new Error("socket");
    const error = new SyncError("field_missing", "lead: new_x is gone", {
      entity: "lead",
      field: "new_x",
      retryAfterMs: 5,
      cause,
    });
    expect(error).toMatchObject({
      code: "field_missing",
      entity: "lead",
      field: "new_x",
      retryAfterMs: 5,
      cause,
    });
    expect(error.remedy).toBe(ERROR_CODES.field_missing.remedy);
    expect(error.who).toBe("admin");
  });

  test("without facts has none", () => {
    const error = new SyncError("stopped", "stopped");
    expect(error).toMatchObject({ entity: undefined, field: undefined, retryAfterMs: undefined });
    expect("cause" in error).toBe(false);
  });
});

test("only what passes without anybody acting here is transient", () => {
  const transient = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) =>
    isTransient(new SyncError(code, "x")),
  );
  expect(transient.toSorted()).toEqual([
    "database_unreachable",
    "throttled",
    "unavailable",
    "unexpected_answer",
  ]);
  expect(isTransient(new Error("ECONNRESET"))).toBe(false);
});
