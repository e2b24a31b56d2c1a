import { expect, test } from "vitest";
import { EmbeddedError } from "./error.ts";
import { isGone } from "./session.ts";

test.for([
  { code: "ECONNRESET", gone: true },
  { code: "57P01", gone: true },
  { code: "57P03", gone: true },
  { code: "53100", gone: false },
  { code: "42501", gone: false },
])("an error $code says that the server went away: $gone", ({ code, gone }) => {
  expect(isGone(Object.assign(new Error("it said something"), { code }))).toBe(gone);
});

test("a connection that broke without a code is gone, other errors without one are not", () => {
  expect(isGone(new Error("Connection terminated unexpectedly"))).toBe(true);
  expect(isGone(new Error("something else"))).toBe(false);
  expect(isGone(new EmbeddedError("held", "Held.", "Wait."))).toBe(false);
});
