import type { RowWriter } from "./columns.ts";
import type { Answer } from "./message.ts";
import { expandedContext } from "./expand-options.ts";
import { jsonAnswer, preferenceApplied, wantsAnnotation } from "./message.ts";
import type { Row } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/** What a page consists of, before it is text. */
export interface Page {
  /** The part of `@odata.context` behind `$metadata#`. */
  readonly context: string;
  readonly rows: readonly Row[];
  readonly writer: Pick<RowWriter, "key" | "dependent" | "write">;
  /** Entries behind the rows, as JSON. */
  readonly deleted?: readonly string[];
  /** Members before `value`, each with a comma behind it. */
  readonly before?: string;
  readonly nextLink?: string | undefined;
  readonly applied: readonly string[];
}

/** The part of a context that names columns and expansions: `leads(fullname,createdby(fullname))`. */
export function contextOf(call: WebCall, setName: string): string {
  const columns = expandedContext(call.query.options);
  return columns === "" ? setName : `${setName}(${columns})`;
}

/** One page as an answer; the rows are rendered when, and only if, their text is needed. */
export function pageAnswer(call: WebCall, page: Page): Answer {
  const { rows, writer, deleted = [] } = page;
  const annotated = wantsAnnotation(call.prefer.annotations, "Microsoft.Dynamics.CRM.globalmetadataversion")
    ? `"@Microsoft.Dynamics.CRM.globalmetadataversion":"${call.organization.schemaVersion}",`
    : "";
  const head = `{"@odata.context":"${call.api}/$metadata#${page.context}",${page.before ?? ""}${annotated}"value":[`;
  const removals = (rows.length > 0 && deleted.length > 0 ? "," : "") + deleted.join(",");
  const next = page.nextLink === undefined ? "" : `,"@odata.nextLink":${JSON.stringify(page.nextLink)}`;
  const tail = `${removals}]${next}}`;
  const key = pageKey(call, page);
  function* texts(): Generator<string> {
    for (const [index, row] of rows.entries())
      yield index === 0 ? writer.write(row) : `,${writer.write(row)}`;
  }
  return jsonAnswer({ head, tail, key, rows: texts }, preferenceApplied(call.prefer, page.applied));
}

/** Row versions name rows and their content, until a restore gives versions out again. */
function pageKey(call: WebCall, { rows, writer }: Page): string {
  const { organization } = call;
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (const { version } of rows) {
    first = Math.imul(first ^ version, 0x01000193);
    second = Math.imul(second + version, 0x85ebca6b) ^ (second >>> 13);
  }
  const world = writer.dependent ? organization.version : 0;
  return `${writer.key}|${rows.length}|${first}|${second}|${organization.schemaVersion}|${organization.restores}|${world}`;
}
