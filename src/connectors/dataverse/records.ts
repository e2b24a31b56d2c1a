/**
 * From the bytes of a page to records and deleted ids. This is the hot path: the parsed objects themselves become the
 * records' fields, nothing is copied.
 */
import type { SourceRecord, WireValue } from "../../core/change.ts";
import { SyncError } from "../../core/errors.ts";
import { bodyBytes, parseJson, utf8 } from "../http/body.ts";
import type { HttpAnswer } from "../http/transport.ts";
import type { Selection } from "./selection.ts";

/** A page as the service sent it. */
export interface RawPage {
  readonly upserts: SourceRecord[];
  readonly deletes: string[];
  readonly nextLink: string | null;
  readonly deltaLink: string | null;
  /** As `Page.release`. */
  readonly release?: () => void;
}

type Fields = Record<string, WireValue>;

export const LOOKUP_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname";

/** Makes the records of an answer. Throws as `readPage`. */
export function pageDigest(selection: Selection): (answer: HttpAnswer) => Promise<RawPage> {
  return async (answer) => readPage(await bodyBytes(answer), selection);
}

/** @throws SyncError `unexpected_answer` when the body is not a page of this entity */
export function readPage(bytes: Uint8Array, selection: Selection): RawPage {
  const { primaryId, name } = selection.entity;
  const body = readCollection(utf8(selection.quote(bytes)));
  const upserts: SourceRecord[] = [];
  const deletes: string[] = [];
  for (const fields of body.value as Fields[]) {
    const id = fields[primaryId];
    if (typeof id === "string")
      upserts.push({ id: id.toLowerCase(), version: versionOf(fields, name), fields });
    else deletes.push(deletedId(fields, name));
  }
  return {
    upserts,
    deletes,
    nextLink: body["@odata.nextLink"] ?? null,
    deltaLink: body["@odata.deltaLink"] ?? null,
  };
}

export interface Collection {
  readonly value: readonly object[];
  readonly "@odata.nextLink"?: string;
  readonly "@odata.deltaLink"?: string;
}

/** @throws SyncError `unexpected_answer` when the text is not an OData collection */
export function readCollection(text: string): Collection {
  const body = parseJson(text) as Partial<Collection> | null;
  if (typeof body !== "object" || body === null || !Array.isArray(body.value)) {
    throw new SyncError("unexpected_answer", "The answer is JSON, but not a collection of the Web API.");
  }
  return body as Collection;
}

/**
 * A next link that leads back to the page it came with would be walked for ever.
 * @throws SyncError `unexpected_answer`
 */
export function demandOnward(link: string, from: string | null, entity: string): string {
  if (link !== from) return link;
  throw new SyncError("unexpected_answer", `A next link of ${entity} leads to itself.`, { entity });
}

const ETAG = /^W\/"(\d+)"$/u;

/** The row version stands in the etag, `W/"915244"`; the Web API writes `versionnumber` there. */
export function versionOf(fields: Fields, entity: string): string {
  const etag = fields["@odata.etag"];
  const [, version] = typeof etag === "string" ? (ETAG.exec(etag) ?? []) : [];
  if (version !== undefined) return version;
  throw new SyncError("unexpected_answer", `A record of ${entity} came without a row version.`, { entity });
}

/** `{"@odata.context":"…/$deletedEntity","id":"2e451703-…","reason":"deleted"}`, without the primary key. */
function deletedId({ id, reason }: Fields, entity: string): string {
  if (typeof id === "string" && reason === "deleted") return bareId(id).toLowerCase();
  throw new SyncError("unexpected_answer", `A record of ${entity} came without its id.`, { entity });
}

/** OData allows the whole address of the deleted record where the service sends the bare GUID. */
function bareId(id: string): string {
  return /\(([^()]+)\)$/u.exec(id)?.[1] ?? id;
}
