import { beforeEach, expect, test } from "vitest";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
import { createApp } from "./server.ts";

let desk: ScriptedSyncDesk;

beforeEach(() => {
  desk = new ScriptedSyncDesk();
});

async function post(url: string) {
  const app = createApp({ ...scriptedOptions(), runs: desk });
  const answer = await app.inject({ method: "POST", url, headers: { host: "127.0.0.1:4600" } });
  await app.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test.each([
  ["/api/connections/7/pause", "pause 7", null],
  ["/api/connections/7/entities/lead/pause", "pause 7 lead", "lead"],
])("POST %s says since when it is paused, and by whom", async (url, asked, entity) => {
  expect(await post(url)).toEqual({
    status: 200,
    body: { connection: "dynamics", entity, paused: { since: "2026-11-24T06:00:00.000Z", by: "ada" } },
  });
  expect(desk.asked).toEqual([asked]);
});

test.each([
  ["/api/connections/7/resume", "resume 7"],
  ["/api/connections/7/entities/contact/resume", "resume 7 contact"],
])("POST %s lets it go on", async (url, asked) => {
  expect(await post(url)).toMatchObject({ status: 200, body: { paused: null } });
  expect(desk.asked).toEqual([asked]);
});

test.each([
  ["/api/connections/8/pause", "There is no connection 8."],
  ["/api/connections/7/entities/order/pause", "There is no entity order here."],
])("POST %s is an address that leads nowhere", async (url, detail) => {
  expect(await post(url)).toMatchObject({ status: 404, body: { code: "not_found", detail } });
  expect(desk.asked).toEqual([]);
});

test("POST approve-deletes says how many pass, for an entity that is there", async () => {
  const path = "/api/connections/7/entities";
  expect(await post(`${path}/contact/approve-deletes`)).toEqual({
    status: 200,
    body: { connection: "dynamics", entity: "contact", fromDynamics: 412, toDynamics: 0 },
  });
  expect(await post(`${path}/order/approve-deletes`)).toMatchObject({ status: 404 });
  expect(desk.asked).toEqual(["approve 7 contact"]);
});
