import { z } from "zod";
import { ERROR_CODES } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { Backfill } from "../core/backfill.ts";
import type { Pause } from "../core/run-port.ts";
import type {
  ConnectionStatus,
  CycleStatus,
  EntityStatus,
  MovedInHour,
  PendingEdits,
  Status,
  Trouble,
} from "../core/status.ts";

const count = z.int().min(0);
const time = z.iso.datetime({ offset: true }).describe("ISO 8601, UTC");
const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

/** Who can make a trouble go away; `nobody` means that it passes by itself. */
export const responsibleSchema = z.enum(["nobody", "admin", "dynamics-admin", "editor"]);

export const troubleSchema = z.object({
  code: z.enum(codes),
  message: z.string(),
  remedy: z.string(),
  who: responsibleSchema,
  since: time,
}) satisfies z.ZodType<Trouble>;

const pendingEditsSchema = z.object({
  waiting: count.describe("Records with an edit that will travel by itself; counted up to 10,000"),
  parked: count.describe("Records with an edit that was refused and waits for a person; up to 10,000"),
  oldestAt: time.nullable().describe("When the oldest of those that wait was made"),
}) satisfies z.ZodType<PendingEdits>;

export const pauseSchema = z.object({
  since: time,
  by: z.string().describe("Who, and by which way"),
}) satisfies z.ZodType<Pause>;

const movedInHourSchema = z.object({
  from: time.describe("When the hour began"),
  created: count.describe("Rows that were made because Dynamics had a record"),
  updated: count.describe("Rows that were changed because Dynamics had"),
  deleted: count.describe("Rows that were flagged as deleted in Dynamics"),
  pushed: count.describe("Records that were written in Dynamics"),
  made: count.describe("Records that were made in Dynamics"),
}) satisfies z.ZodType<MovedInHour>;

export const entityStatusSchema = z.object({
  entity: z.string().describe("Logical name in Dynamics"),
  label: z.string(),
  table: z.string().describe("Marketing table"),
  state: z.enum(["queued", "copying", "comparing", "following", "set-aside", "paused"]),
  paused: pauseSchema.nullable().describe("Who paused it, and since when"),
  rows: count.describe("Records of this entity in the marketing database now, deleted ones included"),
  read: count.describe("Records read by the snapshot or compare pass under way or last finished"),
  expected: count.nullable().describe("Records the organization says it has; null when unknown"),
  rate: z.number().min(0).describe("Records per second over the last seconds"),
  secondsLeft: z.number().min(0).nullable().describe("Seconds until the snapshot ends at this rate"),
  backlog: count.nullable().describe("Changes read but not yet applied plus snapshot records still to come"),
  lastChangeAt: time.nullable(),
  changeTracking: z.boolean(),
  parked: count.describe("Records refused one by one, waiting for a person"),
  pending: pendingEditsSchema
    .nullable()
    .describe("Edits that Dynamics does not have yet; null where nothing travels there"),
  wanted: pendingEditsSchema
    .nullable()
    .describe("People who were asked for and shall be made as this entity; null where nobody is made"),
  lastHour: movedInHourSchema.describe("The last full clock hour, in UTC"),
  trouble: troubleSchema.nullable(),
  fields: z.object({ on: count, available: count }),
}) satisfies z.ZodType<EntityStatus>;

export const cycleStatusSchema = z.object({
  number: count,
  startedAt: time,
  endedAt: time.nullable(),
  outcome: z.enum(["running", "done", "partial", "failed", "stopped"]),
  pages: count,
  created: count,
  updated: count,
  deleted: count,
  unchanged: count,
  pushed: count.describe("Records that were written in Dynamics"),
  refused: count.describe("Records with an edit that was refused"),
  requests: count,
}) satisfies z.ZodType<CycleStatus>;

const spanSchema = z.object({ from: time.exactOptional(), before: time.exactOptional() });

export const backfillSchema = z.object({
  id: z.string(),
  entity: z.string(),
  attributes: z.array(z.string()),
  way: z
    .enum(["feed", "filter", "ids"])
    .describe("`feed`: every record, because fields were switched on; the others: chosen records"),
  conditions: z.object({
    created: spanSchema.exactOptional(),
    changed: spanSchema.exactOptional(),
    where: z.string().exactOptional(),
  }),
  state: z.enum(["queued", "running", "done", "failed", "cancelled"]),
  read: count.describe("Records read so far"),
  expected: count.nullable(),
  rate: z.number().min(0).describe("Records per second over the last seconds"),
  secondsLeft: z.number().min(0).nullable(),
  requestedAt: time,
  requestedBy: z.string().nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  outcome: z.string().nullable().describe("Why it ended otherwise than well"),
}) satisfies z.ZodType<Backfill>;

export const connectionStatusSchema = z.object({
  id: count,
  name: z.string(),
  url: z.string(),
  state: z.enum(["connecting", "copying", "following", "resting", "waiting", "attention", "paused"]),
  paused: pauseSchema.nullable().describe("Who paused it, and since when"),
  trouble: troubleSchema.nullable(),
  waiting: z
    .object({ until: time, reason: z.string(), attempt: count })
    .nullable()
    .describe("The wait under way, when Dynamics asked for one or did not answer"),
  entities: z.array(entityStatusSchema),
  backfills: z
    .array(backfillSchema)
    .describe("Values of fields that are being brought again, or wait for it"),
  cycle: cycleStatusSchema.nullable().describe("The cycle under way"),
  lastCycle: cycleStatusSchema.nullable(),
  nextCycleAt: time.nullable(),
  pauseSeconds: z.number().min(0).describe("Seconds the pause between cycles lasts"),
}) satisfies z.ZodType<ConnectionStatus>;

/**
 * The contract of `GET /api/status` and of each `status` event, held to the type in `core/status.ts` by the compiler.
 * Parsing drops whatever the contract does not name, so nothing else can leave through the API.
 */
export const statusSchema = z.object({
  version: z.string(),
  at: time,
  workspace: z.string(),
  demo: z.boolean(),
  database: z.object({ kind: z.enum(["embedded", "server"]), server: z.string(), psql: z.string() }),
  connections: z.array(connectionStatusSchema),
}) satisfies z.ZodType<Status>;
