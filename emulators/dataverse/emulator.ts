import { setTimeout as sleep } from "node:timers/promises";
import { Access } from "./access.ts";
import { Authority, defaultCredentials } from "./authority.ts";
import type { Credentials } from "./authority.ts";
import { answerControl } from "./control.ts";
import { noResource } from "./errors.ts";
import { Faults, replacement, spoil } from "./faults.ts";
import type { Effect } from "./faults.ts";
import { Limits } from "./limits.ts";
import type { LimitSettings } from "./limits.ts";
import { parseQuery, preferences } from "./message.ts";
import type { Answer, ApiRequest } from "./message.ts";
import { Organization } from "./organization.ts";
import { PlugIns } from "./plug-ins.ts";
import { guid, seededRandom } from "./random.ts";
import type { Random } from "./random.ts";
import type { RecordStore } from "./record.ts";
import type { Writer } from "./record-writes.ts";
import { OrganizationStore } from "./record-store.ts";
import { refusal } from "./refusal.ts";
import { RequestCounts } from "./request-counts.ts";
import { responseOf } from "./response.ts";
import { SchemaChanges } from "./schema-changes.ts";
import { defaultSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { demandSize } from "./size-limits.ts";
import { signIn, unauthorized } from "./sign-in.ts";
import type { ApplicationUser, Callers } from "./sign-in.ts";
import { insertStandardRows } from "./standard-rows.ts";
import { answerCall } from "./web-api.ts";
import type { WebCall } from "./web-call.ts";

export interface EmulatorOptions {
  /** Milliseconds since 1970; a virtual clock is fine. Default: the machine's clock. */
  readonly clock?: () => number;
  /** Waits for injected latency; with a virtual clock, give one that belongs to it. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
  /** Default: seeded with 1. */
  readonly random?: Random;
  readonly organizationName?: string;
  /** What stands before `/api/data` on-premises: `/` and the organization's name. Default: nothing. */
  readonly basePath?: string;
  /** The highest API version offered: `9.2`, on-premises `9.1`. */
  readonly version?: string;
  readonly credentials?: Partial<Credentials>;
  readonly settings?: Partial<Settings>;
  readonly limits?: Partial<LimitSettings>;
}

/** An emulated organization with its Web API and its identity provider. */
export interface Emulator {
  /** Answers a request, exactly as the servers of `serve.ts` do. Rejects like a broken connection on a reset fault. */
  fetch(request: Request): Promise<Response>;
  /** The same without the web's request and response types. */
  answer(request: ApiRequest): Promise<Answer>;
  readonly store: RecordStore;
  readonly organization: Organization;
  readonly access: Access;
  readonly authority: Authority;
  readonly settings: Settings;
  readonly limits: Limits;
  readonly faults: Faults;
  readonly counts: RequestCounts;
  /** Changes the schema while the emulator runs. */
  readonly schema: SchemaChanges;
  readonly plugIns: PlugIns;
  applicationUser: ApplicationUser;
  /** Lets time pass for the organization and its identity provider. */
  advanceClock(milliseconds: number): void;
}

class DataverseEmulator implements Emulator {
  readonly store: RecordStore;
  readonly organization: Organization;
  readonly access: Access;
  readonly authority: Authority;
  readonly settings: Settings;
  readonly limits: Limits;
  readonly faults: Faults;
  readonly counts = new RequestCounts();
  readonly schema: SchemaChanges;
  readonly plugIns: PlugIns;
  applicationUser: ApplicationUser = "present";
  readonly #random: Random;
  readonly #wait: (milliseconds: number) => Promise<unknown>;
  readonly #prefix: string;
  readonly #version: number;
  #advanced = 0;

  constructor(options: EmulatorOptions) {
    this.settings = { ...defaultSettings(), ...options.settings };
    const clock = options.clock ?? Date.now;
    const now = (): number => clock() + this.#advanced;
    this.#random = options.random ?? seededRandom(1);
    this.#wait = options.wait ?? sleep;
    this.#prefix = `${(options.basePath ?? "").replace(/\/+$/, "")}/api/data/v`;
    this.#version = Number(options.version ?? "9.2");
    this.organization = new Organization(
      options.organizationName ?? "Contoso",
      () => now() + this.settings.clockSkew,
      this.#random,
    );
    this.plugIns = new PlugIns(this.organization);
    this.authority = new Authority({ ...defaultCredentials(), ...options.credentials }, now, this.#random);
    insertStandardRows(this.organization, this.authority.credentials.clientId);
    this.schema = new SchemaChanges(this.organization);
    this.access = new Access(this.organization);
    this.limits = new Limits(now);
    Object.assign(this.limits.settings, options.limits);
    this.faults = new Faults(seededRandom(Math.floor(this.#random() * 2 ** 32)));
    this.store = new OrganizationStore((caller) => this.#writer(caller));
  }

  advanceClock(milliseconds: number): void {
    this.#advanced += milliseconds;
    this.plugIns.runDue();
  }

  #writer(caller = this.organization.standard.administrator): Writer {
    this.plugIns.runDue();
    const { organization, settings, plugIns } = this;
    return { organization, settings, plugIns, caller };
  }

  async fetch(request: Request): Promise<Response> {
    const headers = Object.fromEntries(request.headers);
    const body = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
    return responseOf(await this.answer({ method: request.method, url: request.url, headers, body }));
  }

  async answer(request: ApiRequest): Promise<Answer> {
    this.plugIns.runDue();
    const url = new URL(request.url);
    if (url.pathname === "/emulator" || url.pathname.startsWith("/emulator/"))
      return answerControl(this, request, url);
    const effects = this.faults.strike(request);
    const answer = await this.#faultyAnswer(request, url, effects);
    this.counts.add(request, answer.status);
    return {
      ...answer,
      headers: { Date: new Date(this.organization.clock()).toUTCString(), ...answer.headers },
    };
  }

  async #faultyAnswer(request: ApiRequest, url: URL, effects: readonly Effect[]): Promise<Answer> {
    for (const effect of effects) {
      if (effect.type === "reset" && effect.when === "before")
        return { status: 500, headers: {}, body: "", spoiled: "reset" };
      if (effect.type === "expire-tokens") this.authority.expireAll();
      const instead = replacement(effect, this.organization.clock());
      if (instead !== undefined) return instead;
    }
    const latency = effects.reduce(
      (sum, effect) => sum + (effect.type === "latency" ? effect.milliseconds : 0),
      0,
    );
    const answer =
      this.authority.answer(request.method, url, request.body) ??
      (await this.#apiAnswer(request, url, latency));
    return effects.reduce((spoiled, effect) => spoil(effect, spoiled), answer);
  }

  /** @param latency how long the request takes, in milliseconds, while it counts as running */
  async #apiAnswer(request: ApiRequest, url: URL, latency: number): Promise<Answer> {
    const headers = this.#commonHeaders();
    try {
      const path = this.#apiPath(url);
      const callers = signIn(this, request);
      if (callers === undefined) {
        const answer = unauthorized(this, request, url);
        return { ...answer, headers: { ...headers, ...answer.headers } };
      }
      const leave = this.limits.enter(callers.onBehalf ?? callers.caller);
      try {
        Object.assign(headers, this.limits.headers(callers.onBehalf ?? callers.caller));
        if (latency > 0) await this.#wait(latency);
        demandSize(request, this.settings.largestBody);
        const answer = answerCall(this.#call(request, url, { path, callers }));
        return { ...answer, headers: { ...headers, ...answer.headers } };
      } finally {
        leave();
      }
    } catch (error) {
      const answer = refusal(error, request, this.settings);
      return { ...answer, headers: { ...headers, ...answer.headers } };
    }
  }

  #call(request: ApiRequest, url: URL, { path, callers }: { path: string; callers: Callers }): WebCall {
    const { organization, settings, access, plugIns, faults } = this;
    const question = request.url.indexOf("?");
    return {
      organization,
      settings,
      access,
      plugIns,
      faults,
      ...callers,
      request,
      api: url.origin + url.pathname.slice(0, url.pathname.length - path.length),
      path: path.replace(/^\/+/, "").replace(/\/+$/, ""),
      query: parseQuery(question < 0 ? "" : request.url.slice(question + 1)),
      prefer: preferences(request.headers["prefer"]),
    };
  }

  /** The path below the base address and version, with its leading slash; refuses other addresses and versions. */
  #apiPath(url: URL): string {
    const { pathname } = url;
    const rest = pathname.startsWith(this.#prefix) ? pathname.slice(this.#prefix.length) : "";
    const version = /^\d+\.\d+(?=\/|$)/.exec(rest)?.[0];
    if (version === undefined || Number(version) > this.#version || Number(version) < 8) {
      throw noResource(url.href);
    }
    return rest.slice(version.length);
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

/** Creates an emulated organization with its standard rows and nothing else. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return new DataverseEmulator(options);
}
