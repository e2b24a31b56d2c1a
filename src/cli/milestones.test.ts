import { expect, test } from "vitest";
import type { ConnectionStatus, EntityStatus, Status } from "../core/status.ts";
import { Milestones } from "./milestones.ts";

test("says once when the first record and when all records are there", () => {
  const milestones = new Milestones();
  expect(milestones.reached(status(1, { rows: 0, state: "queued" }), 1)).toEqual([]);
  expect(milestones.reached(status(1, { rows: 500, state: "copying" }), 2.04)).toEqual([
    "First record after 2.0 s.",
  ]);
  expect(milestones.reached(status(1, { rows: 900, state: "copying" }), 3)).toEqual([]);
  const all = "All 1,200 records after 4.5 s; following changes from here on.";
  expect(milestones.reached(status(1, { rows: 1200, state: "following" }), 4.5)).toEqual([all]);
  expect(milestones.reached(status(2, { rows: 1300, state: "following" }), 9)).toEqual([]);
});

test("has nothing to say of a database that was filled before", () => {
  const milestones = new Milestones();
  expect(milestones.reached(status(7, { rows: 1200, state: "following" }), 1)).toEqual([]);
  expect(milestones.reached(status(8, { rows: 1200, state: "following" }), 2)).toEqual([]);
});

function status(number: number, entity: Pick<EntityStatus, "rows" | "state">): Status {
  const connection = {
    entities: [entity],
    cycle: { number },
    lastCycle: null,
  } as unknown as ConnectionStatus;
  return { connections: [connection] } as unknown as Status;
}
