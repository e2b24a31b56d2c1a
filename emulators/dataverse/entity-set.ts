import { applyAnswer } from "./apply.ts";
import { badQuery } from "./errors.ts";
import { rowRenderer } from "./expand.ts";
import { fetchAnswer } from "./fetch/answer.ts";
import type { Answer } from "./message.ts";
import { contextOf, pageAnswer } from "./page-answer.ts";
import { afterEmptyPage, nextLink, parseSkipToken, turningPoint } from "./paging.ts";
import type { Cookie } from "./paging.ts";
import { cookieAfter, countRows, rowQuery, rowsAfter } from "./row-query.ts";
import type { RowQuery, Within } from "./row-query.ts";
import type { Row, Table } from "./table.ts";
import { asksForCount, COUNT_CAP, countMembers } from "./total-count.ts";
import { countChanges, isTracked, trackedRead } from "./tracking.ts";
import { refuseUnsupportedOptions } from "./web-call.ts";
import type { WebCall } from "./web-call.ts";

/** Answers a read of an entity set, `GET leads?…`, or of a collection within one: `GET accounts(<id>)/Account_Tasks?…`. */
export function readEntitySet(call: WebCall, table: Table, inside?: Within): Answer {
  refuseUnsupportedOptions(call);
  if (inside === undefined && call.query.options.has("fetchXml")) return fetchAnswer(call, table);
  if (call.query.options.has("$apply") && !isTracked(call)) return applyAnswer(call, table, inside);
  const pageSize = Math.min(call.prefer.maxPageSize ?? call.settings.pageLimit, call.settings.pageLimit);
  if (pageSize < 1) throw badQuery("odata.maxpagesize must be at least 1.");
  if (inside === undefined && isTracked(call)) return trackedRead(call, table, pageSize);
  return plainPage(call, table, pageSize, inside);
}

/** Answers `GET leads/$count`, and of a collection. */
export function readCount(call: WebCall, table: Table, inside?: Within): Answer {
  refuseUnsupportedOptions(call);
  const token = call.query.options.get("$deltatoken");
  const count =
    token === undefined
      ? countRows(rowQuery(call, table, inside), COUNT_CAP)
      : countChanges(call, table, token);
  return {
    status: 200,
    headers: { "Content-Type": "text/plain", "OData-Version": "4.0" },
    body: String(count),
  };
}

function topOf(call: WebCall): number | undefined {
  const text = call.query.options.get("$top");
  // The service ignores $top when the client also asks for a page size.
  if (text === undefined || call.prefer.maxPageSize !== undefined) return undefined;
  if (!/^\d+$/.test(text)) throw badQuery(`The $top value '${text}' is not a whole number.`);
  return Number(text);
}

function plainPage(call: WebCall, table: Table, pageSize: number, inside?: Within): Answer {
  const query = rowQuery(call, table, inside);
  const token = call.query.options.get("$skiptoken");
  const cookie = token === undefined ? undefined : parseSkipToken(token);
  const top = topOf(call);
  const { rows, next } = pageOf(call, query, { cookie, size: Math.min(pageSize, top ?? pageSize) });
  const { maxPageSize } = call.prefer;
  return pageAnswer(call, {
    context: contextOf(call, table.entity.entitySetName),
    rows,
    writer: rowRenderer(call, table, "set"),
    before: countMembers(call, asksForCount(call), (cap) => countRows(query, cap)),
    nextLink:
      top === undefined && next !== undefined
        ? nextLink(`${call.api}/${call.path}`, call.query, next)
        : undefined,
    applied: maxPageSize === undefined ? [] : [`odata.maxpagesize=${maxPageSize}`],
  });
}

interface Wanted {
  readonly cookie: Cookie | undefined;
  readonly size: number;
}

/** The rows of a page, and the cookie for the next when there is one. */
function pageOf(
  { settings }: WebCall,
  query: RowQuery,
  { cookie, size }: Wanted,
): { rows: Row[]; next: Cookie | undefined } {
  const skipped = afterEmptyPage(cookie, settings.emptyPageEvery);
  if (skipped !== undefined) return { rows: [], next: skipped };
  const found = rowsAfter(query, cookie, size + 1);
  const rows = found.slice(0, size);
  const [first, last] = [rows[0], turningPoint(rows, settings.pageOverlap)];
  if (found.length <= size || first === undefined || last === undefined) return { rows, next: undefined };
  return { rows, next: cookieAfter(query, (cookie?.page ?? 0) + 1, first, last) };
}
