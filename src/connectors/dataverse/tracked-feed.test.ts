import { describe, expect, it } from "vitest";

import type { Line } from "../../../test/connectors/script.ts";
import { refused, scriptedWire, wireError } from "../../../test/connectors/script.ts";
import {
  API,
  NEVER,
  brief,
  contact,
  deleted,
  guid,
  open,
  page,
  pagesOf,
  request,
} from "../../../test/connectors/organization.ts";

const START = "contacts?$select=contactid,firstname";
const none = page([], {});

describe("a tracked feed from the beginning", () => {
  it("walks the next links, byte for byte, to the delta link", async () => {
    const wire = scriptedWire({
      "skiptoken=a": page([], { next: "$skiptoken=b%2f%3Cx%20y=%22'2'%22" }),
      "skiptoken=b": page([contact(3)], { delta: "77%2108" }),
      [START]: page([contact(1), contact(2)], { next: "$skiptoken=a" }),
    });
    const pages = await pagesOf(open(wire), request());

    expect(pages.map(brief)).toEqual(["+1 +2", "", "+3"]);
    expect(pages.map(({ phase, last }) => [phase, last])).toEqual([
      ["snapshot", false],
      ["snapshot", false],
      ["snapshot", true],
    ]);
    const [, first, , third] = wire.sent;
    expect(first?.headers["prefer"]).toBe("odata.track-changes,odata.maxpagesize=2");
    expect(third?.url).toBe(`${API}/contacts?$skiptoken=b%2f%3Cx%20y=%22'2'%22`);
    expect(pages[0]?.upserts[0]).toMatchObject({
      id: guid(1),
      version: "1001",
      fields: { firstname: "First 1" },
    });
    expect(pages[0]?.bytes).toBeGreaterThan(100);
  });

  it("goes on from any page's position, without reading again what came before", async () => {
    const wire = scriptedWire({
      "skiptoken=a": page([contact(2)], { delta: "9" }),
      "deltatoken=9": page([contact(3), deleted(1)], { delta: "10" }),
      [START]: page([contact(1)], { next: "$skiptoken=a" }),
    });
    const [first] = await pagesOf(open(wire), request());
    const rest = await pagesOf(open(wire), request({ from: first?.next ?? null }));
    expect(rest.map(brief)).toEqual(["+2"]);
    const changes = await pagesOf(open(wire), request({ from: rest.at(-1)?.next ?? null }));
    expect(changes.map((one) => [one.phase, brief(one), one.last])).toEqual([["changes", "+3 -1", true]]);
    expect(wire.paths(START)).toHaveLength(1);
  });

  it("does not walk a next link that leads to itself", async () => {
    const wire = scriptedWire({
      "skiptoken=a": page([contact(1)], { next: "$skiptoken=a" }),
      [START]: page([], { next: "$skiptoken=a" }),
    });
    await expect(pagesOf(open(wire), request())).rejects.toMatchObject({ code: "unexpected_answer" });
  });

  it("begins in the phase compare when it is asked to", async () => {
    const wire = scriptedWire({ [START]: page([contact(1)], { delta: "9" }) });
    const [only] = await pagesOf(open(wire), request({ compare: true }));
    expect(only?.phase).toBe("compare");
  });

  it("takes gzipped pages and lower-cases ids", async () => {
    const shouting = { ...contact(1), contactid: guid(0xab).toUpperCase() };
    const wire = scriptedWire({ [START]: { ...page([shouting], { delta: "9" }), gzip: true } });
    const [only] = await pagesOf(open(wire), request());
    expect(only?.upserts[0]?.id).toBe(guid(0xab));
  });
});

describe("a delta", () => {
  async function delta(lines: Readonly<Record<string, Line | readonly Line[]>>) {
    const wire = scriptedWire({ ...lines, [START]: page([], { delta: "1" }) });
    const source = open(wire);
    const [begun] = await pagesOf(source, request());
    return { wire, source, from: begun?.next ?? null };
  }

  it("asks which it is when an id was created again after its delete", async () => {
    const { source, from, wire } = await delta({
      "deltatoken=1": page([contact(1), contact(2)], { next: "$skiptoken=d" }),
      "skiptoken=d": page([deleted(1), deleted(2), deleted(3)], { delta: "2" }),
      "CRM.In(": page([{ contactid: guid(1) }]),
    });
    const pages = await pagesOf(source, request({ from }));
    expect(pages.map(brief)).toEqual(["+1 +2", "-2 -3"]);
    expect(wire.paths("CRM.In(")[0]).toContain(`PropertyValues=["${guid(1)}","${guid(2)}"]`);
  });

  it("drops the upsert of an id that is gone from the same page", async () => {
    const { source, from } = await delta({
      "deltatoken=1": page([contact(1), contact(2), deleted(2), deleted(1)], { delta: "2" }),
      "CRM.In(": page([{ contactid: guid(2) }]),
    });
    expect((await pagesOf(source, request({ from }))).map(brief)).toEqual(["+2 -1"]);
  });

  it("suspects every delete after a restart in the middle", async () => {
    const { source, from, wire } = await delta({
      "deltatoken=1": page([contact(1)], { next: "$skiptoken=d" }),
      "skiptoken=d": page([deleted(1), deleted(9)], { delta: "2" }),
      "CRM.In(": page([{ contactid: guid(1) }]),
    });
    const [first] = await pagesOf(source, request({ from }));
    const resumed = await pagesOf(open(wire), request({ from: first?.next ?? null }));
    expect(resumed.map(brief)).toEqual(["-9"]);
  });

  it.each([
    ["an expired token", refused(400, "0x80044352", "Version stamp associated with the client has expired.")],
    ["an expired token in capitals", refused(410, "0x80044352".toUpperCase().replace("0X", "0x"))],
    ["change tracking that was taken away", refused(400, "0x80072491")],
    ["a token it cannot read", refused(400, "0x0", "Bad token")],
    ["a token it does not find", refused(404, "")],
    ["a token that is gone", { status: 410 }],
  ])("reports lost history for %s", async (_, line) => {
    const { source, from } = await delta({ "deltatoken=1": line });
    await expect(pagesOf(source, request({ from }))).rejects.toMatchObject({
      code: "history_lost",
      entity: "contact",
    });
  });

  it("does not take other troubles for lost history", async () => {
    const lines: [Line, string][] = [
      [
        refused(403, "0x80040220", "Principal user is missing prvReadContact privilege"),
        "permission_missing",
      ],
      [refused(404, "0x8006088a", "Resource not found for the segment 'contacts'."), "entity_missing"],
      [wireError("ENOTFOUND"), "name_not_found"],
      [refused(503, ""), "unavailable"],
    ];
    for (const [line, code] of lines) {
      const { source, from } = await delta({ "deltatoken=1": line });
      await expect(pagesOf(source, request({ from }))).rejects.toMatchObject({ code });
    }
  });

  it("names the column that is gone by its attribute", async () => {
    const gone = refused(
      400,
      "0x80060888",
      "Could not find a property named '_createdby_value' on type 'Microsoft.Dynamics.CRM.contact'.",
    );
    const wire = scriptedWire({ $select: gone });
    await expect(pagesOf(open(wire), request({ attributes: ["createdby"] }))).rejects.toMatchObject({
      code: "field_missing",
      field: "createdby",
      entity: "contact",
    });
    await expect(pagesOf(open(wire), request({ attributes: ["nosuch"] }))).rejects.toMatchObject({
      code: "field_missing",
      field: "nosuch",
    });
  });
});

describe("a stored position", () => {
  async function positionFor(attributes: readonly string[]): Promise<string | null> {
    const wire = scriptedWire({ $select: page([], { delta: "1" }) });
    const [only] = await pagesOf(open(wire), request({ attributes }));
    return only?.next ?? null;
  }

  it("goes on when fewer attributes are asked for", async () => {
    const from = await positionFor(["firstname", "lastname"]);
    const wire = scriptedWire({ "deltatoken=1": page([contact(1)], { delta: "2" }) });
    const [only] = await pagesOf(open(wire), request({ from, attributes: ["firstname"] }));
    expect(only?.phase).toBe("changes");
  });

  it("begins a compare pass by itself when more are asked for", async () => {
    const from = await positionFor(["firstname"]);
    const wire = scriptedWire({ "$select=contactid,firstname,lastname": page([contact(1)], { delta: "5" }) });
    const [only] = await pagesOf(open(wire), request({ from, attributes: ["firstname", "lastname"] }));
    expect([only?.phase, only?.last]).toEqual(["compare", true]);
  });

  it("begins a compare pass when its link asks for a column that is gone and that nobody wants", async () => {
    const from = await positionFor(["firstname", "lastname"]);
    const wire = scriptedWire({
      "deltatoken=1": refused(400, "0x80060888", "Could not find a property named 'lastname' on type 'x'."),
      [START]: page([contact(1)], { delta: "5" }),
    });
    const [only] = await pagesOf(open(wire), request({ from }));
    expect([only?.phase, only && brief(only)]).toEqual(["compare", "+1"]);
  });

  it("is lost when that happens in the middle of a compare pass", async () => {
    const wire = scriptedWire({
      "skiptoken=a": refused(400, "0x80060888", "Could not find a property named 'lastname' on type 'x'."),
      $select: page([contact(1)], { next: "$skiptoken=a" }),
    });
    const wide = request({ compare: true, attributes: ["firstname", "lastname"] });
    const feed = open(wire).changes(wide, NEVER)[Symbol.asyncIterator]();
    const begun = await feed.next();
    const from = begun.done === true ? null : begun.value.next;
    await feed.return?.();
    await expect(pagesOf(open(wire), request({ from }))).rejects.toMatchObject({ code: "history_lost" });
  });

  it("is lost when it is not ours, or a compare pass cannot go on as it began", async () => {
    const wire = scriptedWire({
      $select: page([contact(1)], { next: "$skiptoken=a" }),
      skiptoken: page([], { delta: "1" }),
    });
    await expect(pagesOf(open(wire), request({ from: "junk" }))).rejects.toMatchObject({
      code: "history_lost",
    });
    const [begun] = await pagesOf(open(wire), request({ compare: true }));
    const more = request({ from: begun?.next ?? null, attributes: ["firstname", "lastname"] });
    await expect(pagesOf(open(wire), more)).rejects.toMatchObject({ code: "history_lost" });
  });
});

describe("lookups of several target types", () => {
  const lookup = "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
  const owned = (n: number, owner: number, type?: string): object =>
    contact(n, { _ownerid_value: guid(owner), ...(type === undefined ? {} : { [lookup]: type }) });
  const feed = request({ attributes: ["ownerid"] });

  it("ask for the target's type, and only then", async () => {
    const wire = scriptedWire({ $select: page([owned(1, 7, "team")], { delta: "1" }) });
    await pagesOf(open(wire), feed);
    await pagesOf(open(wire), request({ attributes: ["createdby"] }));
    const prefer = wire.sent.filter(({ method }) => method === "GET").map(({ headers }) => headers["prefer"]);
    expect(prefer[0]).toContain('odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"');
    expect(prefer[1]).not.toContain("annotations");
  });

  it("are read separately on servers that lose the delta link for it", async () => {
    const old = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
      headers["prefer"]?.includes("annotations") === true
        ? page([owned(1, 7, "team")])
        : page([owned(1, 7), owned(2, 8), contact(3, { _ownerid_value: null })], { delta: "1" });
    const wire = scriptedWire({
      "CRM.In(": page([owned(1, 7, "team"), owned(2, 9, "systemuser")]),
      $select: old,
    });
    const source = open(wire);
    const pages = await pagesOf(source, feed);
    expect(pages.map(({ phase, last }) => [phase, last])).toEqual([
      ["snapshot", false],
      ["compare", true],
    ]);
    expect(pages[1]?.upserts[0]?.fields[lookup]).toBe("team");
    // Its owner changed between the two reads: that comes with the next delta.
    expect(pages[1]?.upserts[1]?.fields[lookup]).toBeUndefined();
    // The source has learnt it: the next walk does not try again.
    expect((await pagesOf(source, feed)).map(({ phase }) => phase)).toEqual(["snapshot"]);
  });

  it("report lost history when a compare pass ends without a delta link, then compare without annotations", async () => {
    const wire = scriptedWire({
      "CRM.In(": page([]),
      $select: ({ headers }) =>
        headers["prefer"]?.includes("annotations") === true ? none : page([owned(1, 7)], { delta: "1" }),
    });
    const source = open(wire);
    const compare = { ...feed, compare: true };
    await expect(pagesOf(source, compare)).rejects.toMatchObject({ code: "history_lost" });
    expect((await pagesOf(source, compare)).map(({ last }) => last)).toEqual([true]);
  });
});

describe("reading ahead", () => {
  it("fetches one page while the one before is used, and no more", async () => {
    const wire = scriptedWire({
      "skiptoken=a": page([contact(2)], { next: "$skiptoken=b" }),
      "skiptoken=b": page([contact(3)], { delta: "1" }),
      [START]: page([contact(1)], { next: "$skiptoken=a" }),
    });
    const feed = open(wire).changes(request(), NEVER)[Symbol.asyncIterator]();
    await feed.next();
    expect(wire.paths("contacts?")).toHaveLength(2);
    await feed.return?.();
    expect(wire.paths("contacts?")).toHaveLength(2);
  });

  it("ends the fetch under way when the iterator is closed", async () => {
    const under = Promise.withResolvers<AbortSignal>();
    const wire = scriptedWire({
      "skiptoken=a": async ({ signal }) => {
        under.resolve(signal);
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        });
        return none;
      },
      [START]: page([contact(1)], { next: "$skiptoken=a" }),
    });
    const feed = open(wire).changes(request(), NEVER)[Symbol.asyncIterator]();
    await feed.next();
    const signal = await under.promise;
    await feed.return?.();
    expect(signal.aborted).toBe(true);
  });

  it("delivers what came before a failure first", async () => {
    const wire = scriptedWire({
      "skiptoken=a": refused(403, "0x80040220"),
      [START]: page([contact(1)], { next: "$skiptoken=a" }),
    });
    const feed = open(wire).changes(request(), NEVER)[Symbol.asyncIterator]();
    expect((await feed.next()).done).toBe(false);
    await expect(feed.next()).rejects.toMatchObject({ code: "permission_missing" });
  });

  it("stops in the middle of a request", async () => {
    const stop = new AbortController();
    const wire = scriptedWire({
      [START]: async ({ signal }) => {
        stop.abort();
        signal.throwIfAborted();
        return none;
      },
    });
    await expect(pagesOf(open(wire), request(), stop.signal)).rejects.toMatchObject({ code: "stopped" });
  });
});
