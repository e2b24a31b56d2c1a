import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import type { TlsFiles } from "./tls.ts";
import { openUndici } from "./undici-transport.ts";

/** Made for these tests, valid for a century, and known to the world: worthless elsewhere. */
const folder = join(import.meta.dirname, "../../../test/connectors/tls");
const file = (name: string): string => join(folder, name);
const pem = (name: string): string => readFileSync(file(name), "utf8");

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(demandClient: boolean, whose = "server"): Promise<string> {
  const server = createServer(
    {
      key: pem(`${whose}.key`),
      cert: pem(`${whose}.pem`),
      ca: pem("ca.pem"),
      requestCert: demandClient,
      rejectUnauthorized: demandClient,
    },
    (_, response) => response.end("hello"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function ask(url: string, tls: TlsFiles): Promise<string> {
  const transport = openUndici({ tls });
  closing.push(async () => transport.close());
  const request = { method: "GET", url, headers: {}, signal: new AbortController().signal } as const;
  return transport.send(request).then(
    ({ body }) => Buffer.from(body).toString(),
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
}

describe("TLS", () => {
  it("trusts a private authority when it is given, and nobody unknown", async () => {
    const url = await serve(false);
    expect(await ask(url, { caFile: file("ca.pem") })).toBe("hello");
    expect(await ask(url, {})).toMatch(/^certificate_rejected/u);
  });

  it("shows a client certificate from PEM files or PKCS#12, where one is demanded", async () => {
    const url = await serve(true);
    const caFile = file("ca.pem");
    expect(await ask(url, { caFile, certificateFile: file("client.pem"), keyFile: file("client.key") })).toBe(
      "hello",
    );
    expect(await ask(url, { caFile, pfxFile: file("client.pfx"), passphrase: "open-sesame" })).toBe("hello");
    expect(await ask(url, { caFile })).toMatch(/^(certificate_rejected|unavailable)/u);
  });

  it("refuses a certificate that was made out to somebody else", async () => {
    const url = await serve(false, "client");
    expect(await ask(url, { caFile: file("ca.pem") })).toMatch(/^certificate_rejected/u);
  });

  it.each([
    [{ caFile: "/nowhere/ca.pem" }, "/nowhere/ca.pem"],
    [{ pfxFile: file("client.pfx"), passphrase: "wrong" }, "client.pfx"],
    [{ certificateFile: file("client.pem"), keyFile: file("server.key") }, "client.pem"],
  ])("names the file it cannot use: %o", async (tls, name) => {
    const answer = await ask("https://127.0.0.1:1/", tls);
    expect(answer).toMatch(/^configuration_invalid/u);
    expect(answer).toContain(name);
    expect(answer).not.toContain("wrong");
  });
});
