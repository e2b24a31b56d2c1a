import { beforeEach, expect, test } from "vitest";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { guid } from "../../test/support/entity.ts";
import { BACKFILL, ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
import { createApp } from "./server.ts";

let desk: ScriptedSyncDesk;

beforeEach(() => {
  desk = new ScriptedSyncDesk();
});

async function ask(method: "GET" | "POST", url: string, body?: object) {
  const app = createApp({ ...scriptedOptions(), runs: desk });
  const headers = { host: "127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await app.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test("GET /api/backfills lists them", async () => {
  expect(await ask("GET", "/api/backfills")).toEqual({ status: 200, body: { backfills: [BACKFILL] } });
});

test("POST /api/entities/{entity}/backfills asks for one, and says who was nobody", async () => {
  const created = { from: "2026-01-01T00:00:00Z" };
  const body = { attributes: ["fax"], created, where: "city is blank", records: ["17", guid(3)] };
  expect(await ask("POST", "/api/entities/contact/backfills", body)).toEqual({
    status: 202,
    body: { backfills: [BACKFILL], unknown: { count: 1, first: ["17"] } },
  });
  expect(desk.wishes).toEqual([
    {
      entity: "contact",
      attributes: ["fax"],
      conditions: { created, where: "city is blank" },
      records: ["17", guid(3)],
    },
  ]);
});

test.each([
  ["an entity that is not there", "lead", { attributes: ["fax"] }, "There is no entity lead here."],
  ["no field", "contact", { attributes: [] }, "attributes"],
  ["a record that is none", "contact", { attributes: ["fax"], records: ["ann"] }, "records"],
])("POST with %s is refused", async (_, entity, body, detail) => {
  const answer = await ask("POST", `/api/entities/${entity}/backfills`, body);
  expect(answer).toMatchObject({ status: 400, body: { code: "request_invalid" } });
  expect(answer.body["detail"]).toContain(detail);
});

test("POST /api/backfills/{id}/cancel takes it back", async () => {
  expect(await ask("POST", "/api/backfills/3/cancel")).toMatchObject({
    status: 200,
    body: { id: "3", state: "cancelled" },
  });
  expect(await ask("POST", "/api/backfills/4/cancel")).toMatchObject({ status: 404 });
});
