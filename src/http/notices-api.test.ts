import { beforeEach, expect, test } from "vitest";
import { ScriptedNotices } from "../../test/support/notice-desk.ts";
import { noticeOf } from "../../test/support/notice.ts";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { createApp } from "./server.ts";

let desk: ScriptedNotices;

beforeEach(() => {
  desk = new ScriptedNotices();
  const told = [{ channel: "mail", at: null, attempts: 1, retryAt: null, error: "Not taken." }] as const;
  desk.listed = [noticeOf({ id: "17", told }), noticeOf({ id: "16", seenAt: "2026-11-24T11:30:00.000Z" })];
});

async function ask(method: "GET" | "POST", url: string, body?: object) {
  const app = createApp({ ...scriptedOptions(), notices: desk });
  const headers = { host: "127.0.0.1:4600", origin: "http://127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await app.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test("GET /api/notices lists them whole, with how many nobody has seen", async () => {
  const { status, body } = await ask("GET", "/api/notices");
  expect(status).toBe(200);
  expect(body).toEqual({ unseen: 1, notices: desk.listed });
});

test("POST /api/notices/{id}/seen marks one, and knows which there are", async () => {
  expect(await ask("POST", "/api/notices/17/seen")).toEqual({ status: 200, body: { seen: 1 } });
  expect(desk.seen).toEqual(["17"]);
  expect(await ask("POST", "/api/notices/99/seen")).toMatchObject({
    status: 404,
    body: { code: "not_found" },
  });
  expect(await ask("POST", "/api/notices/x/seen")).toMatchObject({ status: 400 });
});

test("POST /api/notices/seen marks those it is given, and nothing else", async () => {
  expect(await ask("POST", "/api/notices/seen", { ids: ["17", "16", "99"] })).toEqual({
    status: 200,
    body: { seen: 2 },
  });
  expect(await ask("POST", "/api/notices/seen")).toMatchObject({ status: 400 });
  expect(await ask("POST", "/api/notices/seen", { ids: ["1; drop"] })).toMatchObject({ status: 400 });
  expect(desk.seen).toEqual(["17", "16"]);
});
