/** What a server may tell the dashboard, one scene per state. Pure: `now` places them in time. */
import { ERROR_CODES } from "../../src/core/errors.ts";
import type { ErrorCode } from "../../src/core/errors.ts";
import type { ConnectionStatus, CycleStatus, EntityStatus, Status, Trouble } from "../../src/core/status.ts";

const SIZES = [
  { entity: "systemuser", label: "Users", table: "users", size: 412, fields: { on: 24, available: 163 } },
  { entity: "team", label: "Teams", table: "teams", size: 38, fields: { on: 11, available: 41 } },
  {
    entity: "account",
    label: "Accounts",
    table: "companies",
    size: 18_204,
    fields: { on: 46, available: 231 },
  },
  {
    entity: "contact",
    label: "Contacts",
    table: "people",
    size: 240_518,
    fields: { on: 61, available: 284 },
  },
  { entity: "lead", label: "Leads", table: "people", size: 131_077, fields: { on: 58, available: 247 } },
  {
    entity: "opportunity",
    label: "Opportunities",
    table: "opportunities",
    size: 9_870,
    fields: { on: 39, available: 214 },
  },
  {
    entity: "new_subscription",
    label: "Subscriptions",
    table: "custom_subscription",
    size: 33_015,
    fields: { on: 18, available: 22 },
  },
] as const;

/** The snapshot with each entity read to the given share, from 0 to 1, in the order above. */
export function copying(now: number, share: number): Status {
  let left = share * SIZES.length;
  const entities = SIZES.map((kind) => {
    const part = Math.min(1, Math.max(0, left));
    left -= 1;
    return entityOf(kind, part, now);
  });
  return statusOf(now, {
    ...calm(now),
    state: "copying",
    entities,
    cycle: { ...cycleOf(now, 1), created: entities.reduce((sum, { rows }) => sum + rows, 0) },
    lastCycle: null,
    nextCycleAt: null,
  });
}

export function following(now: number): Status {
  const connection = calm(now);
  const entities = connection.entities.map((entity) =>
    entity.entity === "contact"
      ? { ...entity, rate: 41.6, backlog: 318, lastChangeAt: iso(now - 2_000) }
      : entity,
  );
  const cycle = { ...cycleOf(now, 13), created: 12, updated: 301, deleted: 2, unchanged: 9 };
  return statusOf(now, { ...connection, state: "following", entities, cycle, nextCycleAt: null });
}

export function resting(now: number): Status {
  return statusOf(now, calm(now));
}

export function waiting(now: number): Status {
  return statusOf(now, {
    ...calm(now),
    state: "waiting",
    trouble: troubleOf(
      "throttled",
      "Dynamics asked us to slow down: too many requests in five minutes.",
      now,
    ),
    waiting: { until: iso(now + 42_000), reason: "Dynamics asked us to slow down", attempt: 3 },
  });
}

export function attention(now: number): Status {
  const refused =
    "The application user may not read this entity in the whole organization: prvReadOpportunity.";
  const untracked = "Change tracking is off for Subscriptions, so deletes are found only by comparing ids.";
  const entities = calm(now).entities.map((entity): EntityStatus => {
    if (entity.entity === "opportunity") {
      return { ...entity, state: "set-aside", trouble: troubleOf("permission_missing", refused, now) };
    }
    if (entity.entity === "new_subscription") {
      return { ...entity, changeTracking: false, trouble: troubleOf("change_tracking_off", untracked, now) };
    }
    return entity.entity === "lead" ? { ...entity, parked: 14 } : entity;
  });
  return statusOf(now, {
    ...calm(now),
    state: "attention",
    trouble: troubleOf(
      "sign_in_failed",
      "The identity provider refused the client secret of application 4f1c…: it expired on 23 November.",
      now,
    ),
    entities,
    nextCycleAt: null,
  });
}

export function empty(now: number): Status {
  return { ...statusOf(now, calm(now)), demo: false, connections: [] };
}

function statusOf(now: number, connection: ConnectionStatus): Status {
  return {
    version: "0.1.0",
    at: iso(now),
    workspace: "marketing",
    demo: true,
    database: {
      kind: "embedded",
      server: "PostgreSQL 18.4 in ./data",
      psql: "psql 'host=/home/ada/tandem/data/socket port=5432 user=tandem dbname=tandem'",
    },
    connections: [connection],
  };
}

function calm(now: number): ConnectionStatus {
  return {
    id: 1,
    name: "Contoso Europe",
    url: "https://contoso-europe.crm4.dynamics.com",
    state: "resting",
    paused: null,
    trouble: null,
    waiting: null,
    entities: SIZES.map((kind) => ({ ...entityOf(kind, 1, now), state: "following" })),
    backfills: [],
    cycle: null,
    lastCycle: {
      ...cycleOf(now - 108_000, 12),
      endedAt: iso(now - 108_000),
      outcome: "done",
      created: 37,
      updated: 1_284,
      deleted: 9,
      unchanged: 212,
    },
    nextCycleAt: iso(now + 192_000),
    pauseSeconds: 300,
  };
}

function entityOf(kind: (typeof SIZES)[number], share: number, now: number): EntityStatus {
  const { size, ...named } = kind;
  const read = Math.round(size * share);
  const under = share > 0 && share < 1;
  return {
    ...named,
    state: share === 0 ? "queued" : under ? "copying" : "following",
    rows: read,
    read,
    expected: size,
    rate: under ? 3_412.4 : 0,
    secondsLeft: under ? (size - read) / 3_412.4 : null,
    backlog: size - read,
    lastChangeAt: share === 0 ? null : iso(now - 95_000),
    changeTracking: true,
    parked: 0,
    pending: null,
    paused: null,
    wanted: null,
    lastHour: { from: iso(now - 3_600_000), created: 0, updated: 0, deleted: 0, pushed: 0, made: 0 },
    trouble: null,
  };
}

function cycleOf(now: number, number: number): CycleStatus {
  return {
    number,
    startedAt: iso(now - 46_000),
    endedAt: null,
    outcome: "running",
    pages: 31,
    created: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    pushed: 0,
    refused: 0,
    requests: 44,
  };
}

function troubleOf(code: ErrorCode, message: string, now: number): Trouble {
  const { remedy, who } = ERROR_CODES[code];
  return { code, message, remedy, who, since: iso(now - 754_000) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
