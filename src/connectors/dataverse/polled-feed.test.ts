import { describe, expect, it } from "vitest";

import type { Line } from "../../../test/connectors/script.ts";
import { refused, scriptedWire } from "../../../test/connectors/script.ts";
import {
  CONTACT,
  UNTRACKED,
  brief,
  contact,
  openTimed,
  page,
  pagesOf,
  request,
} from "../../../test/connectors/organization.ts";

const at = (n: number, time: string): object => contact(n, { modifiedon: `2026-11-20T${time}Z` });
const feed = request({ entity: UNTRACKED });
const HOUR = 3_600_000;

/** Reads the first walk, then hands out the source and the position after it. */
async function begun(lines: Readonly<Record<string, Line | readonly Line[]>>) {
  const wire = scriptedWire({
    ...lines,
    "skiptoken=a": page([at(3, "10:00:05")]),
    "modifiedon&$orderby": page([at(1, "10:00:00"), at(2, "10:00:00")], { next: "$skiptoken=a" }),
  });
  const { source, timing } = openTimed(wire, { polling: { compareEveryMs: 6 * HOUR } });
  const pages = await pagesOf(source, feed);
  return { wire, source, timing, pages, from: pages.at(-1)?.next ?? null };
}

describe("an entity without change tracking", () => {
  it("is read whole in order of time and id (P15)", async () => {
    const { wire, pages } = await begun({});
    expect(pages.map((one) => [one.phase, brief(one), one.last])).toEqual([
      ["snapshot", "+1 +2", false],
      ["snapshot", "+3", true],
    ]);
    expect(wire.paths("$orderby")[0]).toContain("$orderby=modifiedon asc,contactid asc");
    expect(wire.sent[1]?.headers["prefer"]).toBe("odata.maxpagesize=2");
  });

  it("is polled from the data's latest time, with an overlap", async () => {
    const { source, from, wire } = await begun({
      "modifiedon ge": page([at(3, "10:00:05"), at(4, "10:07:00")]),
    });
    const [poll] = await pagesOf(source, { ...feed, from });
    expect([poll?.phase, poll && brief(poll), poll?.last]).toEqual(["changes", "+3 +4", true]);
    expect(wire.paths("modifiedon ge")[0]).toContain("$filter=modifiedon ge 2026-11-20T09:55:05Z&");
    await pagesOf(source, { ...feed, from: poll?.next ?? null });
    expect(wire.paths("modifiedon ge")[1]).toContain("ge 2026-11-20T10:02:00Z&");
  });

  it("keeps its time when a poll finds nothing, whatever our clock says (P4)", async () => {
    const { source, from, wire, timing } = await begun({ "modifiedon ge": page([]) });
    timing.advance(5 * HOUR);
    const [poll] = await pagesOf(source, { ...feed, from });
    await pagesOf(source, { ...feed, from: poll?.next ?? null });
    expect(wire.paths("modifiedon ge").map((path) => /ge ([^&]+)/u.exec(path)?.[1])).toEqual([
      "2026-11-20T09:55:05Z",
      "2026-11-20T09:55:05Z",
    ]);
  });

  it("goes on in the middle of a walk", async () => {
    const { source, pages, wire } = await begun({});
    const rest = await pagesOf(source, { ...feed, from: pages[0]?.next ?? null });
    expect(rest.map(brief)).toEqual(["+3"]);
    expect(wire.paths("$orderby")).toHaveLength(1);
  });

  it("is compared whole when that is due, to find its deletes", async () => {
    const { source, from, timing } = await begun({ "modifiedon ge": page([]) });
    timing.advance(6 * HOUR);
    const compared = await pagesOf(source, { ...feed, from });
    expect(compared.map(({ phase, last }) => [phase, last])).toEqual([
      ["compare", false],
      ["compare", true],
    ]);
    const after = await pagesOf(source, { ...feed, from: compared.at(-1)?.next ?? null });
    expect(after.map(({ phase }) => phase)).toEqual(["changes"]);
  });

  it("is compared when change tracking comes or goes", async () => {
    const { source, from } = await begun({ "contactid,firstname": page([contact(1)], { delta: "1" }) });
    const tracked = request({ entity: CONTACT, from });
    const [turned] = await pagesOf(source, tracked);
    expect(turned?.phase).toBe("compare");
    const back = await pagesOf(source, { ...feed, from: turned?.next ?? null });
    expect(back[0]?.phase).toBe("compare");
  });

  it("reports lost history when its next link is refused, and a column that is gone as such", async () => {
    const first = page([at(1, "10:00:00")], { next: "$skiptoken=a" });
    const cut = scriptedWire({
      "skiptoken=a": refused(400, "0x80040203", "Malformed cookie"),
      $orderby: first,
    });
    await expect(pagesOf(openTimed(cut).source, feed)).rejects.toMatchObject({
      code: "history_lost",
      entity: "contact",
    });
    const gone = scriptedWire({
      $orderby: refused(400, "0x80060888", "Could not find a property named 'firstname' on type 'x'."),
    });
    await expect(pagesOf(openTimed(gone).source, feed)).rejects.toMatchObject({
      code: "field_missing",
      field: "firstname",
    });
  });

  it("has no polls without a time, only whole reads", async () => {
    const timeless = {
      ...UNTRACKED,
      attributes: UNTRACKED.attributes.filter(({ name }) => name !== "modifiedon"),
    };
    const wire = scriptedWire({ "$orderby=contactid asc": page([contact(1)]) });
    const { source, timing } = openTimed(wire, { polling: { compareEveryMs: HOUR } });
    const [whole] = await pagesOf(source, { ...feed, entity: timeless });
    const [poll] = await pagesOf(source, { ...feed, entity: timeless, from: whole?.next ?? null });
    expect([poll?.phase, poll && brief(poll), poll?.last, poll?.bytes]).toEqual(["changes", "", true, 0]);
    timing.advance(HOUR);
    const [due] = await pagesOf(source, { ...feed, entity: timeless, from: poll?.next ?? null });
    expect(due?.phase).toBe("compare");
  });
});
