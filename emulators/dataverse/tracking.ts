import { RowWriter } from "./columns.ts";
import { ApiError, badQuery } from "./errors.ts";
import { manyToMany } from "./many-to-many.ts";
import type { Answer } from "./message.ts";
import { without } from "./message.ts";
import { contextOf, pageAnswer } from "./page-answer.ts";
import type { Page } from "./page-answer.ts";
import { afterEmptyPage, nextLink, parseSkipToken, turningPoint } from "./paging.ts";
import type { Cookie } from "./paging.ts";
import type { Entity } from "./schema.ts";
import type { Deletion, Row, Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

const DAY = 86_400_000;
const NOT_ALLOWED = ["$filter", "$orderby", "$expand", "$top", "$apply"];

/** Whether a read of an entity set takes part in change tracking, by header, token or cookie. */
export function isTracked(call: WebCall): boolean {
  const { options } = call.query;
  return (
    call.prefer.trackChanges ||
    options.has("$deltatoken") ||
    (options.get("$skiptoken") ?? "").includes('istracking="True"')
  );
}

/** What a delta reads: changes after `start`, none after `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Answers the initial read and each delta of change tracking. */
export function trackedRead(call: WebCall, table: Table, pageSize: number): Answer {
  demandTracking(call, table);
  const token = call.query.options.get("$skiptoken");
  const cookie = token === undefined ? undefined : parseSkipToken(token);
  const delta = call.query.options.get("$deltatoken");
  const positions = new Map(cookie?.last);
  const started = positions.get("start");
  if (started !== undefined) {
    const span = { start: Number(started), end: Number(positions.get("end")) };
    return deltaPage(call, table, pageSize, { cookie, span });
  }
  if (delta !== undefined) {
    const span = { start: tokenVersion(call, delta), end: call.organization.version };
    return deltaPage(call, table, pageSize, { cookie, span });
  }
  return initialPage(call, table, pageSize, cookie);
}

/** How many changes a delta would bring: the answer to `leads/$count?$deltatoken=…`. */
export function countChanges(call: WebCall, table: Table, token: string): number {
  demandTracking(call, table);
  const span = { start: tokenVersion(call, token), end: call.organization.version };
  return [...changedRows(table, span, span.start)].length + removals(call, table, span).length;
}

function demandTracking(call: WebCall, table: Table): void {
  const { entity } = table;
  for (const name of NOT_ALLOWED) {
    if (call.query.options.has(name)) {
      throw badQuery(`The "${name}" query parameter isn't supported when Change Tracking is enabled.`);
    }
  }
  call.access.demandGlobal(call.caller, entity, "Read");
  if (entity.isIntersect) demandBothTracked(call, entity);
  else if (!entity.changeTrackingEnabled) {
    throw new ApiError(400, "0x80072491", `Entity ${entity.logicalName} isn't enabled for change tracking.`);
  }
}

/** The links of an N:N relationship are tracked when both of its entities are. */
function demandBothTracked({ organization }: WebCall, { logicalName }: Entity): void {
  for (const relationship of manyToMany(organization).values()) {
    const { intersectEntityName, entity1LogicalName, entity2LogicalName } = relationship;
    const ends = [entity1LogicalName, entity2LogicalName].map((name) => organization.entity(name));
    if (intersectEntityName === logicalName && ends.every((end) => end?.changeTrackingEnabled === true))
      return;
  }
  const message = `Change tracking isn't enabled for both entities of the relationship behind ${logicalName}.`;
  throw new ApiError(400, "0x80072492", message);
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

/** `919042!08/22/2017 08:10:44`: the row version and the moment, percent-encoded in lower case. */
export function deltaToken(version: number, milliseconds: number): string {
  const moment = new Date(milliseconds);
  const date = `${pad(moment.getUTCMonth() + 1)}%2f${pad(moment.getUTCDate())}%2f${moment.getUTCFullYear()}`;
  const time = `${pad(moment.getUTCHours())}%3a${pad(moment.getUTCMinutes())}%3a${pad(moment.getUTCSeconds())}`;
  return `${version}%21${date}%20${time}`;
}

function expired(call: WebCall): ApiError {
  const message = "Version stamp associated with the client has expired. Please perform a full sync.";
  const { expiredTokenStatus: status, expiredTokenCode } = call.settings;
  return new ApiError(status, expiredTokenCode ? "0x80044352" : "", message);
}

/** The row version behind a delta token, unless it has expired or was never one. */
function tokenVersion(call: WebCall, token: string): number {
  const match = /^(\d+)!(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d)$/.exec(token);
  if (match === null) {
    const message = `The delta token '${token}' is not valid.`;
    throw new ApiError(call.settings.malformedTokenStatus, "0x80060888", message);
  }
  const [, version, month, day, year, hour, minute, second] = match.map(Number);
  const issued = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  const age = call.organization.clock() - issued;
  if (age > call.organization.trackingDays * DAY) throw expired(call);
  const ahead = (version ?? 0) > call.organization.version;
  if (ahead && call.settings.tokenAheadOfVersions === "refuse") throw expired(call);
  return version ?? 0;
}

/** The member that carries the delta link; empty when the old annotation bug is switched on and provoked. */
function deltaLinkMember(call: WebCall, version: number): string {
  if (call.settings.annotationsDropDeltaLink && call.prefer.annotations.length > 0) return "";
  const token = deltaToken(version, call.organization.clock());
  const pieces = [...without(call.query, ["$skiptoken", "$deltatoken"]), `$deltatoken=${token}`];
  return `"@odata.deltaLink":${JSON.stringify(`${address(call)}?${pieces.join("&")}`)},`;
}

function address(call: WebCall): string {
  return `${call.api}/${call.path}`;
}

function applied(call: WebCall): string[] {
  const { maxPageSize, trackChanges } = call.prefer;
  return [
    ...(trackChanges ? ["odata.track-changes"] : []),
    ...(maxPageSize === undefined ? [] : [`odata.maxpagesize=${maxPageSize}`]),
  ];
}

/** The link to the next page of a tracked walk. */
function onward(call: WebCall, cookie: Cookie): string {
  if (call.settings.trackedLinks === "cookie") return nextLink(address(call), call.query, cookie);
  return nextLink(address(call), call.query, { ...cookie, tracking: false }, ["$skiptoken"]);
}

function writerFor(call: WebCall, table: Table): RowWriter {
  return new RowWriter(call.organization, table, call.query.options.get("$select"), call.prefer.annotations);
}

/**
 * A page of the initial read, in id order. The version at which the read began travels in the cookie, so that whatever
 * changes while the pages are read comes again in the first delta.
 */
function initialPage(call: WebCall, table: Table, pageSize: number, cookie: Cookie | undefined): Answer {
  const { entity } = table;
  const positions = new Map(cookie?.last);
  const start = Number(positions.get("snapshot") ?? call.organization.version);
  const after = positions.get(entity.primaryIdAttribute)?.slice(1, -1);
  const skipped = afterEmptyPage(cookie, call.settings.emptyPageEvery);
  if (skipped !== undefined) return emptyPage(call, table, contextOf(call, entity.entitySetName), skipped);
  const { taken: rows, more } = upTo(table.inIdOrder(after), pageSize);
  const page = {
    context: contextOf(call, entity.entitySetName),
    rows,
    writer: writerFor(call, table),
    applied: applied(call),
  };
  const last = turningPoint(rows, call.settings.pageOverlap);
  const first = rows[0];
  if (!more || last === undefined || first === undefined) {
    return pageAnswer(call, { ...page, before: deltaLinkMember(call, start) });
  }
  const at = (row: Row): [string, string][] => [
    [entity.primaryIdAttribute, `"${row.id}"`],
    ["snapshot", String(start)],
  ];
  const next = { page: (cookie?.page ?? 0) + 1, first: at(first), last: at(last), tracking: true };
  return pageAnswer(call, { ...page, nextLink: onward(call, next) });
}

/** A page with nothing on it but the way to the next. */
function emptyPage(call: WebCall, table: Table, context: string, next: Cookie): Answer {
  const link = onward(call, next);
  return pageAnswer(call, {
    context,
    rows: [],
    writer: writerFor(call, table),
    nextLink: link,
    applied: applied(call),
  });
}

function* changedRows(table: Table, span: Span, after: number): Generator<Row> {
  for (const row of table.inVersionOrder(after)) {
    if (row.version > span.end) return;
    yield row;
  }
}

/** Deletions of the span, the last one of each id, in the order in which they happened. */
function removals(call: WebCall, table: Table, span: Span): Deletion[] {
  const last = new Map<string, Deletion>();
  for (const deletion of table.deletionsAfter(span.start)) {
    if (deletion.version > span.end) break;
    last.delete(deletion.id);
    if (call.settings.recreatedShownAs === "both" || table.row(deletion.id) === undefined)
      last.set(deletion.id, deletion);
  }
  return [...last.values()];
}

interface DeltaPosition {
  readonly cookie: Cookie | undefined;
  readonly span: Span;
}

/** Where a delta stands between two pages. */
interface Progress {
  /** Version of the last changed row that was shown. */
  readonly shown: number;
  /** Version of the last deletion that was shown. */
  readonly deleted: number;
}

function progressOf(cookie: Cookie | undefined, span: Span): Progress {
  const positions = new Map(cookie?.last);
  return {
    shown: Number(positions.get("versionnumber") ?? span.start),
    deleted: Number(positions.get("deleted") ?? 0),
  };
}

/** At most `limit` values, and whether there are more. */
function upTo<T>(values: Iterable<T>, limit: number): { taken: T[]; more: boolean } {
  const taken: T[] = [];
  for (const value of values) {
    if (taken.length >= limit) return { taken, more: true };
    taken.push(value);
  }
  return { taken, more: false };
}

/** A page of a delta: changed rows by version, and when they are through, deletions. */
function deltaPage(call: WebCall, table: Table, pageSize: number, { cookie, span }: DeltaPosition): Answer {
  const { entitySetName } = table.entity;
  const skipped = afterEmptyPage(cookie, call.settings.emptyPageEvery);
  if (skipped !== undefined)
    return emptyPage(call, table, `${contextOf(call, entitySetName)}/$delta`, skipped);
  const before = progressOf(cookie, span);
  const rows = upTo(changedRows(table, span, before.shown), pageSize);
  const left = rows.more ? [] : removals(call, table, span).filter(({ version }) => version > before.deleted);
  const deleted = upTo(left, pageSize - rows.taken.length);
  const context = `${call.api}/$metadata#${entitySetName}/$deletedEntity`;
  const shown = (id: string): string =>
    call.settings.deletedIds === "bare" ? id : `${call.api}/${entitySetName}(${id})`;
  const page: Page = {
    context: `${contextOf(call, entitySetName)}/$delta`,
    rows: rows.taken,
    writer: writerFor(call, table),
    deleted: deleted.taken.map(
      ({ id }) => `{"@odata.context":"${context}","id":"${shown(id)}","reason":"deleted"}`,
    ),
    applied: applied(call),
  };
  if (!rows.more && !deleted.more)
    return pageAnswer(call, { ...page, before: deltaLinkMember(call, span.end) });
  const after = {
    shown: turningPoint(rows.taken, call.settings.pageOverlap)?.version ?? before.shown,
    deleted: deleted.taken.at(-1)?.version ?? before.deleted,
  };
  const next = deltaCookie((cookie?.page ?? 0) + 1, span, after);
  return pageAnswer(call, { ...page, nextLink: onward(call, next) });
}

function deltaCookie(page: number, span: Span, progress: Progress): Cookie {
  const last: [string, string][] = [
    ["versionnumber", String(progress.shown)],
    ["deleted", String(progress.deleted)],
    ["start", String(span.start)],
    ["end", String(span.end)],
  ];
  return { page, first: last, last, tracking: true };
}
