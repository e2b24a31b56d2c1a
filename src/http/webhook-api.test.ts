import { beforeEach, expect, test } from "vitest";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { ScriptedWebhooks } from "../../test/support/webhook-desk.ts";
import { createApp } from "./server.ts";

let desk: ScriptedWebhooks;

beforeEach(() => {
  desk = new ScriptedWebhooks();
});

async function ask(method: "GET" | "POST" | "DELETE", url: string, body?: object) {
  const app = createApp({ ...scriptedOptions(), webhooks: desk });
  const headers = { host: "127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await app.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test("POST /api/webhooks adds one and shows its secret once", async () => {
  const wish = { url: "https://hooks.example/x", types: ["person.changed"], after: "17-3" };
  expect(await ask("POST", "/api/webhooks", wish)).toEqual({
    status: 201,
    body: { name: "hooks.example", url: wish.url, secret: "whsec_c2VjcmV0", encrypted: true },
  });
  expect(desk.wishes).toEqual([
    { url: wish.url, name: null, types: wish.types, tables: null, after: { activity: "17", place: 3 } },
  ]);
});

test.each([
  [{}],
  [{ url: "http://hooks.example/x" }],
  [{ url: "https://hooks.example/x", types: ["person.changd"] }],
  [{ url: "https://hooks.example/x", types: [] }],
  [{ url: "https://hooks.example/x", after: "yesterday" }],
  [{ url: "https://hooks.example/x", name: "a/b" }],
  [{ url: "https://hooks.example/x", secret: "mine" }],
])("POST /api/webhooks refuses %j", async (wish) => {
  expect(await ask("POST", "/api/webhooks", wish)).toMatchObject({
    status: 400,
    body: { code: "request_invalid" },
  });
  expect(desk.wishes).toEqual([]);
});

test.each([
  ["DELETE", "/api/webhooks/crm", "remove crm"],
  ["POST", "/api/webhooks/crm/pause", "pause crm"],
  ["POST", "/api/webhooks/crm/resume", "resume crm"],
] as const)("%s %s", async (method, url, asked) => {
  expect(await ask(method, url)).toEqual({ status: 200, body: { name: "crm" } });
  expect(desk.asked).toEqual([asked]);
  expect(await ask(method, url.replace("crm", "nobody"))).toMatchObject({
    status: 404,
    body: { detail: "There is no webhook nobody." },
  });
});

test("POST /api/webhooks/{name}/test tells what was answered", async () => {
  expect(await ask("POST", "/api/webhooks/crm/test")).toMatchObject({
    body: { kind: "delivered", status: 204 },
  });
  desk.answer = { kind: "failed", status: null, detail: "It cannot be reached.", retryAfterMs: 5 };
  expect((await ask("POST", "/api/webhooks/crm/test")).body).toEqual({
    kind: "failed",
    status: null,
    detail: "It cannot be reached.",
  });
  expect(await ask("POST", "/api/webhooks/nobody/test")).toMatchObject({ status: 404 });
});

test("webhooks and dead letters are listed, and sent again", async () => {
  const dead = {
    id: "4",
    webhook: "crm",
    event: "17-person-changed",
    type: "person.changed",
    attempts: 16,
    failure: "It answered 422.",
    diedAt: "2026-11-24T06:00:00.000Z",
    again: false,
  };
  desk.letters = [dead];
  expect((await ask("GET", "/api/webhooks")).body).toEqual({ webhooks: [] });
  expect((await ask("GET", "/api/dead-letters")).body).toEqual({ deadLetters: [dead] });
  expect(await ask("POST", "/api/dead-letters/4/retry")).toEqual({ status: 202, body: { retried: 1 } });
  expect(await ask("POST", "/api/dead-letters/5/retry")).toMatchObject({ status: 404 });
  expect(await ask("POST", "/api/dead-letters/retry")).toEqual({ status: 202, body: { retried: 1 } });
  expect(desk.asked).toEqual(["retry 4", "retry 5", "retry all"]);
});
