/**
 * Pieces of a scripted organization: a contact table, its records and pages as the Web API writes them.
 */
import type { DataverseOptions, DataverseSource } from "../../src/connectors/dataverse/source.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import type { Page } from "../../src/core/change.ts";
import type { Attribute, Entity } from "../../src/core/organization.ts";
import type { FeedRequest } from "../../src/core/ports.ts";
import type { ScriptedWire, VirtualTiming } from "./script.ts";
import { virtualTiming } from "./script.ts";

export const ORG = "https://contoso.crm.dynamics.com";
export const API = `${ORG}/api/data/v9.2`;
export const SIGN_IN = {
  kind: "client-secret",
  authority: "https://sts.contoso.example",
  tenant: "t1",
  clientId: "app",
  clientSecret: "s3cret",
} as const;

export function open(wire: ScriptedWire, options: Partial<DataverseOptions> = {}): DataverseSource {
  return openDataverse({ url: ORG, signIn: SIGN_IN, transport: wire, timing: virtualTiming(), ...options });
}

export function openTimed(
  wire: ScriptedWire,
  options: Partial<DataverseOptions> = {},
): { source: DataverseSource; timing: VirtualTiming } {
  const timing = virtualTiming();
  return { source: open(wire, { timing, ...options }), timing };
}

function attribute(name: string, type: Attribute["type"], more: Partial<Attribute> = {}): Attribute {
  const lookup = type === "Lookup" || type === "Owner" || type === "Customer";
  return {
    name,
    label: name,
    type,
    property: lookup ? `_${name}_value` : name,
    required: "None",
    readable: true,
    creatable: true,
    updatable: true,
    ...more,
  };
}

export const CONTACT: Entity = {
  name: "contact",
  label: "Contact",
  set: "contacts",
  primaryId: "contactid",
  primaryName: "fullname",
  changeTracking: true,
  canEnableChangeTracking: true,
  attributes: [
    attribute("contactid", "Uniqueidentifier"),
    attribute("firstname", "String"),
    attribute("lastname", "String"),
    attribute("annualincome", "Money"),
    attribute("exchangerate", "Decimal"),
    attribute("versionnumber", "BigInt"),
    attribute("modifiedon", "DateTime", { dateBehavior: "UserLocal" }),
    attribute("ownerid", "Owner", { targets: ["systemuser", "team"] }),
    attribute("createdby", "Lookup", { targets: ["systemuser"] }),
  ],
  leftOut: [],
};

export const UNTRACKED: Entity = { ...CONTACT, changeTracking: false };

/** GUIDs that are easy to tell apart. */
export function guid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

export function contact(n: number, fields: Readonly<Record<string, unknown>> = {}): object {
  return { "@odata.etag": `W/"${1000 + n}"`, contactid: guid(n), firstname: `First ${n}`, ...fields };
}

export function deleted(n: number): object {
  return { "@odata.context": `${API}/$metadata#contacts/$deletedEntity`, id: guid(n), reason: "deleted" };
}

export interface Links {
  readonly next?: string;
  readonly delta?: string;
}

export function page(value: readonly object[], { next, delta }: Links = {}): { body: object } {
  return {
    body: {
      "@odata.context": `${API}/$metadata#contacts`,
      value,
      ...(next === undefined ? {} : { "@odata.nextLink": `${API}/contacts?${next}` }),
      ...(delta === undefined ? {} : { "@odata.deltaLink": `${API}/contacts?$deltatoken=${delta}` }),
    },
  };
}

export function request(more: Partial<FeedRequest> = {}): FeedRequest {
  return { entity: CONTACT, attributes: ["firstname"], from: null, pageSize: 2, ...more };
}

export const NEVER = new AbortController().signal;

export async function pagesOf(source: DataverseSource, feed: FeedRequest, signal = NEVER): Promise<Page[]> {
  return Array.fromAsync(source.changes(feed, signal));
}

/** What a page brings, in short: `+1 +2 -3`. */
export function brief({ upserts, deletes }: Pick<Page, "upserts" | "deletes">): string {
  const number = (id: string): number => Number(id.slice(-12));
  return [...upserts.map(({ id }) => `+${number(id)}`), ...deletes.map((id) => `-${number(id)}`)].join(" ");
}
