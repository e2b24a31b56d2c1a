/** A FetchXML query as it was written, before names are looked up. */
export interface FetchQuery {
  readonly entity: FetchEntity;
  readonly top: number | undefined;
  /** Rows a page. */
  readonly count: number | undefined;
  /** From 1. */
  readonly page: number;
  /** The inner cookie of the page before: `<cookie page="1">…</cookie>`. */
  readonly cookie: string | undefined;
  readonly aggregate: boolean;
  readonly aggregateLimit: number | undefined;
  readonly distinct: boolean;
  /** Whether the number of all rows is asked for. */
  readonly counted: boolean;
  /** Whether choices are ordered by their numbers instead of their labels. */
  readonly rawOrder: boolean;
}

export interface FetchEntity {
  readonly name: string;
  readonly allAttributes: boolean;
  readonly attributes: readonly FetchAttribute[];
  readonly orders: readonly FetchOrder[];
  readonly filters: readonly FetchFilter[];
  readonly links: readonly FetchLink[];
}

export interface FetchAttribute {
  readonly name: string;
  readonly alias: string | undefined;
  readonly aggregate: string | undefined;
  readonly groupBy: boolean;
  readonly dateGrouping: string | undefined;
  readonly distinct: boolean;
}

export interface FetchOrder {
  /** Alias of the link whose column it is, where it is not its own element's. */
  readonly entityName: string | undefined;
  readonly attribute: string | undefined;
  /** In aggregates: the alias of a result. */
  readonly alias: string | undefined;
  readonly descending: boolean;
}

export interface FetchFilter {
  readonly type: "and" | "or";
  readonly conditions: readonly FetchCondition[];
  readonly filters: readonly FetchFilter[];
  /** Links that only ask whether there are such rows: `any`, `not any`, `all`, `not all`. */
  readonly links: readonly FetchLink[];
}

export interface FetchCondition {
  readonly entityName: string | undefined;
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly string[];
  /** Another column to compare with, perhaps behind an alias. */
  readonly valueOf: string | undefined;
}

export type LinkType =
  | "inner"
  | "outer"
  | "exists"
  | "in"
  | "matchfirstrowusingcrossapply"
  | "any"
  | "not any"
  | "all"
  | "not all";

export interface FetchLink extends FetchEntity {
  /** The column of the linked entity. */
  readonly from: string;
  /** The column of the entity around the link. */
  readonly to: string;
  readonly alias: string | undefined;
  readonly type: LinkType;
}
