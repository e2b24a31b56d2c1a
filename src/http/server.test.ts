import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { SyncError } from "../core/errors.ts";
import type { Status } from "../core/status.ts";
import { ENDPOINTS } from "./api.ts";
import { createApp, openServer } from "./server.ts";
import type { ServerOptions } from "./server.ts";

let folder: string;
let options: ServerOptions;
let status: Status;
let failure: Error | null;
let synced: number[];
const listeners = new Set<() => void>();

const calm: Status = {
  version: "0.1.0",
  at: "2026-11-24T06:00:00.000Z",
  workspace: "marketing",
  demo: true,
  database: { kind: "embedded", server: "/tmp/socket", psql: "psql 'host=/tmp/socket dbname=tandem'" },
  connections: [
    {
      id: 7,
      name: "Contoso",
      url: "https://contoso.example",
      state: "resting",
      paused: null,
      trouble: null,
      waiting: null,
      entities: [],
      backfills: [],
      cycle: null,
      lastCycle: null,
      nextCycleAt: "2026-11-24T06:05:00.000Z",
      pauseSeconds: 300,
    },
  ],
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tandem-http-"));
  await mkdir(path.join(folder, "assets"));
  await writeFile(path.join(folder, "assets", "main-abc123.js"), "export {};");
  await writeFile(path.join(folder, "index.html"), `<meta property="csp-nonce" nonce="__TANDEM_NONCE__">`);
  status = calm;
  failure = null;
  synced = [];
  options = {
    ...scriptedOptions(),
    async status() {
      if (failure !== null) throw failure;
      return status;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async syncNow(id) {
      synced.push(id);
    },
    dashboardFolder: folder,
  };
});

afterEach(() => rm(folder, { recursive: true }));

const browser = { host: "127.0.0.1:8300", accept: "text/html" };
const client = { host: "127.0.0.1:8300" };

test("tells the status, and nothing that the contract does not name", async () => {
  status = { ...calm, secret: "s3cret" } as Status;
  const answer = await createApp(options).inject({ url: "/api/status", headers: client });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual(calm);
});

test("a known error is a problem with its code, remedy and who must act", async () => {
  failure = new SyncError("database_unreachable", "PostgreSQL at db.example does not answer.");
  const answer = await createApp(options).inject({ url: "/api/status", headers: client });
  expect(answer.statusCode).toBe(503);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({
    code: "database_unreachable",
    detail: "PostgreSQL at db.example does not answer.",
    remedy: expect.stringContaining("TANDEM_DATABASE_URL") as unknown,
    who: "admin",
  });
});

test("the words of an unknown error stay inside", async () => {
  failure = new Error("password is hunter2");
  const answer = await createApp(options).inject({ url: "/api/status", headers: client });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toMatchObject({ code: "unexpected" });
  expect(answer.body).not.toContain("hunter2");
});

test("sync now reaches the connection that was named, and only one that exists", async () => {
  const app = createApp(options);
  const post = (url: string) => app.inject({ method: "POST", url, headers: client });
  expect((await post("/api/connections/7/sync")).statusCode).toBe(202);
  expect(synced).toEqual([7]);
  const unknown = await post("/api/connections/8/sync");
  expect(unknown.statusCode).toBe(404);
  expect(unknown.json()).toMatchObject({ code: "not_found", detail: "There is no connection 8." });
  const nonsense = await post("/api/connections/seven/sync");
  expect(nonsense.statusCode).toBe(400);
  expect(nonsense.json()).toMatchObject({
    code: "request_invalid",
    detail: "id: must be a connection's number",
  });
  expect(synced).toEqual([7]);
});

test("a page of another site can neither act nor read", async () => {
  const app = createApp(options);
  const act = await app.inject({
    method: "POST",
    url: "/api/connections/7/sync",
    headers: { ...client, origin: "https://evil.example" },
  });
  expect(act.statusCode).toBe(403);
  expect(synced).toEqual([]);
  const rebound = await app.inject({ url: "/api/status", headers: { host: "evil.example" } });
  expect(rebound.statusCode).toBe(421);
  expect(rebound.json()).toMatchObject({ code: "host_refused" });
  const read = await app.inject({
    url: "/api/status",
    headers: { ...client, origin: "https://evil.example" },
  });
  expect(read.headers["access-control-allow-origin"]).toBeUndefined();
});

test("too large and malformed bodies are refused as problems", async () => {
  const app = createApp(options);
  const post = (payload: string) =>
    app.inject({
      method: "POST",
      url: "/api/connections/7/sync",
      headers: { ...client, "content-type": "application/json" },
      payload,
    });
  const large = await post(JSON.stringify("x".repeat(70_000)));
  expect(large.statusCode).toBe(413);
  expect(large.json()).toMatchObject({ code: "body_too_large" });
  const malformed = await post("{");
  expect(malformed.statusCode).toBe(400);
  expect(malformed.json()).toMatchObject({ code: "request_invalid" });
  expect(synced).toEqual([]);
});

test("every answer carries the security headers", async () => {
  const app = createApp(options);
  for (const url of ["/", "/api/status", "/assets/main-abc123.js", "/nothing"]) {
    const { headers } = await app.inject({ url, headers: client });
    expect(headers, url).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
    });
    expect(headers["content-security-policy"], url).toContain("default-src 'none'");
  }
});

test("the page is fresh each time with a nonce of its own, under any address of the application", async () => {
  const app = createApp(options);
  const nonces = new Set<string>();
  for (const url of ["/", "/errors/12", "/?theme=dark"]) {
    const { statusCode, headers, body } = await app.inject({ url, headers: browser });
    expect(statusCode).toBe(200);
    expect(headers["cache-control"]).toBe("no-store");
    const nonce = /nonce="([^"]+)"/.exec(body)?.[1] ?? "";
    expect(headers["content-security-policy"]).toContain(`'nonce-${nonce}'`);
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

test("hashed assets are kept for ever; what is missing is a problem, not the page", async () => {
  const app = createApp(options);
  const asset = await app.inject({ url: "/assets/main-abc123.js", headers: browser });
  expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(asset.headers["content-type"]).toMatch(/javascript/);
  for (const url of ["/assets/gone.js", "/api/nothing", "/assets/..%2findex.html"]) {
    const answer = await app.inject({ url, headers: browser });
    expect(answer.statusCode, url).toBe(404);
    expect(answer.json(), url).toMatchObject({ code: "not_found" });
  }
});

test("without a built dashboard it says how to build it", async () => {
  await rm(path.join(folder, "index.html"));
  const answer = await createApp(options).inject({ url: "/", headers: browser });
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain("npm run build");
});

test("the description covers every route of the API and resolves every reference", async () => {
  const app = createApp(options);
  const answer = await app.inject({ url: "/api/openapi.json", headers: client });
  const { openapi, paths, components } = answer.json<{
    openapi: string;
    paths: Record<string, Record<string, unknown>>;
    components: { schemas: Record<string, unknown> };
  }>();
  expect(openapi).toBe("3.1.0");
  expect(
    Object.entries(paths).flatMap(([route, methods]) => Object.keys(methods).map((m) => [m, route])),
  ).toEqual(ENDPOINTS.map(({ method, path: route }) => [method.toLowerCase(), route]));
  for (const { method, path: route } of ENDPOINTS) {
    expect(app.hasRoute({ method, url: route.replaceAll(/\{(\w+)\}/g, ":$1") }), route).toBe(true);
  }
  const references = [...answer.body.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
    (found) => found[1],
  );
  expect(references).toContain("Status");
  expect(references).toContain("Problem");
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(references));
  expect(answer.body).not.toContain("$defs");
});

test("events flow over a real socket and end when the server closes", async () => {
  const server = await openServer(options);
  const answer = await fetch(`${server.url}/api/events`);
  expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const until = async (mark: string) => {
    let text = "";
    while (!text.includes(mark)) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: "" };
      if (done) return text;
      text += value;
    }
    return text;
  };
  expect(await until("\n\nevent: status")).toMatch(/^retry: \d+\n\n/);
  status = { ...calm, workspace: "sales" };
  for (const listener of listeners) listener();
  expect(await until("sales")).toContain("event: status");
  await server.close();
  expect(await until("never")).not.toContain("never");
  expect(listeners.size).toBe(0);
});

test("a watcher who goes away is let go", async () => {
  const server = await openServer(options);
  const leave = new AbortController();
  const answer = await fetch(`${server.url}/api/events`, { signal: leave.signal });
  await answer.body?.getReader().read();
  expect(listeners.size).toBe(1);
  leave.abort();
  await expect.poll(() => listeners.size).toBe(0);
  await server.close();
});

test("a port in use is named, with the setting that changes it", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(openServer({ ...options, port })).rejects.toMatchObject({
    code: "configuration_invalid",
    message: expect.stringMatching(new RegExp(`Port ${port} .*TANDEM_PORT`)) as unknown,
  });
  other.close();
});

test("an address that others could reach is refused", async () => {
  await expect(openServer({ ...options, host: "0.0.0.0" })).rejects.toThrow(/no sign-in yet/);
});
