import { beforeEach, expect, test } from "vitest";
import { scriptedOptions } from "../../test/support/server-options.ts";
import type { RefusalDesk, Refused, RetryWish } from "../core/refused.ts";
import { createApp } from "./server.ts";

const LONG: Refused = {
  entity: "contact",
  table: "people",
  way: "push",
  row: "12",
  crmId: "00000000-0000-4000-8000-00000000000c",
  code: "value_invalid",
  field: "first_name",
  detail: "=First name is longer than 50 characters.",
  since: "2026-11-24T05:58:00.000Z",
};

const NUL: Refused = {
  ...LONG,
  entity: "lead",
  way: "pull",
  row: null,
  code: "value_unstorable",
  detail: "NUL",
};

let retried: RetryWish[];

const desk: RefusalDesk = {
  refused: async () => [LONG, NUL],
  async retry(wish) {
    retried.push(wish);
    return 2;
  },
};

beforeEach(() => {
  retried = [];
});

async function ask(method: "GET" | "POST", url: string, body?: object) {
  const app = createApp({ ...scriptedOptions(), refusals: desk });
  const headers = { host: "127.0.0.1:4600", origin: "http://127.0.0.1:4600" };
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await app.close();
  return answer;
}

test("GET /api/errors lists what was refused, and what is searched for among it", async () => {
  expect((await ask("GET", "/api/errors")).json()).toMatchObject({
    errors: [LONG, NUL],
    causes: [{ code: "value_invalid", who: "editor" }, { code: "value_unstorable" }],
  });
  expect((await ask("GET", "/api/errors?way=push")).json()).toMatchObject({ errors: [LONG] });
  expect((await ask("GET", "/api/errors?entity=lead")).json()).toMatchObject({ errors: [NUL] });
  expect((await ask("GET", "/api/errors?code=value_invalid&search=LONGER")).json()).toMatchObject({
    errors: [LONG],
  });
  expect((await ask("GET", "/api/errors?search=nowhere")).json()).toEqual({ errors: [], causes: [] });
  expect((await ask("GET", "/api/errors?code=none")).statusCode).toBe(400);
});

test("GET /api/errors.csv is a table for spreadsheets", async () => {
  const answer = await ask("GET", "/api/errors.csv?entity=contact");
  expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
  expect(answer.headers["content-disposition"]).toContain("errors.csv");
  const [names, line, end] = answer.body.split("\r\n");
  expect(names).toMatch(/^since,entity,way,.*,remedy$/);
  expect(line).toContain(",'=First name is longer");
  expect(end).toBe("");
});

test("POST /api/errors/retry lets them be tried again, all or those that are named", async () => {
  const all = await ask("POST", "/api/errors/retry");
  expect([all.statusCode, all.json()]).toEqual([202, { retried: 2 }]);
  await ask("POST", "/api/errors/retry", { entity: "contact", code: "value_invalid", row: "12" });
  expect(retried).toEqual([{}, { entity: "contact", code: "value_invalid", row: "12" }]);
  expect((await ask("POST", "/api/errors/retry", { row: "all" })).statusCode).toBe(400);
});
