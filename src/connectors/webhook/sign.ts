/**
 * Signatures by the Standard Webhooks specification 1.0.0 (github.com/standard-webhooks/standard-webhooks,
 * `spec/standard-webhooks.md`, "Signature scheme"): HMAC-SHA256 over `id.timestamp.body`, so that a receiver knows who
 * sent what, and when.
 */
import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";

/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** A new secret as it is shown to people: `whsec_` and base64. */
export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

export interface Signing {
  /** Same for every attempt; without a full stop. */
  readonly id: string;
  /** Exactly the bytes that are sent. */
  readonly body: string;
  /** As it is shown to people. */
  readonly secret: string;
  /** Milliseconds since 1970, of this attempt. */
  readonly at: number;
}

/** The three headers of a signed request. */
export function signatureHeaders({ id, body, secret, at }: Signing): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`, "utf8").digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
