import { describe, expect, it } from "vitest";

import { wireError } from "../../../test/connectors/script.ts";
import { SyncError } from "../../core/errors.ts";
import { neverLeft, wireFault } from "./fault.ts";

const going = new AbortController().signal;

describe("a failure below HTTP", () => {
  it.each([
    ["ENOTFOUND", "name_not_found"],
    ["EAI_AGAIN", "unavailable"],
    ["ECONNREFUSED", "unavailable"],
    ["ECONNRESET", "unavailable"],
    ["EPIPE", "unavailable"],
    ["UND_ERR_SOCKET", "unavailable"],
    ["UND_ERR_CONNECT_TIMEOUT", "unavailable"],
    ["UND_ERR_HEADERS_TIMEOUT", "unavailable"],
    ["UND_ERR_BODY_TIMEOUT", "unavailable"],
    ["HPE_INVALID_CONSTANT", "unexpected_answer"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "certificate_rejected"],
    ["CERT_HAS_EXPIRED", "certificate_rejected"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate_rejected"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate_rejected"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "certificate_rejected"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "unavailable"],
    ["SOMETHING_NEW", "unavailable"],
  ])("%s means %s", (code, meaning) => {
    const fault = wireFault(wireError(code), "org.example", going);
    expect(fault.code).toBe(meaning);
    expect(fault.message).toContain("org.example");
  });

  it("means a cut answer once the answer had begun, unless time ran out", () => {
    expect(wireFault(wireError("UND_ERR_SOCKET"), "h", going, "receiving").code).toBe("unexpected_answer");
    expect(wireFault(wireError("UND_ERR_BODY_TIMEOUT"), "h", going, "receiving").code).toBe("unavailable");
  });

  it("is found along the causes and inside aggregates", () => {
    const nested = new Error("outer", {
      cause: new AggregateError([new Error("x"), wireError("ENOTFOUND")]),
    });
    expect(wireFault(nested, "h", going).code).toBe("name_not_found");
    expect(wireFault("text", "h", going).code).toBe("unavailable");
  });

  it("passes what is understood already, and stopping wins over everything", () => {
    const known = new SyncError("throttled", "slow down");
    expect(wireFault(known, "h", going)).toBe(known);
    expect(wireFault(known, "h", AbortSignal.abort()).code).toBe("stopped");
  });
});

describe("a request that never left", () => {
  const asThrown = (code: string): unknown[] => [
    wireError(code),
    wireFault(wireError(code), "h", going),
    wireFault(new AggregateError([wireError(code), wireError(code)]), "h", going),
  ];

  it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED"])(
    "is one without a connection: %s",
    (code) => {
      const [, ...understood] = asThrown(code);
      for (const error of understood) expect(neverLeft(error)).toBe(true);
    },
  );

  it.each(["ECONNRESET", "EPIPE", "ETIMEDOUT", "UND_ERR_SOCKET", "UND_ERR_HEADERS_TIMEOUT", "SOMETHING_NEW"])(
    "is not one that may have arrived: %s",
    (code) => {
      for (const error of asThrown(code)) expect(neverLeft(error)).toBe(false);
    },
  );

  it("is nothing that cannot be told", () => {
    expect(neverLeft("text")).toBe(false);
    expect(neverLeft(new SyncError("unexpected_answer", "cut short"))).toBe(false);
  });
});
