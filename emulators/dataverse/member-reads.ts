import { onWire } from "./codec.ts";
import { collectionNamed } from "./collections.ts";
import { propertyNamed } from "./columns.ts";
import { segmentNotFound } from "./errors.ts";
import { readCount, readEntitySet } from "./entity-set.ts";
import { related } from "./expand.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, jsonAnswer } from "./message.ts";
import { navigationOf } from "./navigation.ts";
import { readable, readRecord } from "./record-read.ts";
import type { Within } from "./row-query.ts";
import { rowQuery, rowsAfter, within } from "./row-query.ts";
import type { Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/** What stands behind a record in an address: `…/name`, `…/Account_Tasks/$count`. */
interface Member {
  readonly name: string;
  readonly next: string | undefined;
}

/** Answers `GET leads(<id>)/subject`, `…/createdby`, `…/Lead_Tasks`, and `$value`, `$ref` and `$count` of these. */
export function readMember(call: WebCall, table: Table, row: Row, { name, next }: Member): Answer {
  const { entity } = table;
  const collection = collectionNamed(call.organization, entity, name);
  if (collection !== undefined) {
    const inside = within(call, collection, { entity: entity.logicalName, id: row.id });
    return readCollection(call, collection.children, inside, next);
  }
  if (navigationOf(entity, name) !== undefined) return readLookup(call, table, row, { name, next });
  return readColumn(call, table, row, { name, next });
}

function readCollection(call: WebCall, children: Table, inside: Within, next: string | undefined): Answer {
  switch (next) {
    case undefined:
      return readEntitySet(call, children, inside);
    case "$count":
      return readCount(call, children, inside);
    case "$ref":
      return references(call, children, inside);
    default:
      throw segmentNotFound(next);
  }
}

function references(call: WebCall, children: Table, inside: Within): Answer {
  const rows = rowsAfter(rowQuery(call, children, inside), undefined, call.settings.pageLimit);
  const value = rows.map(({ id }) => ({
    "@odata.id": `${call.api}/${children.entity.entitySetName}(${id})`,
  }));
  return jsonAnswer(JSON.stringify({ "@odata.context": `${call.api}/$metadata#Collection($ref)`, value }));
}

/** The record behind a lookup, or its reference; 204 when there is none. */
function readLookup(call: WebCall, table: Table, row: Row, { name, next }: Member): Answer {
  if (next !== undefined && next !== "$ref") throw segmentNotFound(next);
  const found = related(call, table, name, row);
  if (found === undefined) return emptyAnswer();
  if (next === undefined) return readRecord(call, found.table, readable(call, found.table, found.row.id));
  const id = `${call.api}/${found.table.entity.entitySetName}(${found.row.id})`;
  return jsonAnswer(JSON.stringify({ "@odata.context": `${call.api}/$metadata#$ref`, "@odata.id": id }));
}

function readColumn(call: WebCall, table: Table, row: Row, { name, next }: Member): Answer {
  if (next !== undefined && next !== "$value") throw segmentNotFound(next);
  const attribute = propertyNamed(table.entity, name);
  const stored = table.text(row, attribute.logicalName);
  if (stored === undefined) return emptyAnswer();
  const json = onWire(attribute, stored);
  if (next === "$value") {
    const body = json.startsWith('"') ? (JSON.parse(json) as string) : json;
    return { status: 200, headers: { "Content-Type": "text/plain", "OData-Version": "4.0" }, body };
  }
  const context = `${call.api}/$metadata#${table.entity.entitySetName}(${row.id})/${name}`;
  return jsonAnswer(`{"@odata.context":"${context}","value":${json}}`);
}
