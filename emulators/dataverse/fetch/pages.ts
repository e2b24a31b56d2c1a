import type { Row } from "../table.ts";
import type { WebCall } from "../web-call.ts";
import { isToOne } from "./joins.ts";
import type { Joined, Nodes } from "./joins.ts";
import { compareKeys, keysOf, orderColumns, ordered } from "./order.ts";
import type { OrderColumn } from "./order.ts";
import { cookiePage, innerCookie, pagingCookie, readPosition, simpleCookie } from "./paging-cookie.ts";
import type { Position } from "./paging-cookie.ts";
import type { FetchQuery } from "./query.ts";
import { badFetch } from "./refusals.ts";

/** Pages that are only counted reach no further. */
const MOST_COUNTED = 50_000;

/** A page, with the annotation that leads to the next where there is one. */
export interface ResultPage {
  readonly rows: readonly Joined[];
  readonly cookie: string | undefined;
}

/** Cuts the results of a query into pages: behind a cookie where the query allows one, otherwise by counting. */
export class ResultPages {
  readonly #call: WebCall;
  readonly #query: FetchQuery;
  readonly #nodes: Nodes;
  readonly #found: (after?: string) => Iterable<Joined>;
  readonly #order: readonly OrderColumn[];

  constructor(call: WebCall, query: FetchQuery, nodes: Nodes, found: (after?: string) => Iterable<Joined>) {
    this.#call = call;
    this.#query = query;
    this.#nodes = nodes;
    this.#found = found;
    this.#order = orderColumns(nodes, query.rawOrder);
  }

  /** The page that the query asks for. */
  page(): ResultPage {
    const size = this.#size();
    const { skip, results } = this.#start(size);
    const taken: Joined[] = [];
    let place = 0;
    for (const joined of results) {
      place += 1;
      if (place <= skip) continue;
      taken.push(joined);
      if (taken.length > size) break;
    }
    const rows = taken.slice(0, size);
    const more = taken.length > size && this.#query.top === undefined;
    return { rows, cookie: more ? this.#cookie(rows) : undefined };
  }

  #size(): number {
    const { pageLimit } = this.#call.settings;
    const { maxPageSize } = this.#call.prefer;
    const asked = this.#query.top ?? this.#query.count ?? maxPageSize ?? pageLimit;
    return Math.min(asked, pageLimit);
  }

  /** Where the page begins: behind the cookie's position, or after so many results. */
  #start(size: number): { skip: number; results: Iterable<Joined> } {
    const { cookie, page } = this.#query;
    // A cookie of any other page than the one before is of no use.
    if (cookie !== undefined && this.#takesCookies() && cookiePage(cookie) === page - 1)
      return { skip: 0, results: this.#behind(cookie) };
    const skip = (page - 1) * size;
    if (skip + size > MOST_COUNTED && page > 1)
      throw badFetch(
        "argument",
        "Paging cookie is required when trying to retrieve a set of records on any high pages.",
      );
    return { skip, results: this.#inOrder() };
  }

  #inOrder(): Iterable<Joined> {
    return this.#order.length === 0
      ? this.#found()
      : ordered(this.#call.organization, this.#order, this.#found());
  }

  #behind(cookie: string): Iterable<Joined> {
    const attributes = this.#order.map(({ attribute }) => attribute);
    const position = readPosition(this.#nodes.root.table, attributes, cookie);
    if (this.#order.length === 0) return this.#found(position.id);
    return ordered(this.#call.organization, this.#order, this.#found()).filter((joined) =>
      this.#isBehind(joined, position),
    );
  }

  #isBehind(joined: Joined, position: Position): boolean {
    const keys = keysOf(this.#call.organization, this.#order, joined);
    const difference = compareKeys(this.#order, keys, position.keys);
    return difference === 0 ? (joined[0]?.id ?? "") > position.id : difference > 0;
  }

  /** Joins that multiply rows, orders by labels or by a link's columns, and distinct rows have no cookie. */
  #takesCookies(): boolean {
    const { root } = this.#nodes;
    return (
      !this.#query.distinct &&
      isToOne(root) &&
      this.#order.every(({ node, labelled }) => node === root && !labelled)
    );
  }

  #cookie(rows: readonly Joined[]): string {
    const next = this.#query.page + 1;
    const [first, last] = [rows[0]?.[0], rows.at(-1)?.[0]] as readonly (Row | undefined)[];
    if (!this.#takesCookies() || first === undefined || last === undefined) return simpleCookie(next);
    const attributes = this.#order.map(({ attribute }) => attribute);
    const page = { number: this.#query.page, first, last };
    return pagingCookie(next, innerCookie(this.#nodes.root.table, attributes, page));
  }
}
