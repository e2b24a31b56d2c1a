/**
 * What goes over the wire when records are written, and what is made of every kind of answer.
 */
import { describe, expect, it } from "vitest";

import type { HttpRequest } from "../../src/connectors/http/transport.ts";
import type { Entity } from "../../src/core/organization.ts";
import type { Outcome, OutValue, Write } from "../../src/core/sink-port.ts";
import { batch, done, no } from "./batch-reply.ts";
import type { Said } from "./batch-reply.ts";
import { API, CONTACT, NEVER, ORG, contact, guid, open, openTimed, page } from "./organization.ts";
import type { Line, Reply, ScriptedWire } from "./script.ts";
import { granted, refused, scriptedWire, wireError } from "./script.ts";

const NONE_OFFERED = { "/sdkmessagefilters": page([]) };
const OFFERED = { "/sdkmessagefilters": page([{ sdkmessagefilterid: guid(9) }]) };

const text = (value: string): OutValue => ({ kind: "value", property: "firstname", value });

function update(
  n: number,
  guard: string | null = "1",
  values: readonly OutValue[] = [text(`text ${n}`)],
): Write {
  return { kind: "update", id: guid(n), guard, values };
}

const updates = (count: number, guard: string | null = "1"): Write[] =>
  Array.from({ length: count }, (_, place) => update(place + 1, guard));

function write(wire: ScriptedWire, writes: readonly Write[], entity: Entity = CONTACT): Promise<Outcome[]> {
  return inOrder(open(wire).write(entity, writes, NEVER), writes);
}

async function inOrder(
  outcomes: Promise<ReadonlyMap<string, Outcome>>,
  writes: readonly Write[],
): Promise<Outcome[]> {
  const told = await outcomes;
  expect(told.size).toBe(writes.length);
  return writes.map(({ id }) => told.get(id) ?? { kind: "unknown", detail: "no outcome at all" });
}

const kinds = (outcomes: readonly Outcome[]): string =>
  [...new Set(outcomes.map(({ kind }) => kind))].sort().join(" ");

/** Requests that write. */
const sent = ({ sent: all }: ScriptedWire): HttpRequest[] =>
  all.filter(({ method, url }) => method !== "GET" && !url.includes("/oauth2/"));

/** Numbers of the records in a batch, from its request lines. */
function recordsIn({ body = "" }: HttpRequest): number[] {
  return [...body.matchAll(/contacts\(00000000-0000-4000-8000-(\d+)\)/gu)].map(([, n]) => Number(n));
}

/** Answers a batch by what is said of each record. */
function each(say: (n: number) => Said): (request: HttpRequest) => Reply {
  return (request) => batch(recordsIn(request).map((n) => say(n)));
}

describe("a single write", () => {
  it("is a plain request with its condition and all its values, 0, no and nothing too (P11)", async () => {
    const wire = scriptedWire({ "/contacts(": { body: contact(1) } });
    const values: OutValue[] = [
      text('O\'Neil "é" 👩'),
      { kind: "value", property: "donotemail", value: false },
      { kind: "value", property: "numberofchildren", value: 0 },
      { kind: "value", property: "lastname", value: "" },
      { kind: "value", property: "jobtitle", value: null },
      { kind: "exact", property: "annualincome", digits: "12345678901234567890.10" },
    ];
    expect(await write(wire, [update(1, "915244", values)])).toEqual([{ kind: "written", version: "1001" }]);
    const [{ method, url, headers, body }] = sent(wire) as [HttpRequest];
    expect(method).toBe("PATCH");
    expect(url).toBe(`${API}/contacts(${guid(1)})?$select=contactid`);
    expect(headers).toMatchObject({ "if-match": 'W/"915244"', prefer: "return=representation" });
    expect(headers).not.toHaveProperty("if-none-match");
    // No number passes through a double, and nothing but ASCII leaves.
    expect(body).toBe(
      String.raw`{"firstname":"O'Neil \"\u00e9\" \ud83d\udc69","donotemail":false,"numberofchildren":0,"lastname":"","jobtitle":null,"annualincome":12345678901234567890.10}`,
    );
  });

  it.each<[string, Partial<Write>, object]>([
    ["a creation", { kind: "create", guard: null }, { method: "PATCH", headers: { "if-none-match": "*" } }],
    ["an unguarded update", { guard: null }, { method: "PATCH", headers: { "if-match": "*" } }],
    ["a delete", { kind: "delete", values: [] }, { method: "DELETE", headers: { "if-match": 'W/"1"' } }],
    [
      "an unguarded delete",
      { kind: "delete", guard: null },
      { method: "DELETE", headers: { "if-match": "*" } },
    ],
  ])("never does more than it says: %s", async (_, more, request) => {
    const wire = scriptedWire({ "/contacts(": { status: 204 } });
    expect(await write(wire, [{ ...update(1), ...more }])).toEqual([{ kind: "written", version: null }]);
    expect(sent(wire)).toMatchObject([request]);
  });
});

describe("several writes", () => {
  it("travel as one batch in the form the service wants", async () => {
    const wire = scriptedWire({ $batch: batch([done(1), { status: 204 }, done(3)]) });
    const writes: Write[] = [
      update(1, "7"),
      { kind: "delete", id: guid(2), guard: null, values: [] },
      { kind: "create", id: guid(3), guard: null, values: [text("new")] },
    ];
    expect(kinds(await write(wire, writes))).toBe("written");
    const [{ method, url, headers, body }] = sent(wire) as [HttpRequest];
    expect([method, url]).toEqual(["POST", `${API}/$batch`]);
    expect(headers).toMatchObject({
      "content-type": 'multipart/mixed; boundary="batch_tandem"',
      prefer: "odata.continue-on-error",
    });
    expect(body?.replaceAll("\r\n", "↵\n")).toMatchInlineSnapshot(`
      "--batch_tandem↵
      Content-Type: application/http↵
      Content-Transfer-Encoding: binary↵
      Content-ID: 1↵
      ↵
      PATCH /api/data/v9.2/contacts(00000000-0000-4000-8000-000000000001)?$select=contactid HTTP/1.1↵
      Accept: application/json↵
      content-type: application/json; charset=utf-8↵
      prefer: return=representation↵
      if-match: W/"7"↵
      ↵
      {"firstname":"text 1"}↵
      --batch_tandem↵
      Content-Type: application/http↵
      Content-Transfer-Encoding: binary↵
      Content-ID: 2↵
      ↵
      DELETE /api/data/v9.2/contacts(00000000-0000-4000-8000-000000000002) HTTP/1.1↵
      Accept: application/json↵
      if-match: *↵
      ↵
      ↵
      --batch_tandem↵
      Content-Type: application/http↵
      Content-Transfer-Encoding: binary↵
      Content-ID: 3↵
      ↵
      PATCH /api/data/v9.2/contacts(00000000-0000-4000-8000-000000000003)?$select=contactid HTTP/1.1↵
      Accept: application/json↵
      content-type: application/json; charset=utf-8↵
      prefer: return=representation↵
      if-none-match: *↵
      ↵
      {"firstname":"new"}↵
      --batch_tandem--↵
      "
    `);
  });

  it("name the path of an organization on-premises", async () => {
    const wire = scriptedWire({ $batch: batch([done(1), done(2)]) });
    const source = open(wire, { url: `${ORG}/Contoso`, apiVersion: "v9.1" });
    await source.write(CONTACT, updates(2), NEVER);
    expect(sent(wire)[0]?.body).toContain(
      `PATCH /Contoso/api/data/v9.1/contacts(${guid(1)})?$select=contactid HTTP/1.1`,
    );
  });

  it.each([
    [10, undefined, [10]],
    [11, undefined, [10, 1]],
    [100, undefined, [25, 25, 25, 25]],
    [450, undefined, [100, 100, 100, 100, 50]],
    [450, 30, Array.from({ length: 15 }, () => 30)],
  ])(
    "of %i records fill few requests, spread over those that may run at once",
    async (count, most, sizes) => {
      const wire = scriptedWire({ $batch: each(done), "/contacts(": { body: contact(11) } });
      const source = open(wire, most === undefined ? {} : { writesInOneRequest: most });
      const outcomes = await inOrder(source.write(CONTACT, updates(count), NEVER), updates(count));
      expect(kinds(outcomes)).toBe("written");
      expect(sent(wire).map((request) => recordsIn(request).length || 1)).toEqual(sizes);
      expect(source.requests).toBe(sizes.length + 1);
    },
  );

  it("are spread over more requests where values are long", async () => {
    const wire = scriptedWire({ $batch: each(done) });
    const long = update(1, "1", [text("x".repeat(1_500_000))]);
    const writes = [1, 2, 3, 4].map((n) => ({ ...long, id: guid(n) }));
    expect(kinds(await write(wire, writes))).toBe("written");
    expect(sent(wire).map(recordsIn)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("fill smaller requests where the organization is slow", async () => {
    const { source, timing } = openTimed(
      scriptedWire({
        $batch: (request) => {
          timing.advance(recordsIn(request).length * 3000);
          return each(done)(request);
        },
        "/contacts(": { body: contact(1) },
      }),
    );
    await source.write(CONTACT, updates(10), NEVER);
    const before = source.requests;
    await source.write(CONTACT, updates(100), NEVER);
    expect(source.requests - before).toBe(10);
  });
});

describe("the parts of an answer", () => {
  it("each have an outcome of their own: one bad record keeps nobody back (P13)", async () => {
    const answers: Said[] = [
      done(1),
      no(412, "0x80060882"),
      no(404, "0x80040217", `contact With Id = ${guid(3)} Does Not Exist`),
      no(400, "0x80040265", "Not like that."),
      no(403, "0x80040220"),
      no(500, "0x80044151"),
      done(7),
    ];
    const outcomes = await write(scriptedWire({ $batch: batch(answers) }), updates(7));
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      "written",
      "overtaken",
      "gone",
      "refused",
      "refused",
      "later",
      "written",
    ]);
  });

  it("that were throttled come later, each with its delay, and everything slows down (P18, P19)", async () => {
    const throttled = no(429, "0x80072322", "Slow down.", { "Retry-After": "40" });
    const wire = scriptedWire({
      $batch: batch([done(1), throttled, no(503, "", "", { "Retry-After": "5" })]),
    });
    const { source, timing } = openTimed(wire);
    const outcomes = await inOrder(source.write(CONTACT, updates(3), NEVER), updates(3));
    expect(outcomes).toMatchObject([
      { kind: "written" },
      { kind: "later", code: "throttled", afterMs: 40_000 },
      { kind: "later", code: "unavailable", afterMs: 5000 },
    ]);
    expect(source.limits().concurrency.pausedUntil).toBe(timing.now() + 40_000);
    expect(sent(wire)).toHaveLength(1);
  });

  it("that are missing leave their records unknown (P6)", async () => {
    const wire = scriptedWire({ $batch: batch([done(1), done(2)]) });
    expect((await write(wire, updates(3))).map(({ kind }) => kind)).toEqual([
      "written",
      "written",
      "unknown",
    ]);
    expect(sent(wire)).toHaveLength(1);
  });

  it.each([400, 401, 429, 500])(
    "count even when the whole has status %i: earlier ones were carried out",
    async (status) => {
      const wire = scriptedWire({ $batch: batch([done(1), no(status, "0x80040265")], status) });
      const outcomes = await write(wire, updates(3));
      expect(outcomes.map(({ kind }) => kind)).toEqual(["written", "refused", "unknown"]);
      expect(sent(wire)).toHaveLength(1);
    },
  );
});

describe("a batch that is answered as a whole", () => {
  const whole = async (...lines: Line[]): Promise<[string, number]> => {
    const wire = scriptedWire({ $batch: lines, "/contacts(": { body: contact(1) } });
    const outcomes = await write(wire, updates(2));
    return [kinds(outcomes), sent(wire).length];
  };

  it.each<[string, Line, string]>([
    ["JSON with 200", { body: { value: [] } }, "unknown"],
    ["a web page with 200", { headers: { "content-type": "text/html" }, body: "<html>" }, "unknown"],
    ["an empty multipart answer", batch([]), "unknown"],
    ["a gateway's 502", { status: 502, body: "<html>" }, "unknown"],
    ["500", refused(500, "0x80040216"), "unknown"],
    ["a redirect", { status: 302 }, "unknown"],
    ["503", { status: 503 }, "later"],
    ["403", refused(403, "0x80040220"), "refused"],
  ])("with %s is not sent again", async (_, line, kind) => {
    expect(await whole(line)).toEqual([kind, 1]);
  });

  it("waits as long as it is told when it is throttled, and then goes on", async () => {
    const wire = scriptedWire({
      $batch: [refused(429, "0x80072322", "No.", { "retry-after": "17" }), batch([done(1), done(2)])],
    });
    const { source, timing } = openTimed(wire);
    const outcomes = await inOrder(source.write(CONTACT, updates(2), NEVER), updates(2));
    expect(kinds(outcomes)).toBe("written");
    expect(timing.slept[0]).toBeGreaterThanOrEqual(17_000);
    expect(timing.slept[0]).toBeLessThan(20_000);
  });

  it("comes later when it would have to wait too long", async () => {
    const wire = scriptedWire({ $batch: refused(429, "0x80072322", "No.", { "retry-after": "1000" }) });
    const outcomes = await write(wire, updates(2));
    expect(outcomes).toMatchObject([{ code: "throttled", afterMs: 1_000_000 }, { kind: "later" }]);
    expect(sent(wire)).toHaveLength(1);
  });

  it.each([400, 404, 413])("with %i is taken apart until what is to blame is alone", async (status) => {
    const bad = 5;
    const wire = scriptedWire({
      $batch: (request) => {
        const records = recordsIn(request);
        return records.includes(bad) ? refused(status, "0x80048d19") : batch(records.map((n) => done(n)));
      },
      "/contacts(": (request) =>
        request.url.includes(guid(bad)) ? refused(400, "0x80048d19") : { body: contact(6) },
    });
    const outcomes = await write(wire, updates(8));
    expect(outcomes.map(({ kind }) => kind)).toEqual(
      updates(8).map((_, place) => (place + 1 === bad ? "refused" : "written")),
    );
  });
});

describe("the way to the service", () => {
  it.each([
    "ECONNRESET",
    "UND_ERR_SOCKET",
    "UND_ERR_HEADERS_TIMEOUT",
    "UND_ERR_BODY_TIMEOUT",
    "EPIPE",
    "ETIMEDOUT",
  ])("leaves records unknown, and sends nothing twice, when it breaks off: %s", async (code) => {
    const wire = scriptedWire({ $batch: wireError(code), "/contacts(": wireError(code) });
    expect(kinds(await write(wire, updates(3)))).toBe("unknown");
    expect(kinds(await write(wire, updates(1)))).toBe("unknown");
    expect(sent(wire)).toHaveLength(2);
  });

  it("leaves records unknown when the answer is damaged", async () => {
    const headers = { "content-encoding": "gzip", "content-type": "multipart/mixed; boundary=x" };
    const wire = scriptedWire({ $batch: { headers, body: "not gzip" } });
    expect(kinds(await write(wire, updates(3)))).toBe("unknown");
    expect(sent(wire)).toHaveLength(1);
  });

  it.each(["ECONNREFUSED", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"])(
    "is tried again while nothing could leave: %s",
    async (code) => {
      const wire = scriptedWire({ $batch: [wireError(code), wireError(code), batch([done(1), done(2)])] });
      expect(kinds(await write(wire, updates(2)))).toBe("written");
      expect(sent(wire)).toHaveLength(3);
    },
  );

  it("makes records wait when it stays closed, and nobody is signed out (P17)", async () => {
    const wire = scriptedWire({ $batch: wireError("ECONNREFUSED") });
    expect(await write(wire, updates(2))).toMatchObject([
      { kind: "later", code: "unavailable" },
      { kind: "later" },
    ]);
    const offline = scriptedWire({ "/oauth2/": wireError("ECONNRESET") });
    expect(await write(offline, updates(2))).toMatchObject([
      { kind: "later", code: "unavailable" },
      { kind: "later" },
    ]);
  });

  it.each([
    ["ENOTFOUND", "name_not_found"],
    ["CERT_HAS_EXPIRED", "certificate_rejected"],
  ])("ends the call when the fault concerns the connection: %s", async (code, meaning) => {
    await expect(write(scriptedWire({ $batch: wireError(code) }), updates(2))).rejects.toMatchObject({
      code: meaning,
    });
  });

  it("renews a token that is no longer accepted, once", async () => {
    const tokens = [granted("old"), granted("new")];
    const wire = scriptedWire({ "/oauth2/": tokens, $batch: [{ status: 401 }, batch([done(1), done(2)])] });
    expect(kinds(await write(wire, updates(2)))).toBe("written");
    expect(sent(wire).map(({ headers }) => headers["authorization"])).toEqual(["Bearer old", "Bearer new"]);
    const closed = scriptedWire({ "/oauth2/": tokens, $batch: { status: 401 } });
    await expect(write(closed, updates(2))).rejects.toMatchObject({ code: "sign_in_failed" });
    expect(sent(closed)).toHaveLength(2);
  });
});

describe("updates without guards", () => {
  const body = (request: HttpRequest | undefined): { Targets: Record<string, unknown>[] } =>
    JSON.parse(request?.body ?? "{}") as { Targets: Record<string, unknown>[] };

  it("travel as one transaction where the organization offers it, asked once", async () => {
    const wire = scriptedWire({ ...OFFERED, UpdateMultiple: { status: 204 } });
    const source = open(wire);
    for (let round = 0; round < 2; round++) {
      const outcomes = await inOrder(source.write(CONTACT, updates(3, null), NEVER), updates(3));
      expect(outcomes).toEqual(updates(3).map(() => ({ kind: "written", version: null })));
    }
    expect(wire.paths("sdkmessagefilters")).toEqual([
      `${API}/sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq @message and primaryobjecttypecode eq @table&@message='UpdateMultiple'&@table='contact'`,
    ]);
    const [first] = sent(wire);
    expect(first?.url).toBe(`${API}/contacts/Microsoft.Dynamics.CRM.UpdateMultiple`);
    expect(body(first).Targets[2]).toEqual({
      "@odata.type": "Microsoft.Dynamics.CRM.contact",
      contactid: guid(3),
      firstname: "text 3",
    });
  });

  it("keep apart from writes that need an answer of their own", async () => {
    const wire = scriptedWire({ ...OFFERED, UpdateMultiple: { status: 204 }, $batch: each(done) });
    const writes = [...updates(2, null), update(3), update(4)];
    expect(await write(wire, writes)).toMatchObject([
      { version: null },
      { version: null },
      { version: "2003" },
      { version: "2004" },
    ]);
  });

  it("are taken apart in halves when one is refused, and the last few travel as a batch", async () => {
    const bad = 77;
    const wire = scriptedWire({
      ...OFFERED,
      UpdateMultiple: (request) =>
        body(request).Targets.some(({ contactid }) => contactid === guid(bad))
          ? refused(400, "0x80040265", "Not that one.")
          : { status: 204 },
      $batch: each((n) => (n === bad ? no(400, "0x80040265", "Not that one.") : done(n))),
    });
    const outcomes = await write(wire, updates(100, null));
    for (const [place, { kind }] of outcomes.entries())
      expect(kind).toBe(place + 1 === bad ? "refused" : "written");
    expect(sent(wire).length).toBeLessThan(12);
    const [few] = sent(wire).filter(({ url }) => url.endsWith("$batch"));
    expect(few && recordsIn(few).length).toBeLessThanOrEqual(10);
  });

  it.each<[string, Line, string]>([
    ["a deadlock", refused(500, "0x80044150"), "later"],
    ["a lost answer", wireError("ECONNRESET"), "unknown"],
    ["a web page", { headers: { "content-type": "text/html" }, body: "<html>" }, "unknown"],
    ["a gateway", { status: 504 }, "unknown"],
  ])("are not sent again after %s", async (_, line, kind) => {
    const wire = scriptedWire({ ...OFFERED, UpdateMultiple: line });
    expect(kinds(await write(wire, updates(3, null)))).toBe(kind);
    expect(sent(wire)).toHaveLength(1);
  });

  it.each<[string, Record<string, Line>]>([
    ["there are none", NONE_OFFERED],
    ["the list may not be read", { "/sdkmessagefilters": refused(403, "0x80040220") }],
    ["there is no list", { "/sdkmessagefilters": refused(404, "0x8006088a") }],
    ["the offer does not hold", { ...OFFERED, UpdateMultiple: refused(404, "0x8006088a") }],
  ])("travel as a batch, without another word, when %s", async (_, lines) => {
    const wire = scriptedWire({ ...lines, $batch: each(done) });
    const source = open(wire);
    for (let round = 0; round < 2; round++) {
      const outcomes = await inOrder(source.write(CONTACT, updates(2, null), NEVER), updates(2));
      expect(kinds(outcomes)).toBe("written");
    }
    expect(wire.paths("sdkmessagefilters")).toHaveLength(1);
    expect(
      wire.paths("UpdateMultiple").filter((url) => !url.includes("sdkmessage")).length,
    ).toBeLessThanOrEqual(1);
    expect(sent(wire).at(-1)?.body).toContain("if-match: *");
  });
});
