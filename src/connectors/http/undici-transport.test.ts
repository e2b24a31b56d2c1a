import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";

import { afterEach, describe, expect, it } from "vitest";

import { bodyText, parseJson } from "./body.ts";
import type { Transport } from "./transport.ts";
import { openUndici } from "./undici-transport.ts";

const going = new AbortController().signal;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function transport(options: Parameters<typeof openUndici>[0] = {}): Transport {
  const opened = openUndici(options);
  closing.push(async () => opened.close());
  return opened;
}

async function listen(server: Pick<Server, "listen" | "once" | "address" | "close">): Promise<string> {
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  closing.push(async () => {
    if ("closeAllConnections" in server) (server as Server).closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const http = async (listener: RequestListener): Promise<string> => listen(createServer(listener));

/** A server that writes exactly these bytes and then hangs up. */
async function raw(bytes: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.once("data", () => {
      socket.write(bytes);
      socket.end();
    });
    socket.on("error", () => undefined);
  });
  return listen(server as unknown as Server);
}

const get = (url: string, signal = going) => ({ method: "GET", url, headers: {}, signal }) as const;

describe("the transport over sockets", () => {
  it("sends path and query byte for byte, and reads the whole answer", async () => {
    let asked: string | undefined;
    const url = await http((request, response) => {
      asked = request.url;
      response.setHeader("Set-Cookie", "ARRAffinity=1");
      response.setHeader("Content-Encoding", "gzip");
      response.end(gzipSync('{"ok":true}'));
    });
    const path = "/a'b(c)?$x=%3ccookie%20y=%22%27%22&z='q'";
    const answer = await transport().send(get(url + path));
    expect(asked).toBe(path);
    expect(answer.status).toBe(200);
    expect(parseJson(await bodyText(answer))).toEqual({ ok: true });
  });

  it("follows no redirects and keeps no cookies", async () => {
    const cookies: (string | undefined)[] = [];
    const url = await http((request, response) => {
      cookies.push(request.headers.cookie);
      response.writeHead(302, { Location: "/elsewhere", "Set-Cookie": "a=1" }).end();
    });
    const wire = transport();
    expect((await wire.send(get(url))).status).toBe(302);
    await wire.send(get(url));
    expect(cookies).toEqual([undefined, undefined]);
  });

  it("posts a body", async () => {
    const url = await http((request, response) => {
      request.pipe(response);
    });
    const answer = await transport().send({ ...get(url), method: "POST", body: "a=1" });
    expect(await bodyText(answer)).toBe("a=1");
  });

  it("tells time-outs, resets, cut answers and strange servers apart", async () => {
    const silent = await http(() => undefined);
    const halting = await http((_, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half");
    });
    const cut = await raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    const mute = await raw("");
    const strange = await raw("SSH-2.0-OpenSSH_9.2\r\n");
    const gone = await http(() => undefined);
    await closing.pop()?.();
    const wire = transport({ headersMs: 200, bodyMs: 200 });
    const code = async (url: string): Promise<string> =>
      wire.send(get(url)).then(
        () => "answered",
        (error: { code: string }) => error.code,
      );
    expect(await code(silent)).toBe("unavailable");
    expect(await code(halting)).toBe("unavailable");
    expect(await code(cut)).toBe("unexpected_answer");
    expect(await code(mute)).toBe("unavailable");
    expect(await code(strange)).toBe("unexpected_answer");
    expect(await code(gone)).toBe("unavailable");
  });

  it("stops in the middle of an answer", async () => {
    const stop = new AbortController();
    const url = await http((_, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half", () => stop.abort());
    });
    await expect(transport().send(get(url, stop.signal))).rejects.toMatchObject({ code: "stopped" });
  });

  it("refuses an address that is not absolute", async () => {
    await expect(transport().send(get("/relative"))).rejects.toMatchObject({ code: "configuration_invalid" });
  });
});

describe("the body of an answer", () => {
  const answer = (body: Uint8Array, encoding?: string) => ({
    status: 200,
    headers: encoding === undefined ? {} : { "content-encoding": encoding },
    body,
  });
  const zipped = gzipSync('{"name":"Übergröße"}');

  it("is text, decompressed when it says so", async () => {
    expect(await bodyText(answer(Buffer.from("Ü")))).toBe("Ü");
    expect(await bodyText(answer(zipped, "GZIP"))).toBe('{"name":"Übergröße"}');
    expect(await bodyText(answer(Buffer.alloc(0), "gzip"))).toBe("");
  });

  it("is unexpected when it is cut short, damaged, empty, or not JSON", async () => {
    const unexpected = expect.objectContaining({ code: "unexpected_answer" }) as Error;
    for (let length = 1; length < zipped.length; length++) {
      await expect(bodyText(answer(zipped.subarray(0, length), "gzip"))).rejects.toEqual(unexpected);
    }
    await expect(bodyText(answer(zipped, "br"))).rejects.toEqual(unexpected);
    for (const text of ["", "<html>Sign in</html>", '{"value":[', "{}x"]) {
      expect(() => parseJson(text)).toThrow(unexpected);
    }
  });
});
