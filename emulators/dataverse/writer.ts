import { ApiError } from "./errors.ts";
import type { Writer } from "./record-writes.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/** The writer that a call makes of its caller. */
export function writerOf(call: WebCall): Writer {
  const { organization, settings, caller, onBehalf, plugIns } = call;
  return { organization, settings, caller, plugIns, ...(onBehalf === undefined ? {} : { onBehalf }) };
}

/** Refuses when the caller's privilege does not reach this row. */
export function demandWritable(call: WebCall, table: Table, id: string, type: "Write" | "Delete"): void {
  const depth = call.access.demand(call.caller, table.entity, type);
  const row = table.row(id);
  if (depth !== "user" || row === undefined || call.access.reaches(call.caller, table.owned(row), type))
    return;
  throw new ApiError(
    403,
    "0x80048306",
    `SecLib::AccessCheckEx failed. User ${call.caller} may not ${type.toLowerCase()} ${table.entity.logicalName} ${id}.`,
  );
}
