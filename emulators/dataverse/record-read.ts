import { onWire } from "./codec.ts";
import { propertyNamed } from "./columns.ts";
import { ApiError, doesNotExist } from "./errors.ts";
import { related, rowRenderer } from "./expand.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, jsonAnswer, preferenceApplied } from "./message.ts";
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
  if (depth === "user" && table.text(row, "ownerid")?.slice(1, 37) !== call.caller) {
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

/** Answers `GET leads(<id>)/subject` and the record behind a lookup, `GET leads(<id>)/createdby`. */
export function readMember(call: WebCall, table: Table, row: Row, name: string): Answer {
  const found = related(call, table, name, row);
  if (found !== undefined) return readRecord(call, found.table, readable(call, found.table, found.row.id));
  const attribute = propertyNamed(table.entity, name);
  const stored = table.text(row, attribute.logicalName);
  if (stored === undefined) return emptyAnswer();
  const context = `${call.api}/$metadata#${table.entity.entitySetName}(${row.id})/${name}`;
  return jsonAnswer(`{"@odata.context":"${context}","value":${onWire(attribute, stored)}}`);
}
