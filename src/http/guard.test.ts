import { expect, test } from "vitest";
import { SyncError } from "../core/errors.ts";
import { assertLoopback, refusalOf } from "./guard.ts";

const own = { method: "GET", host: "127.0.0.1:8300", origin: undefined, site: undefined };

test.each(["127.0.0.1:8300", "localhost:8300", "LOCALHOST", "[::1]:8300", "127.8.8.8", "localhost:9000"])(
  "answers to %s",
  (host) => {
    expect(refusalOf({ ...own, host })).toBeNull();
  },
);

test.each([
  "evil.example:8300",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "192.168.1.2",
  "0.0.0.0",
  "",
  undefined,
])("does not answer to %s", (host) => {
  expect(refusalOf({ ...own, host })?.code).toBe("host_refused");
});

test("its own page and clients outside the browser may act", () => {
  const post = { ...own, method: "POST" };
  expect(refusalOf(post)).toBeNull();
  expect(refusalOf({ ...post, origin: "http://127.0.0.1:8300", site: "same-origin" })).toBeNull();
});

test.each([
  { origin: "https://evil.example", site: "cross-site" },
  { origin: "null", site: undefined },
  { origin: "http://127.0.0.1:9999", site: "same-site" },
  { origin: "https://127.0.0.1:8300", site: undefined },
  { origin: undefined, site: "cross-site" },
])("another page may not act: %o", (from) => {
  expect(refusalOf({ ...own, method: "POST", ...from })?.code).toBe("origin_refused");
});

test.each(["127.0.0.1", "localhost", "::1"])("listens on %s", (host) => {
  expect(() => assertLoopback(host)).not.toThrow();
});

test.each(["0.0.0.0", "::", "192.168.1.2", "example.com", ""])("refuses to listen on %s", (host) => {
  expect(() => assertLoopback(host)).toThrow(SyncError);
});
