import { expect, test } from "vitest";
import type { Reference } from "./entity-map.ts";
import type { PathRules } from "./entity-paths.ts";
import { pathText, pathsToEnds } from "./entity-paths.ts";

/** `session.room room`: the entity session refers to room by its lookup room. */
function references(...lines: readonly string[]): readonly Reference[] {
  return lines.map((line) => {
    const [from = "", target = ""] = line.split(" ");
    const [entity = "", attribute = ""] = from.split(".");
    return { relationship: line, entity, attribute, target };
  });
}

function texts(entity: string, lines: readonly string[], rules: Partial<PathRules> = {}): readonly string[] {
  const usual = { ends: ["contact"], closed: new Set<string>(), relations: new Set<string>(), most: 9 };
  const paths = pathsToEnds(references(...lines), { ...usual, ...rules });
  return (paths.get(entity) ?? []).map((path) => pathText(entity, path));
}

test("paths follow lookups in either direction, at any depth", () => {
  const lines = ["order.booking booking", "booking.guest contact", "dish.order order", "order.table table"];
  expect(texts("dish", lines)).toEqual(["contact ← booking [guest] ← order [booking] ← dish [order]"]);
  expect(texts("table", lines)).toEqual(["contact ← booking [guest] ← order [booking] → table [table]"]);
  expect(texts("favourite", ["contact.likes favourite"])).toEqual(["contact → favourite [likes]"]);
});

test("an entity with several paths has each of them, shortest first, and no more than asked for", () => {
  const lines = ["seat.guest contact", "seat.payer contact", "seat.table table", "table.host contact"];
  const all = ["contact ← seat [guest]", "contact ← seat [payer]", "contact ← table [host] ← seat [table]"];
  expect(texts("seat", lines)).toEqual(all);
  expect(texts("seat", lines, { most: 2 })).toEqual(all.slice(0, 2));
});

test("no path meets an entity twice, passes through an end, or through what is closed", () => {
  const ring = ["a.b b", "b.c c", "c.a a", "a.who contact"];
  expect(texts("c", ring)).toEqual(["contact ← a [who] ← c [a]", "contact ← a [who] → b [b] → c [c]"]);
  expect(texts("b", ["b.parent b", "b.who contact"])).toEqual(["contact ← b [who]"]);
  expect(texts("x", ["x.owner user", "contact.owner user"], { closed: new Set(["user"]) })).toEqual([]);
  expect(texts("x", ["x.lead lead", "lead.origin contact"], { ends: ["contact", "lead"] })).toEqual([
    "lead ← x [lead]",
  ]);
});

test("a lookup of several entities refers to one of them: no path leads in and out by it", () => {
  expect(texts("visit", ["note.about visit", "note.about contact"])).toEqual([]);
  expect(texts("visit", ["note.about visit", "note.writer contact"])).toEqual([
    "contact ← note [writer] → visit [about]",
  ]);
});

test("what can be about anything is where paths begin, and on no path of others", () => {
  const kinds = ["contact", "visit", "a", "b", "c", "d", "e", "f", "g"].map((kind) => `note.about ${kind}`);
  const lines = [...kinds, "note.writer contact"];
  expect(texts("note", lines)).toEqual(["contact ← note [about]", "contact ← note [writer]"]);
  expect(texts("visit", lines)).toEqual([]);
});

test("several relationships over one lookup are one path", () => {
  const twice = [...references("seat.guest contact"), ...references("seat.guest contact")];
  const rules = { ends: ["contact"], closed: new Set<string>(), relations: new Set<string>(), most: 9 };
  expect(pathsToEnds(twice, rules).get("seat")).toHaveLength(1);
});

test("from a table of somebody's own a path goes down to whatever refers to it", () => {
  const lines = ["stand.event new_event", "visit.event new_event", "visit.who contact"];
  expect(texts("stand", lines)).toEqual(["contact ← visit [who] → new_event [event] ← stand [event]"]);
});

test("from a company a path goes down to its people and relations only", () => {
  const lines = [
    "visit.company account",
    "contact.parent account",
    "invoice.company account",
    "invoice.payer contact",
    "pair.account account",
    "pair.contact contact",
  ];
  expect(texts("visit", lines, { relations: new Set(["pair"]) })).toEqual([
    "contact → account [parent] ← visit [company]",
    "contact ← pair [contact] → account [account] ← visit [company]",
  ]);
});

test("a thousand entities that are all related give no more paths than asked for, at once", () => {
  const names = Array.from({ length: 1000 }, (_, at) => `e${at}`);
  const lines = names.flatMap((name, at) =>
    [1, 2, 3, 5, 8].map((step) => `${name}.r${step} ${names[(at + step) % names.length] ?? ""}`),
  );
  const paths = pathsToEnds(references("e0.who contact", ...lines), {
    ends: ["contact"],
    closed: new Set(),
    relations: new Set(),
    most: 12,
  });
  expect(paths.size).toBe(1000);
  expect(Math.max(...[...paths.values()].map((some) => some.length))).toBe(12);
});
