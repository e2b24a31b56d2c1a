import { expect, test } from "vitest";
import { HISTORY_MS, extendHistory } from "../../dashboard/src/live/history.ts";
import { shareOf, totalsOf } from "../../dashboard/src/status/totals.ts";
import { groupTroubles } from "../../dashboard/src/status/troubles.ts";
import { sentenceOf } from "../../dashboard/src/status/words.ts";
import type { ConnectionStatus, Status } from "../../src/core/status.ts";
import * as scenes from "./scenes.ts";

const now = Date.UTC(2026, 10, 24, 6, 0, 0);

function connectionOf(status: Status): ConnectionStatus {
  const [connection] = status.connections;
  if (connection === undefined) throw new Error("the scene has no connection");
  return connection;
}

test("while copying, the whole is what all entities hold, and time left counts those in the queue", () => {
  const totals = totalsOf(connectionOf(scenes.copying(now, 0.5)));
  expect(totals.progress?.expected).toBe(433_134);
  expect(totals.progress?.read).toBe(totals.rows);
  expect(totals.secondsLeft).toBeCloseTo((433_134 - totals.rows) / totals.rate);
  expect(totals.backlog).toBe(433_134 - totals.rows);
});

test("once all is read there is no progress to show", () => {
  expect(totalsOf(connectionOf(scenes.resting(now))).progress).toBeNull();
});

test("a share never passes the whole, and an empty entity is complete", () => {
  expect(shareOf({ read: 120, expected: 100 })).toBe(1);
  expect(shareOf({ read: 0, expected: 0 })).toBe(1);
  expect(shareOf({ read: 5, expected: null })).toBeNull();
});

test("what is set aside does not keep the whole from being done", () => {
  const connection = connectionOf(scenes.copying(now, 0.5));
  const entities = connection.entities.map((entity) =>
    entity.entity === "lead" ? { ...entity, state: "set-aside" as const } : entity,
  );
  expect(totalsOf({ ...connection, entities }).progress?.expected).toBe(433_134 - 131_077);
});

test.each([
  [
    "copying",
    (at: number) => scenes.copying(at, 0.5),
    /^Reading everything for the first time: [\d,]+ of 433,134 records, about .* left\.$/,
  ],
  ["following", scenes.following, /^A cycle is reading/],
  ["resting", scenes.resting, /^Everything is read\. The next cycle begins in 3:12\.$/],
  ["waiting", scenes.waiting, /^Dynamics asked us to slow down\. Goes on by itself in 0:42 \(attempt 3\)\.$/],
  ["attention", scenes.attention, /^Nothing flows until a person acts/],
] as const)("%s is told in one sentence", (_name, scene, sentence) => {
  expect(sentenceOf(connectionOf(scene(now)), now)).toMatch(sentence);
});

test("troubles come by cause: the connection's own, then what stops something, then what hampers", () => {
  const connection = connectionOf(scenes.attention(now));
  expect(groupTroubles(connection).map(({ code, weight, entities }) => [code, weight, entities])).toEqual([
    ["sign_in_failed", "stops", []],
    ["permission_missing", "stops", ["Opportunities"]],
    ["change_tracking_off", "hampers", ["Subscriptions"]],
  ]);
});

test("one cause that holds up several entities is told once, since the first", () => {
  const connection = connectionOf(scenes.attention(now));
  const first = "2026-11-20T00:00:00.000Z";
  const entities = connection.entities.map((entity, index) => {
    const trouble = connection.entities.find(({ state }) => state === "set-aside")?.trouble ?? null;
    return index === 0 && trouble !== null
      ? { ...entity, state: "set-aside" as const, trouble: { ...trouble, since: first } }
      : entity;
  });
  const group = groupTroubles({ ...connection, entities }).find(({ code }) => code === "permission_missing");
  expect(group).toMatchObject({ entities: ["Users", "Opportunities"], since: first });
});

test("history keeps its length, and silence is a gap", () => {
  const told = extendHistory(new Map(), scenes.following(now), now);
  const silent = extendHistory(told, null, now + 1_000);
  expect(silent.get(1)).toEqual([
    { at: now, rate: 41.6, backlog: 318, tally: { cycle: 13, records: 324 } },
    { at: now + 1_000, rate: null, backlog: null, tally: null },
  ]);
  const later = extendHistory(silent, scenes.resting(now), now + HISTORY_MS);
  expect(later.get(1)?.map(({ at }) => at)).toEqual([now + 1_000, now + HISTORY_MS]);
});

test("a cycle that is over within moments still shows in the rate, once", () => {
  const before = scenes.resting(now);
  const calm = connectionOf(before);
  if (calm.lastCycle === null) throw new Error("the scene has no last cycle");
  const quick = { ...calm.lastCycle, number: 13, created: 4, updated: 16, deleted: 0, unchanged: 0 };
  const after = { ...before, connections: [{ ...calm, lastCycle: quick }] };
  let history = extendHistory(new Map(), before, now);
  for (const [status, at] of [
    [before, 1_000],
    [after, 3_000],
    [after, 4_000],
  ] as const) {
    history = extendHistory(history, status, now + at);
  }
  expect(history.get(1)?.map(({ rate }) => rate)).toEqual([0, 0, 10, 0]);
});

test("a running cycle counts by what it has added, and by its end only by the rest", () => {
  const before = scenes.following(now);
  const running = connectionOf(before);
  if (running.cycle === null) throw new Error("the scene has no cycle");
  const still = running.entities.map((entity) => ({ ...entity, rate: 0 }));
  const at = (change: Partial<ConnectionStatus>) => ({
    ...before,
    connections: [{ ...running, entities: still, ...change }],
  });
  const further = { ...running.cycle, created: running.cycle.created + 30 };
  const ended = { ...further, created: further.created + 5, outcome: "done" as const };
  let history = extendHistory(new Map(), at({}), now);
  history = extendHistory(history, at({ cycle: further }), now + 1_000);
  history = extendHistory(history, at({ cycle: null, lastCycle: ended }), now + 2_000);
  expect(history.get(1)?.map(({ rate }) => rate)).toEqual([0, 30, 5]);
});
