import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import type { Line, Reply } from "../../../test/connectors/script.ts";
import { granted, refused, scriptedWire, wireError } from "../../../test/connectors/script.ts";
import {
  NEVER,
  contact,
  open,
  openTimed,
  page,
  pagesOf,
  request,
} from "../../../test/connectors/organization.ts";
import type { Wait } from "../../core/ports.ts";

const good = page([contact(1)], { delta: "1" });

/** Reads one page of contacts and reports how it went. */
async function reading(lines: Line | readonly Line[], token: Line | readonly Line[] = granted()) {
  const waits: Wait[] = [];
  const wire = scriptedWire({ "/oauth2/": token, contacts: lines });
  const { source, timing } = openTimed(wire, {
    backoff: { baseMs: 100, maxMs: 1000, attempts: 4 },
    onWait: (wait) => waits.push(wait),
  });
  const outcome = await pagesOf(source, request()).then(
    () => "read",
    (error: { code: string }) => error.code,
  );
  return { outcome, waits, wire, slept: timing.slept, source };
}

describe("asking the Web API", () => {
  it("sends what the service recommends, and the token", async () => {
    const { wire } = await reading(good);
    expect(wire.sent[1]?.headers).toMatchObject({
      accept: "application/json",
      "accept-encoding": "gzip",
      "odata-maxversion": "4.0",
      "odata-version": "4.0",
      "if-none-match": "null",
      authorization: "Bearer token-1",
    });
    expect(Object.keys(wire.sent[1]?.headers ?? {})).not.toContain("cookie");
  });

  it("renews the token once after a 401 and repeats the request", async () => {
    const { outcome, wire, waits } = await reading([{ status: 401 }, good], [granted("old"), granted("new")]);
    expect(outcome).toBe("read");
    const tokens = wire.sent
      .filter(({ method }) => method === "GET")
      .map(({ headers }) => headers["authorization"]);
    expect(tokens).toEqual(["Bearer old", "Bearer new"]);
    expect(waits).toEqual([]);
  });

  it("takes a second 401 for a failed sign-in", async () => {
    const { outcome, wire } = await reading({ status: 401 });
    expect(outcome).toBe("sign_in_failed");
    expect(wire.paths("contacts")).toHaveLength(2);
  });

  it("waits as long as it is told to after a 429, in seconds or by date (P18)", async () => {
    const body = refused(429, "0x80072322", "Number of requests exceeded the limit of 6000").body;
    const bySeconds = { status: 429, headers: { "retry-after": "17" }, body: body ?? "" };
    const byDate = {
      ...bySeconds,
      headers: { date: "Mon, 23 Nov 2026 08:00:00 GMT", "retry-after": "Mon, 23 Nov 2026 08:00:30 GMT" },
    };
    const { outcome, waits, source } = await reading([bySeconds, byDate, good]);
    expect(outcome).toBe("read");
    expect(waits.map(({ code, attempt }) => [code, attempt])).toEqual([
      ["throttled", 1],
      ["throttled", 2],
    ]);
    expect(Math.floor((waits[0]?.ms ?? 0) / 1000)).toBe(17);
    expect(Math.floor((waits[1]?.ms ?? 0) / 1000)).toBe(30);
    expect(waits[0]?.detail).toContain("exceeded the limit of 6000");
    expect(source.limits().concurrency.limit).toBeLessThan(4);
  });

  it("leaves a wait of many minutes to a later cycle", async () => {
    const { outcome, slept } = await reading({ status: 429, headers: { "retry-after": "900" } });
    expect([outcome, slept]).toEqual(["throttled", []]);
  });

  const cut: Reply = {
    headers: { "content-encoding": "gzip" },
    body: gzipSync("{}").subarray(0, 9).toString("latin1"),
  };
  it.each<[string, Line, Wait["code"]]>([
    ["500", { status: 500 }, "unavailable"],
    ["502 with a web page", { status: 502, body: "<html>" }, "unavailable"],
    ["503 with Retry-After", { status: 503, headers: { "retry-after": "1" } }, "unavailable"],
    ["a SQL time-out", refused(400, "0x80044151"), "unavailable"],
    ["a customisation lock", refused(400, "0x80071151"), "unavailable"],
    ["a reset", wireError("ECONNRESET"), "unavailable"],
    ["a time-out", wireError("UND_ERR_HEADERS_TIMEOUT"), "unavailable"],
    ["a temporary failure of DNS", wireError("EAI_AGAIN"), "unavailable"],
    ["an empty body", { body: "" }, "unexpected_answer"],
    ["a body cut short", { body: '{"value":[{"contactid":' }, "unexpected_answer"],
    ["damaged gzip", cut, "unexpected_answer"],
    ["a sign-in page", { body: "<html>Sign in</html>" }, "unexpected_answer"],
    ["JSON that is something else", { body: { ok: true } }, "unexpected_answer"],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.example" } }, "unexpected_answer"],
  ])("sits %s out, then gives up", async (_, line, code) => {
    const passing = await reading([line, line, good]);
    expect(passing.outcome).toBe("read");
    expect(passing.waits.map((wait) => wait.code)).toEqual([code, code]);
    const lasting = await reading(line);
    expect([lasting.outcome, lasting.waits.length]).toEqual([code, 3]);
  });

  it.each<[Line, string]>([
    [refused(403, "0x80040220", "Principal user is missing prvReadContact"), "permission_missing"],
    [refused(403, "", "Forbidden"), "permission_missing"],
    [refused(403, "0x80072560", "The user is not a member of the organization."), "not_an_application_user"],
    [refused(403, "0x80040225"), "not_an_application_user"],
    [refused(401, "", "The user is not a member of the organization."), "sign_in_failed"],
    [refused(404, "0x8006088A", "Resource not found for the segment 'contacts'."), "entity_missing"],
    [refused(400, "0x80060888", "The $filter is strange."), "refused"],
    [wireError("ENOTFOUND"), "name_not_found"],
    [wireError("CERT_HAS_EXPIRED"), "certificate_rejected"],
  ])("does not repeat %o: it is %s", async (line, code) => {
    const { outcome, waits } = await reading(line);
    expect([outcome, waits]).toEqual([code, []]);
  });

  it("never takes a silent identity provider for a refusal", async () => {
    const { outcome, waits } = await reading(good, wireError("ECONNREFUSED"));
    expect([outcome, waits.length]).toEqual(["unavailable", 3]);
    expect((await reading(good, [wireError("ECONNREFUSED"), granted()])).outcome).toBe("read");
  });

  it("counts every request, repeats and sign-ins included", async () => {
    const { source } = await reading([{ status: 500 }, good]);
    expect(source.requests).toBe(3);
  });

  it("does not follow a link to a foreign host, and tells whose it is", async () => {
    const body = { value: [], "@odata.nextLink": "https://contoso.crm.dynamics.com.evil.example/x" };
    const wire = scriptedWire({ contacts: { body }, evil: good });
    const error = await pagesOf(open(wire), request()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unexpected_answer" });
    expect(String(error)).toContain("contoso.crm.dynamics.com.evil.example");
    expect(wire.paths("evil")).toEqual([]);
  });

  it("follows a link to the organization's other name as it is", async () => {
    const next = "https://contoso.api.crm.dynamics.com/api/data/v9.2/contacts?$skiptoken=a";
    const wire = scriptedWire({
      "skiptoken=a": good,
      contacts: { body: { value: [], "@odata.nextLink": next } },
    });
    await pagesOf(open(wire), request());
    expect(wire.sent.at(-1)?.url).toBe(next);
  });
});

describe("the signs of the service", () => {
  it("are read from the headers of every answer", async () => {
    const headers = {
      date: "Mon, 23 Nov 2026 10:00:07 GMT",
      "x-ms-dop-hint": "48",
      "x-ms-ratelimit-burst-remaining-xrm-requests": "5999",
      "x-ms-ratelimit-time-remaining-xrm-requests": "1,199.97",
    };
    const wire = scriptedWire({ contacts: { ...good, headers } });
    const source = open(wire);
    expect(source.limits()).toMatchObject({ recommendedParallelism: null, remainingSeconds: null });
    await pagesOf(source, request());
    expect(source.limits()).toMatchObject({
      recommendedParallelism: 48,
      remainingRequests: 5999,
      remainingSeconds: 1199.97,
      clockDifferenceMs: 7000,
    });
  });

  it("are left as they were when a header is missing or strange", async () => {
    const strange = { "x-ms-dop-hint": "many", "x-ms-ratelimit-burst-remaining-xrm-requests": "1,2,3" };
    const source = open(scriptedWire({ contacts: { ...good, headers: strange } }));
    await pagesOf(source, request());
    expect(source.limits()).toMatchObject({ recommendedParallelism: null, remainingRequests: null });
  });
});

describe("counts", () => {
  const totals = (counts: Readonly<Record<string, number>>): Reply => ({
    body: { EntityRecordCountCollection: { Keys: Object.keys(counts), Values: Object.values(counts) } },
  });

  it("come in one request", async () => {
    const wire = scriptedWire({ RetrieveTotalRecordCount: totals({ contact: 7, lead: 0 }) });
    const counts = await open(wire).counts(["contact", "lead"], NEVER);
    expect([...counts]).toEqual([
      ["contact", 7],
      ["lead", 0],
    ]);
    expect(wire.paths("@p1=")[0]).toContain('@p1=["contact","lead"]');
  });

  it("leave out an entity the service does not know, and keep the others", async () => {
    const wire = scriptedWire({
      'p1=["contact"]': totals({ contact: 7 }),
      RetrieveTotalRecordCount: refused(400, "0x80041102", "No such entity"),
    });
    expect([...(await open(wire).counts(["contact", "nosuch"], NEVER))]).toEqual([["contact", 7]]);
    expect((await open(wire).counts([], NEVER)).size).toBe(0);
  });
});
