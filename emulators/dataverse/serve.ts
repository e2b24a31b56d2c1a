import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { Emulator } from "./emulator.ts";
import { GzipPages } from "./gzip-pages.ts";
import { isStream, rowChunks } from "./message.ts";
import type { Answer, PageBody } from "./message.ts";

const compress = promisify(gzip);
const WORTH_COMPRESSING = 1024;
/** The address is checked by the emulator, which knows how the service refuses it. */
const LARGEST_HEAD = 128 * 1024;
const KEPT_BYTES = 768 * 1024 * 1024;

export interface ServeOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  /** PEM texts; with them the server speaks HTTPS. `ca` demands a client certificate. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
  /** Compress answers for clients that accept it. Default: yes. */
  readonly gzip?: boolean;
}

/** A running server; it listens on the loopback address only. */
export interface Served {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Ends the server and its connections. */
  close(): Promise<void>;
}

/** Serves an emulator over HTTP or HTTPS on 127.0.0.1. */
export async function serve(emulator: Emulator, options: ServeOptions = {}): Promise<Served> {
  const pages = new GzipPages(KEPT_BYTES);
  const scheme = options.tls === undefined ? "http" : "https";
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    respond({ emulator, pages, gzip: options.gzip ?? true, scheme }, incoming, outgoing).catch(() =>
      outgoing.destroy(),
    );
  };
  const server: Server =
    options.tls === undefined
      ? createHttpServer({ maxHeaderSize: LARGEST_HEAD }, listener)
      : createHttpsServer(
          {
            ...options.tls,
            maxHeaderSize: LARGEST_HEAD,
            requestCert: options.tls.ca !== undefined,
            rejectUnauthorized: options.tls.ca !== undefined,
          },
          listener,
        );
  const port = await listen(server, options.port ?? 0);
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("The server has no address."));
    });
  });
}

interface Serving {
  readonly emulator: Emulator;
  readonly pages: GzipPages;
  readonly gzip: boolean;
  readonly scheme: string;
}

async function respond(serving: Serving, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const headers = flatHeaders(incoming);
  const url = `${serving.scheme}://${headers["host"] ?? "127.0.0.1"}${incoming.url ?? "/"}`;
  const request = { method: incoming.method ?? "GET", url, headers, body: await text(incoming) };
  const answer = await serving.emulator.answer(request);
  if (answer.spoiled === "reset") {
    incoming.socket.resetAndDestroy();
    return;
  }
  if (isStream(answer.body)) {
    outgoing.writeHead(answer.status, answer.headers);
    await pipeline(Readable.from(answer.body.chunks), outgoing);
    return;
  }
  const accepts = serving.gzip && /\bgzip\b/.test(headers["accept-encoding"] ?? "");
  await send(answer, await encoded(serving, answer.body, accepts), outgoing);
}

async function send(answer: Answer, body: Encoded, outgoing: ServerResponse): Promise<void> {
  if (body.encoded) answer.headers["Content-Encoding"] = "gzip";
  const length = lengthOf(body.chunks);
  if (!BODILESS.has(answer.status)) answer.headers["Content-Length"] = String(length);
  outgoing.writeHead(answer.status, answer.headers);
  if (answer.spoiled === undefined || answer.spoiled === "reset") {
    if (outgoing.req.method !== "HEAD") for (const chunk of body.chunks) outgoing.write(chunk);
    outgoing.end();
    return;
  }
  const share = answer.spoiled.truncateTo / Math.max(1, body.plainLength);
  const bytes = Buffer.concat(body.chunks).subarray(0, Math.floor(length * share));
  outgoing.write(bytes, () => outgoing.destroy());
}

interface Encoded {
  readonly chunks: readonly Buffer[];
  readonly encoded: boolean;
  /** Length before compression. */
  readonly plainLength: number;
}

const BODILESS: ReadonlySet<number> = new Set([204, 304]);

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return headers;
}

async function text(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

async function encoded({ pages }: Serving, body: string | PageBody, accepts: boolean): Promise<Encoded> {
  if (accepts && typeof body !== "string")
    return { chunks: [await pages.compress(body)], encoded: true, plainLength: 0 };
  const chunks =
    typeof body === "string"
      ? [Buffer.from(body)]
      : [Buffer.from(body.head), ...rowChunks(body), Buffer.from(body.tail)];
  const plainLength = lengthOf(chunks);
  if (!accepts || plainLength < WORTH_COMPRESSING) return { chunks, encoded: false, plainLength };
  return { chunks: [await compress(Buffer.concat(chunks), { level: 1 })], encoded: true, plainLength };
}
