import { expect, test } from "vitest";
import { SyncError } from "../core/errors.ts";
import { loggedError } from "./logged-error.ts";

test("Tandem's own words are kept", () => {
  const told = loggedError(new SyncError("refused", "contact: the request was refused"));
  expect(told).toMatchObject({ code: "refused", message: "contact: the request was refused" });
  expect(told.at[0]).toMatch(/^at .*logged-error\.test\.ts:\d+:\d+\)?$/);
});

test("of others only the kind, the code and the place, whatever they carry and however deep", () => {
  const secret = "ada@example.com";
  const refused = Object.assign(new Error(`duplicate key ${secret}\n    at ${secret} (x.ts:1:1)`), {
    code: "23505",
    table: "people",
    constraint: "people_email",
    detail: `Key (email)=(${secret}) already exists.`,
    where: secret,
    query: secret,
  });
  const told = loggedError(new SyncError("unforeseen", "an error", { cause: refused }));
  expect(told.cause).toMatchObject({ code: "23505", table: "people", constraint: "people_email" });
  expect(told.cause?.at.length).toBeGreaterThan(0);
  expect(JSON.stringify(told)).not.toContain("ada");
  expect(JSON.stringify(loggedError(secret))).not.toContain("ada");
});

test("causes that go round in a circle come to an end", () => {
  const error = new Error("one");
  error.cause = error;
  expect(loggedError(error).cause?.cause?.cause?.cause).toBeUndefined();
});
