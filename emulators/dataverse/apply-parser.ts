import type { Aggregate } from "./aggregates.ts";
import { badQuery } from "./errors.ts";
import { splitOutside } from "./metadata-query.ts";

/** A `$apply` as it is written: which rows, how they are grouped, and what is made of each group. */
export interface Apply {
  readonly filters: readonly string[];
  /** Columns to group by, perhaps behind lookups: `primarycontactid/fullname`. */
  readonly groups: readonly string[];
  readonly results: readonly ApplyResult[];
}

export interface ApplyResult {
  /** The column; for `$count`, undefined. */
  readonly path: string | undefined;
  readonly aggregate: Aggregate;
  readonly alias: string;
}

/** Reads `$apply=filter(…)/groupby((…),aggregate(…))`; refuses what the service does not have. */
export function parseApply(text: string): Apply {
  const steps = splitOutside(text, "/").map((step) => step.trim());
  const last = steps.pop() ?? "";
  const filters = steps.map((step) => inside(step, "filter") ?? refuse(step));
  const filter = inside(last, "filter");
  if (filter !== undefined) return { filters: [...filters, filter], groups: [], results: [] };
  const aggregate = inside(last, "aggregate");
  if (aggregate !== undefined) return { filters, groups: [], results: resultsFrom(aggregate) };
  const grouping = inside(last, "groupby");
  return grouping === undefined ? refuse(last) : { filters, ...groupingFrom(grouping) };
}

/** `(statuscode,primarycontactid/fullname),aggregate(…)`, where the aggregates may be missing. */
function groupingFrom(text: string): Pick<Apply, "groups" | "results"> {
  const [columns = "", made, beyond] = splitOutside(text, ",").map((part) => part.trim());
  const groups = /^\((.+)\)$/s
    .exec(columns)?.[1]
    ?.split(",")
    .map((name) => name.trim());
  const aggregate = made === undefined ? undefined : (inside(made, "aggregate") ?? refuse(made));
  if (groups === undefined || beyond !== undefined) return refuse(`groupby(${text})`);
  return { groups, results: aggregate === undefined ? [] : resultsFrom(aggregate) };
}

function inside(step: string, name: string): string | undefined {
  return step.startsWith(`${name}(`) && step.endsWith(")") ? step.slice(name.length + 1, -1) : undefined;
}

function refuse(step: string): never {
  throw badQuery(`The transformation '${step}' of $apply is not supported.`);
}

const METHODS: Readonly<Record<string, Aggregate>> = {
  sum: "sum",
  min: "min",
  max: "max",
  average: "average",
  countdistinct: "countdistinct",
};

function resultsFrom(text: string): ApplyResult[] {
  return splitOutside(text, ",").map((part) => {
    const count = /^\s*\$count\s+as\s+(\w+)\s*$/.exec(part);
    if (count !== null) return { path: undefined, aggregate: "count", alias: count[1] ?? "" };
    const [, path, method = "", alias = ""] = /^\s*([\w/]+)\s+with\s+(\w+)\s+as\s+(\w+)\s*$/.exec(part) ?? [];
    const aggregate = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
    if (path === undefined || aggregate === undefined) return refuse(part.trim());
    return { path, aggregate, alias };
  });
}
