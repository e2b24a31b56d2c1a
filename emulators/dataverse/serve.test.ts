import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createEmulator } from "./emulator.ts";
import type { Emulator } from "./emulator.ts";
import { serve } from "./serve.ts";

async function token(url: string, emulator: Emulator): Promise<string> {
  const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
  const form = {
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: "client_credentials",
    scope: `${url}/.default`,
  };
  const answer = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(form),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

interface Raw {
  readonly encoding: string | undefined;
  readonly body: Buffer;
}

function raw(url: string, headers: Record<string, string>): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({ encoding: answer.headers["content-encoding"], body: Buffer.concat(chunks) }),
      );
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

async function withServer(
  run: (url: string, emulator: Emulator, bearer: string) => Promise<void>,
): Promise<void> {
  const emulator = createEmulator();
  const served = await serve(emulator);
  try {
    await run(served.url, emulator, `Bearer ${await token(served.url, emulator)}`);
  } finally {
    await served.close();
  }
}

describe("serving over HTTP", () => {
  it("compresses pages into one valid gzip stream, the same twice and equal to the plain bytes", async () => {
    await withServer(async (url, emulator, authorization) => {
      const description = "日本 ".repeat(600);
      emulator.store.insertMany(
        "contact",
        Array.from({ length: 700 }, (_, index) => ({ lastname: `Łęcki ${index} 日本`, description })),
      );
      const address = `${url}/api/data/v9.2/contacts?$select=lastname,description`;
      const plain = await raw(address, { authorization });
      // Several chunks, each compressed on its own.
      expect(plain.body.length).toBeGreaterThan(2 << 20);
      const { value } = JSON.parse(plain.body.toString()) as { value: unknown[] };
      expect(value).toHaveLength(700);
      for (let round = 0; round < 2; round += 1) {
        const packed = await raw(address, { authorization, "accept-encoding": "gzip" });
        expect(packed.encoding).toBe("gzip");
        expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
      }
    });
  });

  it("never serves an old page for new rows", async () => {
    await withServer(async (url, emulator, authorization) => {
      const id = emulator.store.create("contact", { lastname: "Before" });
      const read = async () =>
        gunzipSync(
          (
            await raw(`${url}/api/data/v9.2/contacts?$select=lastname`, {
              authorization,
              "accept-encoding": "gzip",
            })
          ).body,
        ).toString();
      const before = emulator.organization.snapshot();
      expect(await read()).toContain("Before");
      emulator.store.update("contact", id, { lastname: "After" });
      expect(await read()).toContain("After");
      emulator.organization.restore(before);
      emulator.store.update("contact", id, { lastname: "Other" });
      expect(await read()).toContain("Other");
    });
  });

  it("breaks connections and bodies on demand", async () => {
    await withServer(async (url, emulator, authorization) => {
      const address = `${url}/api/data/v9.2/systemusers`;
      emulator.faults.add({ effect: { type: "reset", when: "after" }, times: 1 });
      await expect(raw(address, { authorization })).rejects.toThrow(/socket hang up|ECONNRESET/);
      emulator.faults.add({ effect: { type: "truncate", share: 0.3 }, times: 1 });
      await expect(raw(address, { authorization, "accept-encoding": "gzip" })).rejects.toThrow("aborted");
      expect((await raw(address, { authorization })).body.length).toBeGreaterThan(100);
    });
  });
});

describe("the control API", () => {
  it("seeds, inspects, changes and faults without signing in", async () => {
    await withServer(async (url, emulator) => {
      const call = async (method: string, path: string, body?: unknown) => {
        const init =
          body === undefined
            ? { method }
            : { method, body: typeof body === "string" ? body : JSON.stringify(body) };
        const answer = await fetch(`${url}/emulator${path}`, init);
        return { status: answer.status, text: await answer.text() };
      };
      expect(
        (
          await call(
            "POST",
            "/records/lead",
            '{"lastname":"One","budgetamount":"12.5"}\n{"lastname":"Two"}\n',
          )
        ).text,
      ).toBe('{"inserted":2}');
      const lines = (await call("GET", "/records/lead?format=ndjson")).text.trim().split("\n");
      const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(records.map((record) => String(record["lastname"])).toSorted()).toEqual(["One", "Two"]);
      expect(records.find((record) => record["lastname"] === "One")).toMatchObject({
        budgetamount: "12.5000",
        ownerid: { entity: "systemuser" },
      });
      const id = String(records[0]?.["leadid"]);
      await call("PATCH", `/records/lead/${id}`, { lastname: "Changed" });
      expect(JSON.parse((await call("GET", `/records/lead/${id}`)).text)).toMatchObject({
        lastname: "Changed",
      });
      expect((await call("DELETE", `/records/lead/${id}`)).status).toBe(200);
      expect(emulator.store.count("lead")).toBe(1);
      await call("POST", "/settings", { pageLimit: 7 });
      await call("POST", "/access", { entity: "lead", privilege: "Read", depth: "none" });
      await call("POST", "/schema", { entity: "lead", changeTracking: false });
      await call("POST", "/application-user", { state: "disabled" });
      await call("POST", "/faults", { effect: { type: "status", status: 503 } });
      expect(emulator.settings.pageLimit).toBe(7);
      expect(emulator.access.depth(emulator.organization.standard.applicationUser, "lead", "Read")).toBe(
        "none",
      );
      expect(emulator.organization.entity("lead")?.changeTrackingEnabled).toBe(false);
      expect(emulator.applicationUser).toBe("disabled");
      expect(emulator.faults.list()).toHaveLength(1);
      const { snapshot } = JSON.parse((await call("POST", "/snapshot")).text) as { snapshot: number };
      await call("POST", "/records/lead?rules=true", [{ lastname: "Three" }]);
      await call("POST", "/restore", { snapshot });
      expect(emulator.store.count("lead")).toBe(1);
      expect(JSON.parse((await call("GET", "/stats")).text)).toMatchObject({ token: 1 });
      expect((await call("GET", "/records/nosuch")).status).toBe(404);
      expect((await call("GET", "/nosuch")).status).toBe(404);
    });
  });
});

describe("the process of its own", () => {
  it("says where it listens, and ends with whoever started it", async () => {
    const program = join(import.meta.dirname, "main.ts");
    const child = spawn(process.execPath, [program, "--demo", "--records", "300", "--with-parent"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    try {
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      const ready = JSON.parse(line) as { control: string; api: string };
      expect(ready.api).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/data\/v9\.2$/);
      const overview = (await (await fetch(ready.control)).json()) as { counts: Record<string, number> };
      expect(overview.counts["contact"]).toBeGreaterThan(50);
      child.stdin.end();
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("is a program that explains itself, and says what is wrong with its options", async () => {
    const bin = join(import.meta.dirname, "..", "..", "bin", "tandem-dataverse-emulator.js");
    const ended = async (...words: string[]) => {
      const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"] });
      const exited = once(child, "exit");
      const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
      await exited;
      return { out, error, code: child.exitCode };
    };
    const help = await ended("--help");
    expect([help.code, help.out]).toEqual([0, expect.stringContaining("Usage: tandem-dataverse-emulator")]);
    const wrong = await ended("--nonsense");
    expect([wrong.code, wrong.error]).toEqual([2, expect.stringContaining("Unknown option '--nonsense'")]);
    const served = await serve(createEmulator());
    const taken = await ended("--port", String(served.port));
    await served.close();
    expect([taken.code, taken.error]).toEqual([
      2,
      expect.stringContaining(`Port ${served.port} cannot be listened on`),
    ]);
  });
});
