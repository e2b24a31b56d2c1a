/** A whole synchronization, watched: what is traced, logged and measured of it, and that nobody is named in it. */
import { expect, onTestFinished, test } from "vitest";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { openLog } from "../../src/app/log.ts";
import { openMetrics } from "../../src/app/probes.ts";
import { openStatusBoard } from "../../src/app/status.ts";
import type { Moved, Observer } from "../../src/core/observer.ts";
import { UNOBSERVED } from "../../src/core/observer.ts";
import { openObserver } from "../../src/observe/observer.ts";
import { createApp } from "../../src/http/server.ts";
import { recordSpans } from "../support/recorded-spans.ts";
import type { EndedSpan } from "../support/recorded-spans.ts";
import { scriptedOptions } from "../support/server-options.ts";
import type { Scene, SceneOptions } from "../sync/scene.ts";
import { openScene, persons } from "../sync/scene.ts";

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

/** A log that is kept instead of written. */
function keptLog(): { readonly texts: string[]; readonly lines: () => Line[] } & ReturnType<typeof openLog> {
  const texts: string[] = [];
  const opened = openLog("debug", { write: (text: string) => texts.push(text) });
  return { ...opened, texts, lines: () => texts.map((text) => JSON.parse(text) as Line) };
}

async function watchedScene(options: SceneOptions): Promise<Scene> {
  const scene = await openScene({ records: 200, pageSize: 40, ...options });
  onTestFinished(() => scene.close());
  return scene;
}

/** Everything in the organization that is about a person, and ids of records. */
function personal({ store }: Emulator): readonly string[] {
  return ["lead", "contact"].flatMap((entity) =>
    store.ids(entity).flatMap((id) => {
      const { emailaddress1, lastname, telephone1 } = store.get(entity, id) ?? {};
      return [id, emailaddress1, lastname, telephone1].filter(
        (text): text is string => typeof text === "string" && text.length > 3,
      );
    }),
  );
}

function requireNobodyIn(text: string, emulator: Emulator): void {
  const named = personal(emulator);
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((word) => text.includes(word))).toEqual([]);
}

/** A contact whose edit Dynamics cannot take, and one that PostgreSQL cannot keep. */
async function spoil({ emulator, sql }: Scene): Promise<void> {
  await sql.query("update marketing.people set first_name = repeat('x', 5000) where crm_type = 'contact'");
  const [id] = persons(emulator, "contact");
  emulator.store.update("contact", id ?? "", { firstname: "a\u0000b" });
}

test("a cycle is a span, with turns, requests and transactions in it", async () => {
  const spans = recordSpans();
  const scene = await watchedScene({ observer: openObserver() });
  await scene.sync();
  await spoil(scene);
  await scene.sync();
  const named = (name: string): EndedSpan[] => spans.filter((span) => span.name === `tandem.${name}`);
  const byId = new Map(spans.map((span) => [span.id, span]));
  const within = ({ parent }: EndedSpan): string | undefined => byId.get(parent ?? "")?.name;

  expect(named("cycle").length).toBeGreaterThan(1);
  for (const { parent, attributes } of named("cycle")) {
    expect(parent).toBeUndefined();
    expect(attributes).toMatchObject({
      "tandem.connection": 1,
      "tandem.run": expect.stringMatching(/^\d+$/) as unknown,
      "tandem.outcome": expect.stringMatching(/^(?:done|partial)$/) as unknown,
    });
  }
  expect(new Set(named("turn").map(within))).toEqual(new Set(["tandem.cycle"]));
  expect(named("turn").map(({ attributes }) => attributes)).toContainEqual({
    "tandem.entity": "contact",
    "tandem.lane": "push",
  });
  expect(named("request").filter((span) => within(span) === "tandem.turn")).not.toEqual([]);
  expect(named("transaction").filter((span) => within(span) === "tandem.turn")).not.toEqual([]);
  expect(named("request")[0]?.attributes).toEqual({
    "http.request.method": expect.stringMatching(/^(?:GET|POST)$/) as unknown,
    "server.address": expect.stringMatching(/contoso/) as unknown,
    "http.response.status_code": 200,
  });
  requireNobodyIn(JSON.stringify(spans), scene.emulator);
});

test("every line of the log says whose it is, and none says anything of a person or a secret", async () => {
  const { log, texts, lines } = keptLog();
  const scene = await watchedScene({ log, observer: openObserver() });
  await scene.sync();
  await spoil(scene);
  await scene.sync();
  scene.emulator.faults.add({ effect: { type: "status", status: 429 }, times: 1 });
  await scene.sync();

  const ended = lines().filter(({ msg }) => msg === "cycle.ended");
  expect(ended.length).toBeGreaterThan(2);
  for (const line of ended) {
    expect(line).toMatchObject({ connection: 1, run: expect.stringMatching(/^\d+$/) as unknown });
  }
  const waiting = lines().find(({ msg }) => msg === "source.waiting");
  expect(waiting).toMatchObject({ connection: 1, code: "throttled" });
  const text = texts.join("");
  requireNobodyIn(text, scene.emulator);
  const { clientSecret, password } = scene.emulator.authority.credentials;
  expect(text).not.toContain(clientSecret);
  expect(text).not.toContain(password);
  expect(text).not.toMatch(/Bearer|xxxx/);
});

test("an error that quotes a record stays out of the log of the API", async () => {
  const { logger, texts } = keptLog();
  const status = (): Promise<never> =>
    Promise.reject(
      Object.assign(new Error("duplicate ada@example.com"), { code: "23505", detail: "ada@example.com" }),
    );
  const app = createApp({ ...scriptedOptions(), log: logger, status });
  const answer = await app.inject({ url: "/api/status", headers: { host: "localhost" } });
  expect(answer.statusCode).toBe(500);
  expect(texts.join("")).toContain("23505");
  expect(texts.join("")).not.toContain("ada@example.com");
});

test("what is counted is what happened", async () => {
  const moved: Moved[] = [];
  const requests: (number | null)[] = [];
  const cycles: string[] = [];
  const observer: Observer = {
    ...UNOBSERVED,
    moved: (each) => moved.push(each),
    requested: (status) => requests.push(status),
    cycled: (outcome) => cycles.push(outcome),
  };
  const scene = await watchedScene({ observer });
  const sum = (entity: string, outcome: keyof Moved["outcomes"]): number =>
    moved
      .filter((each) => each.entity === entity)
      .reduce((total, { outcomes }) => total + (outcomes[outcome] ?? 0), 0);
  await scene.sync();
  const { rows } = await scene.entity("contact");
  expect(sum("contact", "created")).toBe(rows);
  expect(sum("contact", "read")).toBeGreaterThanOrEqual(rows);
  expect(new Set(cycles)).toEqual(new Set(["done"]));
  // Beside the Web API's there are those of the sign-in.
  expect(requests.length).toBeGreaterThan(scene.requests.length);

  moved.length = 0;
  await spoil(scene);
  await scene.sync();
  expect(sum("contact", "refused")).toBeGreaterThan(0);
  expect(sum("contact", "created")).toBe(0);

  moved.length = 0;
  await scene.sql.query("update marketing.people set first_name = 'Grace' where crm_type = 'contact'");
  await scene.sync();
  expect(sum("contact", "written")).toBeGreaterThan(0);
});

test("the measurements of a workspace name nobody", async () => {
  const scene = await watchedScene({});
  await scene.sync();
  await spoil(scene);
  await scene.sync();
  const opened = { database: scene.database, kind: "server", server: "db", psql: "psql" } as const;
  const board = openStatusBoard(opened, { version: "1", demo: false });
  const text = await openMetrics(scene.database, board, "1.2.3").text();
  expect(text).toMatch(
    /^tandem_parked_records\{entity="contact",direction="push",code="value_invalid"\} [1-9]/m,
  );
  expect(text).toMatch(/^tandem_lag_seconds\{connection="dynamics"\} \d/m);
  requireNobodyIn(text, scene.emulator);
});
