/**
 * One request out, one whole answer back. Everything above it (retries, sign-in, paging) is the same whether the
 * answer came over a socket or from an emulator in this process.
 */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Absolute. Path and query are sent byte for byte, never normalised: links of the service are opaque. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Names are in lower case. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** As it came over the wire, still compressed when `content-encoding` says so. */
  readonly body: Uint8Array;
}

export interface Transport {
  /**
   * Sends once, without retries or redirects, and reads the whole answer.
   * @throws SyncError `unavailable`, `name_not_found`, `certificate_rejected`, `unexpected_answer` (cut short),
   * `stopped`; a function that stands in for a server may also throw a plain error with a `code` such as `ECONNRESET`.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** The first value of a header, or undefined. */
export function header(headers: HttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" || value === undefined ? value : value[0];
}

/** An address as its origin and the rest, both exactly as written. */
export interface SplitAddress {
  readonly origin: string;
  readonly path: string;
}

const ABSOLUTE = /^(https?:\/\/[^/?#\\\s@]+)(?=[/?#]|$)([^#]*)/iu;
const UNSENDABLE = /[^\x21-\x7e]/gu;

/**
 * Splits without re-encoding. Only characters that HTTP cannot carry in a request line are percent-encoded.
 * @returns null when the text is not an absolute http address.
 */
export function splitAddress(address: string): SplitAddress | null {
  const [, origin, rest] = ABSOLUTE.exec(address) ?? [];
  if (origin === undefined || rest === undefined) return null;
  const path = rest.startsWith("/") ? rest : `/${rest}`;
  return { origin, path: path.replace(UNSENDABLE, encodeURIComponent) };
}

/** The same transport, counting what it sends. */
export function counted(transport: Transport): Transport & { readonly requests: number } {
  let requests = 0;
  return {
    get requests() {
      return requests;
    },
    async send(request) {
      requests++;
      return transport.send(request);
    },
    close: async () => transport.close(),
  };
}
