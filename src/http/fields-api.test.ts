import { beforeEach, expect, test } from "vitest";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { FIELD, ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
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

test("GET /api/entities/{entity}/fields shows type, label, values and whether it is on", async () => {
  expect(await ask("GET", "/api/entities/contact/fields")).toEqual({
    status: 200,
    body: { fields: [FIELD] },
  });
  expect(await ask("GET", "/api/entities/order/fields")).toMatchObject({
    status: 404,
    body: { code: "not_found", detail: "There is no entity order here." },
  });
});

test("POST switches, and decides where fields live", async () => {
  const body = { on: ["fax"], columns: { new_score: "lead_score" }, asText: ["new_score"] };
  expect(await ask("POST", "/api/entities/contact/fields", body)).toEqual({
    status: 200,
    body: { fields: [FIELD] },
  });
  expect(desk.changed).toEqual({
    entity: "contact",
    on: ["fax"],
    off: [],
    columns: new Map([["new_score", "lead_score"]]),
    asText: ["new_score"],
  });
});

test("POST with what cannot be done is refused with the reason", async () => {
  expect(await ask("POST", "/api/entities/contact/fields", { on: ["nonsense"] })).toMatchObject({
    status: 400,
    body: { code: "request_invalid", detail: "contact has no field nonsense." },
  });
  expect(desk.changed).toBeNull();
});
