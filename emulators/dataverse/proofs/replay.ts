import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulator } from "../emulator.ts";
import type { Emulator } from "../emulator.ts";
import { serve } from "../serve.ts";
import { exchanges } from "./exchange.ts";
import type { Exchange, Step } from "./exchange.ts";
import { filled, learned, linesOf } from "./likeness.ts";
import type { Known } from "./likeness.ts";

/** Where the requests of a fixture go. */
interface Door {
  readonly emulator: Emulator;
  readonly origin: string;
  send(request: Request): Promise<Response>;
  close(): Promise<void>;
}

const DOORS: Readonly<Record<string, () => Promise<Door>>> = {
  "in the same process": async () => {
    const emulator = createEmulator({ random: sequentialChance() });
    return {
      emulator,
      origin: "https://contoso.crm.example",
      send: async (request) => emulator.fetch(request),
      close: async () => undefined,
    };
  },
  "over HTTP": async () => {
    const emulator = createEmulator({ random: sequentialChance() });
    const served = await serve(emulator);
    return {
      emulator,
      origin: served.url,
      send: async (request) => fetch(request),
      close: async () => served.close(),
    };
  },
};

/** Chance that gives rising ids, as the real service's own ids rise: rows lie in the order in which they were made. */
function sequentialChance(): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return drawn / 2 ** 32;
  };
}

/** Declares the tests of a fixture: every exchange in it, through both doors, step by step. */
export function replayFixture(name: string, prepare: (emulator: Emulator) => void = () => undefined): void {
  const text = readFileSync(join(import.meta.dirname, "fixtures", `${name}.http`), "utf8");
  for (const exchange of exchanges(text)) {
    describe.each(Object.keys(DOORS))(`${exchange.title} (${exchange.source}) %s`, (way) =>
      replay(exchange, async () => {
        const door = await DOORS[way]?.();
        if (door === undefined) throw new Error(`There is no door ${way}.`);
        prepare(door.emulator);
        return door;
      }),
    );
  }
}

function replay(exchange: Exchange, open: () => Promise<Door>): void {
  let door: Door;
  const known: Known = new Map();
  beforeAll(async () => {
    door = await open();
    const { standard } = door.emulator.organization;
    known.set("api", `${door.origin}/api/data/v9.2`);
    for (const [name, id] of Object.entries({ ...standard })) known.set(name, id);
    known.set("bearer", await signedIn(door));
  });
  afterAll(async () => door.close());
  it.each(exchange.steps)("$title", async (step) => {
    const response = await door.send(requestOf(step, known));
    const body = await response.text();
    expect(`${response.status} ${response.status === step.answer.status ? "" : body}`.trim()).toBe(
      String(step.answer.status),
    );
    for (const [header, value] of step.answer.headers) {
      const actual = response.headers.get(header) ?? "(absent)";
      expect(`${header}: ${actual}`).toBe(`${header}: ${learned(value, actual, known)}`);
    }
    for (const header of step.answer.absent)
      expect([header, response.headers.get(header)]).toEqual([header, null]);
    const actual = linesOf(body);
    const expected = linesOf(step.answer.body).map((line, at) => learned(line, actual[at] ?? "", known));
    expect(actual).toEqual(expected);
  });
}

function requestOf(step: Step, known: Known): Request {
  const headers = new Headers({ authorization: `Bearer ${known.get("bearer")}` });
  for (const [name, value] of step.headers) headers.append(name, filled(value, known));
  const body = filled(step.body, known);
  if (body !== "" && !headers.has("content-type"))
    headers.set("content-type", "application/json; charset=utf-8");
  const multipart = headers.get("content-type")?.startsWith("multipart/") === true;
  return new Request(filled(step.address, known), {
    method: step.method,
    headers,
    ...(body === "" ? {} : { body: multipart ? `${body}\n`.replaceAll("\n", "\r\n") : body }),
  });
}

async function signedIn(door: Door): Promise<string> {
  const { emulator, origin } = door;
  const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: "client_credentials",
    scope: `${origin}/.default`,
  });
  const answer = await door.send(
    new Request(`${origin}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body: form }),
  );
  return ((await answer.json()) as { access_token: string }).access_token;
}
