import { annotated } from "../columns.ts";
import { badQuery } from "../errors.ts";
import type { Answer } from "../message.ts";
import { jsonAnswer, preferenceApplied, wantsAnnotation } from "../message.ts";
import type { Row, Table } from "../table.ts";
import { asksForCount, countMembers } from "../total-count.ts";
import type { WebCall } from "../web-call.ts";
import { aggregateObjects } from "./aggregate.ts";
import { contextColumns, resultColumns, resultMembers } from "./columns.ts";
import { compileFilters } from "./filters.ts";
import { joinedRows, Nodes } from "./joins.ts";
import type { Joined } from "./joins.ts";
import { ResultPages } from "./pages.ts";
import type { FetchQuery } from "./query.ts";
import { readQuery } from "./read-query.ts";
import { badFetch } from "./refusals.ts";

/** Answers `GET accounts?fetchXml=…`. */
export function fetchAnswer(call: WebCall, table: Table): Answer {
  demandAlone(call);
  const query = readQuery(call.query.options.get("fetchXml") ?? "");
  demandSensible(query, table);
  const nodes = new Nodes(call, query);
  const found = resultsOf(nodes);
  return query.aggregate ? aggregates(call, query, nodes, found) : records(call, query, nodes, found);
}

/** The options of OData that say what FetchXML says itself cannot stand beside it. */
function demandAlone(call: WebCall): void {
  for (const name of call.query.options.keys()) {
    if (name.startsWith("$") && name !== "$count")
      throw badQuery(`The query parameter ${name} is not supported together with fetchXml.`);
  }
}

function demandSensible(query: FetchQuery, { entity }: Table): void {
  const { name } = query.entity;
  if (name !== entity.logicalName)
    throw badFetch("entities", `The entity '${name}' of the query is not that of '${entity.entitySetName}'.`);
  if (query.top === undefined) return;
  if (query.top > MOST_ROWS) throw badFetch("top", `The value of top cannot exceed ${MOST_ROWS}.`);
  if (query.count !== undefined || query.cookie !== undefined || query.counted)
    throw badFetch("argument", "The top attribute can't be specified with paging or counting.");
}

const MOST_ROWS = 5000;

/** Finds the results; given an id, those behind the row of that id. */
type Found = (after?: string) => Iterable<Joined>;

function resultsOf(nodes: Nodes): Found {
  const later = compileFilters(nodes);
  return function* results(after?: string) {
    for (const joined of joinedRows(nodes.root, nodes.root.table.inIdOrder(after)))
      if (later.every((test) => test(joined) === true)) yield joined;
  };
}

function records(call: WebCall, query: FetchQuery, nodes: Nodes, found: Found): Answer {
  const columns = resultColumns(nodes, query.distinct);
  const asked = annotated(call.organization, call.prefer.annotations);
  const members = (joined: Joined): string => resultMembers(asked, columns, joined);
  const results = query.distinct ? distinct(found, members) : found;
  const pages = new ResultPages(call, query, nodes, results);
  const { rows, cookie } = pages.page();
  const objects = rows.map((joined) =>
    query.distinct ? `{${members(joined).slice(1)}}` : `{${etag(joined[0])}${members(joined)}}`,
  );
  const counted = countMembers(call, query.counted || asksForCount(call), (cap) => counts(results, cap));
  const context = `${nodes.root.table.entity.entitySetName}${contextColumns(nodes, columns)}`;
  return answer(call, context, objects, counted + paging(call, cookie));
}

function etag(row: Row | undefined): string {
  return `"@odata.etag":"W/\\"${row?.version}\\""`;
}

/** Each result that looks different from all before it. */
function distinct(found: Found, members: (joined: Joined) => string): Found {
  return function* results() {
    const seen = new Set<string>();
    for (const joined of found()) {
      const text = members(joined);
      if (!seen.has(text)) yield joined;
      seen.add(text);
    }
  };
}

function counts(found: Found, cap: number): number {
  let count = 0;
  for (const _ of found()) {
    count += 1;
    if (count >= cap) break;
  }
  return count;
}

/** The annotations of a page that is not the last; the last one has none. */
function paging({ prefer }: WebCall, cookie: string | undefined): string {
  if (cookie === undefined) return "";
  const shown = (name: string, json: string): string =>
    wantsAnnotation(prefer.annotations, name) ? `"@${name}":${json},` : "";
  return (
    shown("Microsoft.Dynamics.CRM.fetchxmlpagingcookie", JSON.stringify(cookie)) +
    shown("Microsoft.Dynamics.CRM.morerecords", "true")
  );
}

function aggregates(call: WebCall, query: FetchQuery, nodes: Nodes, found: Found): Answer {
  const objects = aggregateObjects(call, query, nodes, found());
  const limit = query.top ?? query.count ?? objects.length;
  const start = query.top === undefined ? (query.page - 1) * limit : 0;
  return answer(call, nodes.root.table.entity.entitySetName, objects.slice(start, start + limit), "");
}

function answer(call: WebCall, context: string, objects: readonly string[], before: string): Answer {
  const head = `{"@odata.context":"${call.api}/$metadata#${context}",${before}"value":[`;
  return jsonAnswer(`${head}${objects.join(",")}]}`, preferenceApplied(call.prefer, []));
}
