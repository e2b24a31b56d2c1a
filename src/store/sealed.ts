/**
 * Secrets that Tandem must be able to say again, kept in the database: encrypted (AES-256-GCM) with the key of the
 * settings where there is one, and readable where there is none.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { SyncError } from "../core/errors.ts";

/** Keeps secrets. `about` names whose a secret is: kept for one, it opens for no other. */
export interface Safe {
  readonly encrypts: boolean;
  seal(secret: string, about: string): string;
  /** @throws SyncError `configuration_invalid` when it was kept with another key, or altered */
  open(sealed: string, about: string): string;
}

const [PLAIN, ENCRYPTED] = ["plain:", "aes-256-gcm:"];
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 bytes in base64; undefined keeps what is sealed readable */
export function openSafe(key: string | undefined): Safe {
  const bytes = key === undefined ? null : Buffer.from(key, "base64");
  return {
    encrypts: bytes !== null,
    seal: (secret, about) => (bytes === null ? PLAIN + secret : ENCRYPTED + encrypted(bytes, secret, about)),
    open(sealed, about) {
      if (sealed.startsWith(PLAIN)) return sealed.slice(PLAIN.length);
      if (bytes === null) throw unreadable(about, "TANDEM_SECRET_KEY is not set");
      try {
        return decrypted(bytes, sealed.slice(ENCRYPTED.length), about);
      } catch (cause) {
        throw unreadable(about, "TANDEM_SECRET_KEY is another one than then", cause);
      }
    },
  };
}

/** True for a secret that was kept encrypted. */
export function isEncrypted(sealed: string): boolean {
  return sealed.startsWith(ENCRYPTED);
}

function encrypted(key: Buffer, secret: string, about: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES }).setAAD(
    Buffer.from(about),
  );
  const text = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64");
}

function decrypted(key: Buffer, sealed: string, about: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const [iv, rest] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES)];
  const cipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(about))
    .setAuthTag(rest.subarray(0, TAG_BYTES));
  return Buffer.concat([cipher.update(rest.subarray(TAG_BYTES)), cipher.final()]).toString("utf8");
}

function unreadable(about: string, reason: string, cause?: unknown): SyncError {
  return new SyncError(
    "configuration_invalid",
    `The secret of ${about} was kept encrypted and cannot be read: ${reason}. Set the key of then, or remove it and add it anew.`,
    { field: "TANDEM_SECRET_KEY", cause },
  );
}
