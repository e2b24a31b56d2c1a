import { describe, expect, it } from "vitest";

import { checkedAddress } from "./address.ts";
import { splitAddress } from "./transport.ts";

describe("an address with credentials behind it", () => {
  it.each([
    "https://org.crm.dynamics.com",
    "http://localhost:8080",
    "http://127.0.0.1:1",
    "http://127.9.9.9",
    "http://[::1]:80",
  ])("may be %s", (text) => {
    expect(checkedAddress(text, "address").href).toContain("//");
  });

  it.each([
    ["http://org.crm.dynamics.com", "insecure_address"],
    ["http://localhost.evil.example", "insecure_address"],
    ["http://127.0.0.1.evil.example", "insecure_address"],
    ["http://10.0.0.1", "insecure_address"],
    ["ftp://localhost", "insecure_address"],
    ["org.crm.dynamics.com", "configuration_invalid"],
    ["https://user:secret@org.crm.dynamics.com", "configuration_invalid"],
    ["", "configuration_invalid"],
  ])("may not be %s", (text, code) => {
    expect(() => checkedAddress(text, "authority")).toThrow(
      expect.objectContaining({ code, field: "authority" }) as Error,
    );
    if (text.includes("secret")) expect(() => checkedAddress(text, "authority")).not.toThrow("secret");
  });
});

describe("splitting an address", () => {
  it.each([
    ["https://h/a?b=%2F%2f$x'(c)=%22", "https://h", "/a?b=%2F%2f$x'(c)=%22"],
    ["https://h:8443", "https://h:8443", "/"],
    ["https://h?x=1", "https://h", "/?x=1"],
    ["https://h/a#part", "https://h", "/a"],
    ["https://h/a b/ü", "https://h", "/a%20b/%C3%BC"],
  ])("keeps %s as it is written", (text, origin, path) => {
    expect(splitAddress(text)).toEqual({ origin, path });
  });

  it.each(["/relative", "ftp://h/", "https://", "https://u@h/", "https://h\\@u/", ""])(
    "refuses %s",
    (text) => {
      expect(splitAddress(text)).toBeNull();
    },
  );
});
