import { bodyText, isStream } from "./message.ts";
import type { Answer } from "./message.ts";

const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** An answer as `fetch` gives it; throws like a broken connection when the answer is spoiled that way. */
export function responseOf(answer: Answer): Response {
  const { status, headers, body, spoiled } = answer;
  if (spoiled === "reset") throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
  if (BODILESS.has(status)) return new Response(null, { status, headers });
  if (isStream(body)) return new Response(streamOf(body.chunks), { status, headers });
  const text = bodyText(body);
  if (spoiled === undefined) return new Response(text, { status, headers });
  const cut = Buffer.from(text).subarray(0, spoiled.truncateTo);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(cut);
    },
    pull(controller) {
      controller.error(new TypeError("terminated", { cause: new Error("other side closed") }));
    },
  });
  return new Response(stream, { status, headers });
}

function streamOf(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const next = iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(Buffer.from(next.value));
    },
  });
}
