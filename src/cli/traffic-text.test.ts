import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { AT, entityStatus } from "../../test/cli/status.ts";
import type { EntityStatus } from "../core/status.ts";
import { trafficTable } from "./traffic-text.ts";

const table = (...entities: readonly EntityStatus[]): readonly string[] =>
  trafficTable(entities, new Date(AT)).map((line) => stripVTControlCharacters(line));

test("shows what waits, inserts and updates apart, each with its oldest, and what the last hour moved", () => {
  const { lastHour } = entityStatus();
  const contact = entityStatus({
    wanted: { waiting: 3, parked: 1, oldestAt: "2026-11-24T05:56:00.000Z" },
    pending: { waiting: 1_200, parked: 0, oldestAt: "2026-11-24T05:58:00.000Z" },
    lastHour: { ...lastHour, created: 1_234, updated: 40, pushed: 12, made: 2 },
  });
  const account = entityStatus({ entity: "account", lastHour: { ...lastHour, deleted: 5 } });
  expect(table(entityStatus({ entity: "team" }), contact, account)).toEqual([
    "to Dynamics  to make  oldest     edits  oldest     05:00 to 06:00 UTC",
    "contact            3  4 min ago  1,200  2 min ago  1,234 created, 40 updated, 12 pushed, 2 made in Dynamics",
    "account            0  –              0  –          5 deleted",
  ]);
});

test("is left out where nothing waits and nothing moved", () => {
  expect(table(entityStatus())).toEqual([]);
  expect(table()).toEqual([]);
});
