/**
 * A receiver of webhooks, written from the Standard Webhooks specification alone: it shares no code with `src/`.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly id: string;
  readonly type: string;
  /** Row that the event is about. */
  readonly row: string;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** What it answers from now on; a function decides by what came, `null` never answers. */
  answer: number | null | ((received: Received) => number | null);
  /** Sent with each answer. */
  headers: Record<string, string>;
  /** Body of each answer. */
  says: string;
}

/** Listens on this machine until the test has ended. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      const { type, data } = JSON.parse(body) as { type: string; data: { subject?: { row: string } } };
      const one = {
        headers: request.headers,
        body,
        id: String(request.headers["webhook-id"]),
        type,
        row: data.subject?.row ?? "",
      };
      received.push(one);
      const status = typeof receiver.answer === "function" ? receiver.answer(one) : receiver.answer;
      if (status !== null) response.writeHead(status, receiver.headers).end(receiver.says);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    answer: 204,
    headers: {},
    says: "",
  };
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}

/** Whether a request is what its signature says, by the specification: one `v1` signature must match. */
export function isSigned({ headers, body }: Pick<Received, "headers" | "body">, secret: string): boolean {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const content = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const expected = createHmac("sha256", key).update(content).digest();
  return String(headers["webhook-signature"])
    .split(" ")
    .some((one) => {
      const [version, signature = ""] = one.split(",");
      const given = Buffer.from(signature, "base64");
      return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
    });
}
