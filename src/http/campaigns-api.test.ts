import { beforeEach, describe, expect, test } from "vitest";
import { ScriptedCampaignDesk } from "../../test/support/campaign-desk.ts";
import { guid } from "../../test/support/entity.ts";
import { scriptedOptions } from "../../test/support/server-options.ts";
import { SyncError } from "../core/errors.ts";
import { createApp } from "./server.ts";

let desk: ScriptedCampaignDesk;

beforeEach(() => {
  desk = new ScriptedCampaignDesk();
});

async function ask(method: "GET" | "POST", url: string, body?: object) {
  const app = createApp({ ...scriptedOptions(), campaigns: desk });
  const headers = { host: "127.0.0.1:4600", origin: "http://127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await app.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

describe("POST /api/campaigns/{id}/members", () => {
  test("asks for people by their rows", async () => {
    desk.answers = { queued: 2, "was there before": 1 };
    expect(await ask("POST", "/api/campaigns/3/members", { wish: "add", people: ["17", "18"] })).toEqual({
      status: 202,
      body: { campaign: "3", queued: 2, waiting: 0, notAdded: 0, wasThere: 1 },
    });
    expect(desk.asked).toEqual([{ campaign: "3", wish: "add", who: { people: ["17", "18"] } }]);
  });

  test("asks for everybody who meets the conditions", async () => {
    const when = [{ column: "country", operator: "is", value: "Norway" }];
    await ask("POST", "/api/campaigns/3/members", { wish: "remove", when });
    expect(desk.asked).toEqual([{ campaign: "3", wish: "remove", who: { conditions: when } }]);
  });

  test("says when there is no such campaign, and what cannot be followed", async () => {
    desk.answers = null;
    expect(await ask("POST", "/api/campaigns/9/members", { wish: "add", people: ["17"] })).toMatchObject({
      status: 404,
      body: { code: "not_found", detail: "There is no campaign 9." },
    });
    desk.failure = new SyncError("configuration_invalid", "Campaign 3 is not active in Dynamics.");
    expect(await ask("POST", "/api/campaigns/3/members", { wish: "add", people: ["17"] })).toMatchObject({
      status: 400,
      body: { code: "request_invalid", detail: "Campaign 3 is not active in Dynamics." },
    });
  });

  test.each([
    ["nobody", { wish: "add" }],
    ["an empty list", { wish: "add", people: [] }],
    ["no condition", { wish: "add", when: [] }],
    ["both at once", { wish: "add", people: ["17"], when: [{ column: "email", operator: "filled" }] }],
    ["another wish", { wish: "move", people: ["17"] }],
  ])("refuses %s", async (_, body) => {
    expect(await ask("POST", "/api/campaigns/3/members", body)).toMatchObject({ status: 400 });
    expect(desk.asked).toEqual([]);
  });
});

describe("POST /api/campaigns", () => {
  test("switches campaigns on and off", async () => {
    expect(await ask("POST", "/api/campaigns", { on: true, prefix: "Tandem-" })).toEqual({
      status: 200,
      body: { on: true },
    });
    await ask("POST", "/api/campaigns", { on: false });
    expect(desk.switched).toEqual([
      { on: true, prefix: "Tandem-" },
      { on: false, prefix: null },
    ]);
    expect(await ask("POST", "/api/campaigns", {})).toMatchObject({ status: 400 });
    desk.failure = new SyncError("configuration_invalid", "Dynamics has no entity campaign.");
    expect(await ask("POST", "/api/campaigns", { on: true })).toMatchObject({ status: 400 });
  });
});

describe("GET /api/campaigns", () => {
  test("lists them, and members page by page", async () => {
    desk.known = [
      {
        id: "3",
        crmId: guid(3),
        name: "Spring",
        status: "Active",
        lists: 2,
        added: 1,
        waiting: 0,
        refused: 0,
      },
    ];
    expect((await ask("GET", "/api/campaigns")).body).toEqual({ campaigns: desk.known });
    const member = {
      person: "17",
      name: null,
      email: null,
      state: "added",
      wasThere: false,
      request: null,
      code: null,
      detail: null,
      askedFrom: "sql",
      askedBy: "ann",
      askedAt: "2026-11-24T08:00:00.000Z",
    } as const;
    desk.listed = [member];
    expect((await ask("GET", "/api/campaigns/3/members?limit=1&after=16")).body).toEqual({
      members: [member],
      next: "17",
    });
    expect(desk.queries).toEqual([{ campaign: "3", after: "16", limit: 1 }]);
    expect((await ask("GET", "/api/campaigns/3/members")).body).toMatchObject({ next: null });
    desk.listed = null;
    expect((await ask("GET", "/api/campaigns/9/members")).status).toBe(404);
  });
});
