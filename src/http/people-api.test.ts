import { beforeEach, describe, expect, test } from "vitest";
import { guid } from "../../test/support/entity.ts";
import { ScriptedDesk } from "../../test/support/person-desk.ts";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { createApp } from "./server.ts";

let desk: ScriptedDesk;

beforeEach(() => {
  desk = new ScriptedDesk();
});

async function ask(method: "GET" | "POST", url: string, body?: object) {
  const app = createApp({ ...scriptedOptions(), people: desk });
  const headers = { host: "127.0.0.1:4600", origin: "http://127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await app.close();
  return {
    status: answer.statusCode,
    type: answer.headers["content-type"],
    body: answer.json<Record<string, unknown>>(),
  };
}

describe("POST /api/people/{id}/sync", () => {
  test.each([
    ["queued", 202],
    ["already queued", 202],
    ["already linked", 200],
    ["waiting", 200],
  ] as const)("answers %s with %i", async (answer, status) => {
    desk.filing = answer;
    expect(await ask("POST", "/api/people/17/sync", { as: "contact", owner: guid(3) })).toMatchObject({
      status,
      body: { person: "17", answer },
    });
    expect(desk.filed).toEqual([{ person: "17", as: "contact", owner: guid(3) }]);
  });

  test("makes a lead when nothing else is said", async () => {
    await ask("POST", "/api/people/17/sync");
    expect(desk.filed).toEqual([{ person: "17", as: "lead", owner: null }]);
  });

  test("says when there is no such person", async () => {
    desk.filing = null;
    expect(await ask("POST", "/api/people/17/sync")).toMatchObject({
      status: 404,
      type: "application/problem+json; charset=utf-8",
      body: { code: "not_found", detail: "There is no person 17." },
    });
  });

  test.each([
    ["another kind", "/api/people/17/sync", { as: "account" }],
    ["an owner that is no id", "/api/people/17/sync", { owner: "bob" }],
    ["a member that is not known", "/api/people/17/sync", { ass: "lead" }],
    ["a person that is no number", "/api/people/ann/sync", {}],
  ])("refuses %s", async (_, url, body) => {
    expect(await ask("POST", url, body)).toMatchObject({ status: 400, body: { code: "request_invalid" } });
    expect(desk.filed).toEqual([]);
  });
});

test("GET /api/people/{id}/sync tells how the request stands", async () => {
  expect(await ask("GET", "/api/people/17/sync")).toMatchObject({ status: 404 });
  desk.request = {
    person: "17",
    as: "lead",
    state: "parked",
    outcome: null,
    crmId: null,
    code: "value_invalid",
    field: "last_name",
    detail: "Last Name is required in Dynamics and cannot be left blank.",
    requestedAt: "2026-11-24T06:00:00.000Z",
  };
  expect(await ask("GET", "/api/people/17/sync")).toMatchObject({ status: 200, body: desk.request });
});

test("GET /api/matches lists who waits for a decision", async () => {
  desk.listed = [
    {
      id: "3",
      person: "17",
      name: "Ann Lee",
      email: "ann@example.com",
      as: null,
      candidates: [{ id: guid(1), entity: "contact", name: null, key: "ann@example.com", rowId: "5" }],
      since: "2026-11-24T06:00:00.000Z",
    },
  ];
  expect(await ask("GET", "/api/matches")).toMatchObject({ status: 200, body: { matches: desk.listed } });
});

describe("POST /api/matches/{id}", () => {
  test.each([
    [{ with: guid(1).toUpperCase() }, guid(1)],
    [{ new: true }, null],
  ])("decides by %j", async (body, record) => {
    expect(await ask("POST", "/api/matches/3", body)).toMatchObject({
      status: 200,
      body: { match: "3", answer: "queued" },
    });
    expect(desk.decided).toEqual([{ id: "3", record }]);
  });

  test.each([[{}], [{ new: false }], [{ with: "x" }], [{ with: guid(1), new: true }]])(
    "refuses %j",
    async (body) => {
      expect(await ask("POST", "/api/matches/3", body)).toMatchObject({ status: 400 });
      expect(desk.decided).toEqual([]);
    },
  );

  test("says when there is nothing to decide, or the record is no candidate", async () => {
    desk.decision = null;
    expect(await ask("POST", "/api/matches/3", { new: true })).toMatchObject({ status: 404 });
    desk.decision = "no candidate";
    expect(await ask("POST", "/api/matches/3", { with: guid(1) })).toMatchObject({
      status: 400,
      body: { detail: `${guid(1)} is none of the candidates of match 3.` },
    });
  });
});

test("the description tells what the routes take", async () => {
  const { body } = await ask("GET", "/api/openapi.json");
  const { paths } = body as { paths: Record<string, Record<string, { requestBody?: object }>> };
  expect(paths["/api/people/{id}/sync"]?.["post"]?.requestBody).toMatchObject({ required: false });
  expect(paths["/api/matches/{id}"]?.["post"]?.requestBody).toMatchObject({ required: true });
});
