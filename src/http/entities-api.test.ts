import { beforeEach, expect, test } from "vitest";
import { ScriptedEntityDesk } from "../../test/support/entity-desk.ts";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { createApp } from "./server.ts";

let desk: ScriptedEntityDesk;

beforeEach(() => {
  desk = new ScriptedEntityDesk();
});

async function ask(method: "GET" | "POST", url: string, payload?: object) {
  const app = createApp({ ...scriptedOptions(), entities: desk });
  const headers = { host: "127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  await app.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test("GET /api/entities lists what there is with every path, and all of it when asked", async () => {
  expect(await ask("GET", "/api/entities")).toEqual({ status: 200, body: desk.listing });
  expect((await ask("GET", "/api/entities?all=true")).status).toBe(200);
  expect(desk.asked).toEqual(["some", "all"]);
});

test("POST /api/entities switches and answers how it stands", async () => {
  const body = { on: ["new_session"], off: ["new_room"] };
  expect(await ask("POST", "/api/entities", body)).toEqual({ status: 200, body: desk.listing });
  expect(desk.asked).toEqual(["on new_session off new_room", "some"]);
});

test("POST /api/entities/refresh lets the worker ask Dynamics again", async () => {
  expect(await ask("POST", "/api/entities/refresh")).toEqual({ status: 202, body: { asked: true } });
  expect(desk.asked).toEqual(["refresh"]);
});

test.each([
  ["GET", "/api/entities?all=maybe", undefined],
  ["POST", "/api/entities", { on: "new_session" }],
  ["POST", "/api/entities", { enable: ["new_session"] }],
  ["POST", "/api/entities", { on: ["new_nothing"] }],
] as const)("%s %s with %j is refused with the reason", async (method, url, payload) => {
  expect(await ask(method, url, payload)).toMatchObject({ status: 400, body: { code: "request_invalid" } });
});
