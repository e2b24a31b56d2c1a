import type { ConnectionStatus, CycleStatus, EntityStatus, Status } from "../../src/core/status.ts";

export const AT = "2026-11-24T06:00:00.000Z";

/** An entity that follows its changes; what a test does not care about is filled in. */
export function entityStatus(facts: Partial<EntityStatus> = {}): EntityStatus {
  return {
    entity: "contact",
    label: "Contact",
    table: "people",
    state: "following",
    rows: 1_200,
    read: 1_200,
    expected: 1_200,
    rate: 0,
    secondsLeft: null,
    backlog: 0,
    lastChangeAt: "2026-11-24T05:59:48.000Z",
    changeTracking: true,
    parked: 0,
    pending: null,
    paused: null,
    wanted: null,
    lastHour: { from: "2026-11-24T05:00:00.000Z", created: 0, updated: 0, deleted: 0, pushed: 0, made: 0 },
    trouble: null,
    fields: { on: 40, available: 300 },
    ...facts,
  };
}

export function cycleStatus(facts: Partial<CycleStatus> = {}): CycleStatus {
  return {
    number: 7,
    startedAt: "2026-11-24T05:58:00.000Z",
    endedAt: "2026-11-24T05:59:00.000Z",
    outcome: "done",
    pages: 6,
    created: 1,
    updated: 2,
    deleted: 0,
    unchanged: 3,
    pushed: 0,
    refused: 0,
    requests: 1_234,
    ...facts,
  };
}

export function connectionStatus(facts: Partial<ConnectionStatus> = {}): ConnectionStatus {
  return {
    id: 1,
    name: "dynamics",
    url: "https://org.example",
    state: "resting",
    paused: null,
    trouble: null,
    waiting: null,
    entities: [entityStatus()],
    backfills: [],
    cycle: null,
    lastCycle: cycleStatus(),
    nextCycleAt: "2026-11-24T06:04:00.000Z",
    pauseSeconds: 300,
    ...facts,
  };
}

export function statusOf(...connections: readonly ConnectionStatus[]): Status {
  return {
    version: "0.1.0",
    at: AT,
    workspace: "marketing",
    demo: false,
    database: { kind: "server", server: "db", psql: "psql" },
    connections,
  };
}
