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
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

const TASK = {
  kind: "task",
  as: "lead",
  subject: "Call",
  description: null,
  due: 5,
  owner: null,
  priority: null,
  status: null,
  campaign: null,
};

describe("POST /api/people/{id}/actions/{kind}", () => {
  test.each([
    ["task", { subject: "Call" }, TASK],
    [
      "task",
      { subject: "Call", due: "2027-01-31", status: "3" },
      { ...TASK, due: "2027-01-31", status: "3" },
    ],
    ["owner", { owner: guid(3).toUpperCase() }, { kind: "owner", as: "lead", owner: guid(3) }],
    ["sync", { as: "contact" }, { kind: "sync", as: "contact", owner: null }],
    ["delete", undefined, { kind: "delete" }],
  ])("asks for %s", async (kind, body, wish) => {
    expect(await ask("POST", `/api/people/17/actions/${kind}`, body)).toEqual({
      status: 202,
      body: { people: 1, asked: true },
    });
    expect(desk.asked).toEqual([{ wish, concerned: { people: ["17"] }, dry: false, most: 1, now: false }]);
  });

  test("lets it go at once when it is said", async () => {
    await ask("POST", "/api/people/17/actions/delete", { now: true });
    expect(desk.asked).toMatchObject([{ now: true }]);
  });

  test.each([
    ["another kind", "/api/people/17/actions/marry", {}],
    ["an owner that is no id", "/api/people/17/actions/owner", { owner: "bob" }],
    ["a task without a subject", "/api/people/17/actions/task", {}],
    ["a day that is none", "/api/people/17/actions/task", { subject: "Call", due: "2027-02-30" }],
    ["a member that is not known", "/api/people/17/actions/delete", { sure: true }],
  ])("refuses %s", async (_, url, body) => {
    expect(await ask("POST", url, body)).toMatchObject({ status: 400, body: { code: "request_invalid" } });
    expect(desk.asked).toEqual([]);
  });

  test.each([
    [true, 404, "not_found"],
    [false, 400, "request_invalid"],
  ])("says why it cannot be asked for (missing: %s)", async (missing, status, code) => {
    desk.asking = { kind: "refused", detail: "There is no person 17.", missing };
    expect(await ask("POST", "/api/people/17/actions/delete")).toMatchObject({
      status,
      body: { code, detail: "There is no person 17." },
    });
  });
});

describe("POST /api/people/actions", () => {
  const when = [{ column: "score", operator: "at-least", value: "50" }];

  test("counts first", async () => {
    desk.asking = { kind: "counted", people: 412 };
    expect(
      await ask("POST", "/api/people/actions", { kind: "task", subject: "Call", when, dry: true }),
    ).toEqual({
      status: 200,
      body: { people: 412, asked: false },
    });
    expect(desk.asked).toEqual([{ wish: TASK, concerned: { when }, dry: true, most: 100, now: false }]);
  });

  test("asks for those who are named, up to as many as are meant", async () => {
    await ask("POST", "/api/people/actions", { kind: "delete", people: ["17", "18"], confirm: 2, now: true });
    expect(desk.asked).toEqual([
      { wish: { kind: "delete" }, concerned: { people: ["17", "18"] }, dry: false, most: 2, now: true },
    ]);
  });

  test("tells how many they are when they are more than are meant", async () => {
    desk.asking = { kind: "too-many", people: 412 };
    const { status, body } = await ask("POST", "/api/people/actions", { kind: "delete", when });
    expect(status).toBe(400);
    expect(body["detail"]).toContain(
      'It would concern 412 people, more than 100: nothing was asked for. Say "confirm": 412',
    );
  });

  test.each([
    ["nobody", { kind: "delete" }],
    ["both", { kind: "delete", people: ["1"], when }],
    ["no kind", { people: ["1"] }],
  ])("refuses %s", async (_, body) => {
    expect(await ask("POST", "/api/people/actions", body)).toMatchObject({ status: 400 });
    expect(desk.asked).toEqual([]);
  });
});

test("GET /api/actions lists what was asked for, as the query wants it", async () => {
  const act = {
    id: "task-1",
    person: "17",
    kind: "task",
    origin: "rule",
    rule: "hot",
    state: "parked",
    outcome: null,
    code: "value_invalid",
    detail: "Status Reason has no such choice.",
    recordId: guid(4),
    requestedAt: "2026-11-24T08:00:00.000Z",
    finishedAt: null,
  } as const;
  desk.acts = [act];
  expect(await ask("GET", "/api/actions?state=open&kind=task&person=17&limit=5")).toEqual({
    status: 200,
    body: { actions: [act] },
  });
  await ask("GET", "/api/actions");
  expect(desk.looked).toEqual([{ state: "open", kind: "task", person: "17", limit: 5 }, { limit: 100 }]);
  expect(await ask("GET", "/api/actions?state=lost")).toMatchObject({ status: 400 });
});
