import { createEmulator } from "./emulator.ts";
import type { Emulator, EmulatorOptions } from "./emulator.ts";

/** What a test sees of an answer. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; an empty object when there is none. */
  readonly json: Json;
}

/** JSON as tests walk through it. */
export interface Json {
  readonly [name: string]: Json;
}

/** The text of a JSON value that should be one; an empty text for anything else. */
export function str(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const ORIGIN = "https://contoso.crm.example";

/** A signed-in client of an emulator in this process, with a clock of its own that stands still. */
export class TestClient {
  readonly emulator: Emulator;
  readonly api = `${ORIGIN}/api/data/v9.2`;
  /** Milliseconds since 1970. */
  now = Date.UTC(2026, 2, 4, 8, 30, 15);
  #token = "";

  constructor(options: EmulatorOptions = {}) {
    this.emulator = createEmulator({ clock: () => this.now, wait: () => Promise.resolve(), ...options });
  }

  /** Asks for a token with the given form; the standard client secret when there is none. */
  async token(form: Record<string, string> = {}): Promise<Seen> {
    const { tenantId, clientId, clientSecret } = this.emulator.authority.credentials;
    const body = new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      grant_type: "client_credentials",
      scope: `${ORIGIN}/.default`,
      ...form,
    });
    return this.raw(`${ORIGIN}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body: body.toString() });
  }

  async signIn(): Promise<this> {
    const { json } = await this.token();
    this.#token = str(json["access_token"]);
    return this;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Seen> {
    return this.send("GET", path, { headers });
  }

  /** Sends a request below the API's address, or to an absolute one; objects go as JSON. */
  async send(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Seen> {
    const url = path.startsWith("http") ? path : `${this.api}/${path}`;
    return this.raw(url, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  async raw(url: string, init: RequestInit = {}): Promise<Seen> {
    const response = await this.emulator.fetch(new Request(url, init));
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json") && text !== "";
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (isJson ? JSON.parse(text) : {}) as Json,
    };
  }

  /** Reads an entity set to the end; gives all rows and the last page. */
  async readAll(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ rows: Json[]; pages: number; last: Json }> {
    const rows: Json[] = [];
    let pages = 0;
    let link: string | undefined = path;
    let last: Json = {};
    while (link !== undefined) {
      const { status, json, text } = await this.get(link, headers);
      if (status !== 200) throw new Error(`${status} ${text}`);
      rows.push(...(json["value"] as unknown as Json[]));
      pages += 1;
      last = json;
      const next = json["@odata.nextLink"] as unknown;
      link = typeof next === "string" ? next : undefined;
    }
    return { rows, pages, last };
  }
}

/** A fresh emulator with a signed-in client. */
export async function testClient(options: EmulatorOptions = {}): Promise<TestClient> {
  return new TestClient(options).signIn();
}
