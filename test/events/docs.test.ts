import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { openWebhookDesk } from "../../src/app/webhooks.ts";
import { EVENT_TYPES } from "../../src/core/event.ts";
import { textOf } from "../support/imports.ts";
import { openEventScene } from "./scene.ts";

const document = await textOf("docs/events.md");

function fenced(language: string): readonly string[] {
  return [...document.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
    .filter(([, named]) => named === language)
    .map(([, , body]) => body ?? "");
}

test("every type is in the table, and no other", () => {
  const table = document.split("## What is told")[1]?.split("\n\n")[1] ?? "";
  const named = table
    .split("\n")
    .slice(2)
    .flatMap((row) => [...(row.split("|")[1]?.matchAll(/`([\w.-]+)`/g) ?? [])].map(([, type = ""]) => type));
  expect(new Set(named)).toEqual(new Set(EVENT_TYPES));
  expect(named).toHaveLength(EVENT_TYPES.length);
});

test("the SQL runs", async () => {
  const { tell, database } = await openEventScene();
  await tell({});
  const statements = fenced("sql")
    .join("")
    .split(";")
    .filter((sql) => sql.includes("select"));
  expect(statements).toHaveLength(3);
  for (const sql of statements) await expect.soft(database.pool.query(sql), sql).resolves.toBeDefined();
});

test("the receiver takes what is signed, once, and nothing else", async () => {
  const { database } = await openEventScene();
  const desk = openWebhookDesk({
    database,
    settings: { TANDEM_SECRET_KEY: undefined, TANDEM_WEBHOOK_HOSTS: undefined },
    version: "test",
  });
  const wish = { name: "crm", types: null, tables: null, after: null };
  const { secret } = await desk.add({ ...wish, url: "http://127.0.0.1:1/" });
  const code = fenced("js").find((text) => text.includes("createServer")) ?? "";
  const receiver = await runReceiver(code, secret);
  await database.pool.query("update webhooks set url = $1", [receiver.url]);
  const never = new AbortController().signal;
  expect(await desk.test("crm", never)).toEqual({ kind: "delivered", status: 204 });
  await expect.poll(() => receiver.lines).toContainEqual(expect.stringMatching(/^webhook\.test/));
  const { secret: strange } = await desk.add({ ...wish, name: "other", url: receiver.url });
  expect(strange).not.toBe(secret);
  expect(await desk.test("other", never)).toMatchObject({ kind: "failed", status: 401 });
});

async function runReceiver(
  code: string,
  secret: string,
): Promise<{ readonly url: string; readonly lines: readonly string[] }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  await expect.poll(() => lines[0], { timeout: 10_000 }).toMatch(/^listening on \d+$/);
  return { url: `http://127.0.0.1:${lines[0]?.split(" ").at(-1)}/`, lines };
}
