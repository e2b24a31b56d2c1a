/**
 * Whom we trust and who we are on TLS, from files an admin names.
 */
import { readFile } from "node:fs/promises";
import type { SecureContext } from "node:tls";
import { createSecureContext, getCACertificates } from "node:tls";

import { SyncError } from "../../core/errors.ts";

/** All are paths of files. */
export interface TlsFiles {
  /** PEM with the authorities of a private public-key infrastructure, trusted beside the system's. */
  readonly caFile?: string;
  /** PEM client certificate with its chain; the key may be in the same file. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** PKCS#12 client certificate with its key, instead of the PEM files. */
  readonly pfxFile?: string;
  readonly passphrase?: string;
}

/**
 * Trusts Node's own list, the system's list and the private authorities. Reading the system's list costs about 0.1 s,
 * so a transport does this once, on its first https request.
 * @throws SyncError `configuration_invalid` naming the file that cannot be read or is not what it should be
 */
export async function secureContext(files: TlsFiles): Promise<SecureContext> {
  const [ca, cert, key, pfx] = await Promise.all([
    contents(files.caFile),
    contents(files.certificateFile),
    contents(files.keyFile),
    contents(files.pfxFile),
  ]);
  const trusted = new Set([...getCACertificates("default"), ...getCACertificates("system")]);
  try {
    return createSecureContext({
      ca: [...trusted, ...(ca === undefined ? [] : [ca])],
      minVersion: "TLSv1.2",
      ...(cert === undefined ? {} : { cert, key: key ?? cert }),
      ...(pfx === undefined ? {} : { pfx }),
      ...(files.passphrase === undefined ? {} : { passphrase: files.passphrase }),
    });
  } catch (error) {
    const named = [files.caFile, files.certificateFile, files.keyFile, files.pfxFile]
      .filter(Boolean)
      .join(", ");
    throw new SyncError("configuration_invalid", `TLS cannot use ${named}: ${String(error)}.`, {
      cause: error,
    });
  }
}

async function contents(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new SyncError("configuration_invalid", `The file ${path} cannot be read.`, { cause: error });
  }
}
