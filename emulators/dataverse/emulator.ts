import { Access } from "./access.ts";
import { Authority, defaultCredentials } from "./authority.ts";
import type { Credentials, Principal } from "./authority.ts";
import { ApiError, doesNotExist } from "./errors.ts";
import { bodyText, JSON_TYPE, parseQuery, preferences, wantsAnnotation } from "./message.ts";
import type { Answer, ApiRequest } from "./message.ts";
import { Organization } from "./organization.ts";
import { guid, parseGuid, seededRandom } from "./random.ts";
import { PlugIns } from "./plug-ins.ts";
import type { Random } from "./random.ts";
import type { RecordStore } from "./record.ts";
import { OrganizationStore } from "./record-store.ts";
import { rowByKey } from "./record-writes.ts";
import type { Writer } from "./record-writes.ts";
import { SchemaChanges } from "./schema-changes.ts";
import { defaultSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { insertStandardRows } from "./standard-rows.ts";
import { answerCall } from "./web-api.ts";
import type { WebCall } from "./web-call.ts";

export interface EmulatorOptions {
  /** Milliseconds since 1970; a virtual clock is fine. Default: the machine's clock. */
  readonly clock?: () => number;
  /** Default: seeded with 1. */
  readonly random?: Random;
  readonly organizationName?: string;
  /** What stands before `/api/data` on-premises: the organization's name. Default: nothing. */
  readonly basePath?: string;
  /** The highest API version offered: `9.2`, on-premises `9.1`. */
  readonly version?: string;
  readonly credentials?: Partial<Credentials>;
  readonly settings?: Partial<Settings>;
}

/** What the sign-in of the application meets in the organization. */
export type ApplicationUser = "present" | "absent" | "disabled" | "without-role";

/** An emulated organization with its Web API and its identity provider. */
export interface Emulator {
  /** Answers a request, exactly as the servers of `serve.ts` do. */
  fetch(request: Request): Promise<Response>;
  /** The same without the web's request and response types. */
  answer(request: ApiRequest): Promise<Answer>;
  readonly store: RecordStore;
  readonly organization: Organization;
  readonly access: Access;
  readonly authority: Authority;
  readonly settings: Settings;
  /** Changes the schema while the emulator runs. */
  readonly schema: SchemaChanges;
  readonly plugIns: PlugIns;
  applicationUser: ApplicationUser;
}

class DataverseEmulator implements Emulator {
  readonly store: RecordStore;
  readonly organization: Organization;
  readonly access: Access;
  readonly authority: Authority;
  readonly settings: Settings;
  readonly schema: SchemaChanges;
  readonly plugIns = new PlugIns();
  applicationUser: ApplicationUser = "present";
  readonly #random: Random;
  readonly #prefix: string;
  readonly #version: number;

  constructor(options: EmulatorOptions) {
    this.settings = { ...defaultSettings(), ...options.settings };
    const clock = options.clock ?? Date.now;
    const skewed = (): number => clock() + this.settings.clockSkew;
    this.#random = options.random ?? seededRandom(1);
    this.#prefix = `${(options.basePath ?? "").replace(/\/+$/, "")}/api/data/v`;
    this.#version = Number(options.version ?? "9.2");
    this.organization = new Organization(options.organizationName ?? "Contoso", skewed, this.#random);
    this.authority = new Authority({ ...defaultCredentials(), ...options.credentials }, clock, this.#random);
    insertStandardRows(this.organization, this.authority.credentials.clientId);
    this.schema = new SchemaChanges(this.organization);
    this.access = new Access(this.organization);
    this.store = new OrganizationStore((caller) => this.#writer(caller));
  }

  async fetch(request: Request): Promise<Response> {
    const headers = Object.fromEntries(request.headers);
    const body = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
    const answer = await this.answer({ method: request.method, url: request.url, headers, body });
    const empty = answer.status === 204 || answer.status === 304;
    return new Response(empty ? null : bodyText(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  }

  async answer(request: ApiRequest): Promise<Answer> {
    const url = new URL(request.url);
    const answer = this.authority.answer(request.method, url, request.body) ?? this.#apiAnswer(request, url);
    return {
      ...answer,
      headers: { Date: new Date(this.organization.clock()).toUTCString(), ...answer.headers },
    };
  }

  #writer(caller?: string): Writer {
    const { organization, settings, plugIns } = this;
    return { organization, settings, plugIns, caller: caller ?? organization.standard.administrator };
  }

  #apiAnswer(request: ApiRequest, url: URL): Answer {
    const headers = this.#commonHeaders();
    try {
      const path = this.#apiPath(url);
      const principal = this.authority.principal(
        /^Bearer (.+)$/i.exec(request.headers["authorization"] ?? "")?.[1] ?? "",
      );
      if (principal === undefined) return this.#unauthorized(request, url, headers);
      const call = this.#call(request, url, { path, caller: this.#user(principal) });
      const answer = answerCall(call);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    } catch (error) {
      return refusal(error, request, headers);
    }
  }

  #call(request: ApiRequest, url: URL, { path, caller }: { path: string; caller: string }): WebCall {
    const { organization, settings, access, plugIns } = this;
    const api = `${url.origin}${url.pathname.slice(0, url.pathname.length - path.length)}`.replace(/\/$/, "");
    const raw = request.url.indexOf("?");
    return {
      organization,
      settings,
      access,
      plugIns,
      ...this.#callers(request, caller),
      request,
      api,
      path: path.replace(/^\/+/, "").replace(/\/+$/, ""),
      query: parseQuery(raw < 0 ? "" : request.url.slice(raw + 1)),
      prefer: preferences(request.headers["prefer"]),
    };
  }

  /** Who acts, and for whom, by the impersonation headers. */
  #callers(request: ApiRequest, caller: string): { caller: string; onBehalf?: string } {
    const id = request.headers["mscrmcallerid"];
    const objectId = request.headers["callerobjectid"];
    if (id === undefined && objectId === undefined) return { caller };
    if (!this.settings.impersonation) {
      throw new ApiError(
        403,
        "0x8004a110",
        `User does not have the privilege to act on behalf of another user. Missing prvActOnBehalfOfAnotherUser. Caller=${caller}`,
      );
    }
    const users = this.organization.table("systemuser");
    const row =
      objectId === undefined
        ? users.row(parseGuid(id ?? "") ?? "")
        : rowByKey(users, ["azureactivedirectoryobjectid"], [`"${objectId}"`]);
    if (row === undefined) throw doesNotExist("systemuser", objectId ?? id ?? "");
    return { caller: row.id, onBehalf: caller };
  }

  /** The path below the base address and version, with its leading slash; refuses other addresses and versions. */
  #apiPath(url: URL): string {
    const { pathname } = url;
    const version = pathname.startsWith(this.#prefix)
      ? /^\d+\.\d+(?=\/|$)/.exec(pathname.slice(this.#prefix.length))?.[0]
      : undefined;
    if (version === undefined || Number(version) > this.#version || Number(version) < 8) {
      throw new ApiError(404, "", `No HTTP resource was found that matches the request URI '${url.href}'.`);
    }
    return pathname.slice(this.#prefix.length + version.length);
  }

  #user(principal: Principal): string {
    const { standard } = this.organization;
    if (principal === "person") return standard.administrator;
    if (this.applicationUser === "absent")
      throw new ApiError(403, "0x80072560", "The user is not a member of the organization.");
    if (this.applicationUser === "disabled") {
      throw new ApiError(
        403,
        "0x80040225",
        `The specified user(Id = ${standard.applicationUser}) is disabled. Consider enabling this user. Additional Details: {"SystemUserId":"${standard.applicationUser}"}`,
      );
    }
    if (this.applicationUser === "without-role") this.access.withoutRole.add(standard.applicationUser);
    else this.access.withoutRole.delete(standard.applicationUser);
    return standard.applicationUser;
  }

  #unauthorized(request: ApiRequest, url: URL, headers: Record<string, string>): Answer {
    const { tenantId } = this.authority.credentials;
    const discovery = `Bearer authorization_uri=${url.origin}/${tenantId}/oauth2/authorize, resource_id=${url.origin}/`;
    const failed =
      request.headers["authorization"] === undefined
        ? ""
        : ", error=invalid_token, error_description=The access token is expired or not valid";
    return { status: 401, headers: { ...headers, "WWW-Authenticate": discovery + failed }, body: "" };
  }

  #commonHeaders(): Record<string, string> {
    const headers: Record<string, string> = {
      "Cache-Control": "no-cache",
      "OData-Version": "4.0",
      REQ_ID: guid(this.#random),
      "x-ms-service-request-id": guid(this.#random),
    };
    if (this.settings.parallelismHint > 0) headers["x-ms-dop-hint"] = String(this.settings.parallelismHint);
    return headers;
  }
}

/** The body of a refusal; anything unforeseen is the service's own `0x80040216`. */
function refusal(error: unknown, request: ApiRequest, headers: Record<string, string>): Answer {
  const known = error instanceof ApiError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const body: Record<string, unknown> = { code: known?.code ?? "0x80040216", message };
  const { annotations } = preferences(request.headers["prefer"]);
  if (wantsAnnotation(annotations, "Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus")) {
    body["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"] = "0";
    body["@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode"] = "-2146233088";
    body["@Microsoft.PowerApps.CDS.HelpLink"] =
      `http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a${(known?.code ?? "80040216").replace(/^0x/, "")}&client=platform`;
    body["@Microsoft.PowerApps.CDS.TraceText"] = "";
  }
  return {
    status: known?.status ?? 500,
    headers: { ...headers, "Content-Type": JSON_TYPE, ...known?.headers },
    body: JSON.stringify({ error: body }),
  };
}

/** Creates an emulated organization with its standard rows and nothing else. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return new DataverseEmulator(options);
}
