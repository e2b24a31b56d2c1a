import { ApiError, doesNotExist } from "./errors.ts";
import { rowRenderer } from "./expand.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer, preferenceApplied } from "./message.ts";
import { contextOf } from "./page-answer.ts";
import type { Row, Table } from "./table.ts";
import { refuseUnsupportedOptions } from "./web-call.ts";
import type { WebCall } from "./web-call.ts";

export function etagOf(row: Row): string {
  return `W/"${row.version}"`;
}

/** A row that the caller may read, or the refusal. */
export function readable(call: WebCall, table: Table, id: string): Row {
  const depth = call.access.demand(call.caller, table.entity, "Read");
  const row = table.row(id);
  if (row === undefined) throw doesNotExist(table.entity.logicalName, id);
  if (depth === "user" && !call.access.reaches(call.caller, table.owned(row), "Read")) {
    throw new ApiError(
      403,
      "0x80048306",
      `SecLib::AccessCheckEx failed. User ${call.caller} has no read access to ${table.entity.logicalName} ${id}.`,
    );
  }
  return row;
}

/** Answers `GET leads(<id>)`, with 304 when the client has this version already. */
export function readRecord(call: WebCall, table: Table, row: Row): Answer {
  refuseUnsupportedOptions(call);
  const etag = etagOf(row);
  const condition = call.request.headers["if-none-match"];
  const plain = !call.query.options.has("$expand") && call.prefer.annotations.length === 0;
  if (condition === etag && plain)
    return { status: 304, headers: { "OData-Version": "4.0", ETag: etag }, body: "" };
  return jsonAnswer(recordBody(call, table, row), { ETag: etag, ...preferenceApplied(call.prefer, []) });
}

/** A single record as a body, in the columns that the call selects. */
export function recordBody(call: WebCall, table: Table, row: Row): string {
  const context = `${call.api}/$metadata#${contextOf(call, table.entity.entitySetName)}/$entity`;
  return `{"@odata.context":"${context}",${rowRenderer(call, table, "record").members(row)}}`;
}
