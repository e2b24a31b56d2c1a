import type { Access } from "./access.ts";
import { badQuery } from "./errors.ts";
import type { ApiRequest, Preferences, Query } from "./message.ts";
import type { Faults } from "./faults.ts";
import type { PlugIns } from "./plug-ins.ts";
import type { Organization } from "./organization.ts";
import type { Settings } from "./settings.ts";

/** One signed-in Web API call, with all that answering it needs. */
export interface WebCall {
  readonly organization: Organization;
  readonly settings: Settings;
  readonly access: Access;
  /** The calling user's id. */
  readonly caller: string;
  /** The user who really calls, when `caller` is impersonated. */
  readonly onBehalf?: string;
  readonly plugIns: PlugIns;
  readonly faults: Faults;
  readonly request: ApiRequest;
  /** Absolute address of the API without a slash at the end: `https://host/api/data/v9.2`. */
  readonly api: string;
  /** Decoded path below {@link api}, without a slash at the beginning. */
  readonly path: string;
  readonly query: Query;
  readonly prefer: Preferences;
}

const SUPPORTED: ReadonlySet<string> = new Set([
  "$select",
  "$expand",
  "$orderby",
  "$filter",
  "$apply",
  "$top",
  "$count",
  "$skiptoken",
  "$deltatoken",
  "$id",
]);

/** Refuses system query options that Dataverse does not have. Names are case-sensitive. */
export function refuseUnsupportedOptions(call: WebCall): void {
  for (const name of call.query.options.keys()) {
    if (name.startsWith("$") && !SUPPORTED.has(name)) {
      throw badQuery(`The query parameter ${name} is not supported.`);
    }
  }
}

/** The parameter aliases of the URL: `@p1` and its text. */
export function aliases(query: Query): Map<string, string> {
  return new Map([...query.options].filter(([name]) => name.startsWith("@")));
}
