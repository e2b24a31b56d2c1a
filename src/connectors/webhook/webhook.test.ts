import { describe, expect, test } from "vitest";
import { webhookAddress } from "./address.ts";
import { newSecret, signatureHeaders } from "./sign.ts";

test("signatures are those of the specification's own libraries", () => {
  // The vector of Standard Webhooks' reference implementations.
  const signed = signatureHeaders({
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    body: '{"test": 2432232314}',
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    at: 1_614_265_330_999,
  });
  expect(signed).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("secrets are random, 32 bytes in base64", () => {
  const secrets = Array.from({ length: 20 }, newSecret);
  expect(new Set(secrets).size).toBe(20);
  for (const secret of secrets) expect(Buffer.from(secret.replace("whsec_", ""), "base64")).toHaveLength(32);
});

describe("an address", () => {
  test.each([
    ["https://hooks.example/x?a=1#there", undefined, "https://hooks.example/x?a=1"],
    ["http://127.0.0.1:8080/x", undefined, "http://127.0.0.1:8080/x"],
    ["http://n8n:5678/webhook/x", ["n8n"], "http://n8n:5678/webhook/x"],
    ["https://hooks.example/x", ["n8n", "hooks.example"], "https://hooks.example/x"],
    ["http://localhost/x", ["n8n"], "http://localhost/x"],
  ])("%s with hosts %j is taken", (url, hosts, taken) => {
    expect(webhookAddress(url, hosts).href).toBe(taken);
  });

  test.each([
    ["http://n8n:5678/x", undefined, "is not encrypted"],
    ["https://elsewhere.example/x", ["n8n"], "TANDEM_WEBHOOK_HOSTS does not name elsewhere.example"],
    ["http://n8n.elsewhere.example/x", ["n8n"], "is not encrypted"],
    ["http://ann@n8n/x", ["n8n"], "user name or password"],
    ["file:///etc/passwd", ["n8n"], "is not encrypted"],
    ["nonsense", ["n8n"], "must begin with https://"],
  ])("%s with hosts %j is refused", (url, hosts, words) => {
    expect(() => webhookAddress(url, hosts)).toThrow(words);
  });
});
