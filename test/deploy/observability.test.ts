/** What is deployed beside Tandem speaks of metrics, labels, commands and files that there are. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { createProgram } from "../../src/cli/program.ts";
import type { Tandem } from "../../src/cli/tandem.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { ERROR_CODES } from "../../src/core/errors.ts";
import type { Gauges } from "../../src/core/gauges.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import { textOf } from "../support/imports.ts";

const alertsSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string().regex(/^Tandem[A-Za-z]+$/),
          expr: z.string(),
          for: z.string().regex(/^\d+[mh]$/),
          labels: z.strictObject({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string(),
      description: z.string().min(10),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.object({ refId: z.string(), expr: z.string() })).min(1),
    }),
  ),
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
});

const serviceSchema = z.object({
  image: z.string(),
  restart: z.literal("unless-stopped"),
  healthcheck: z.unknown().optional(),
  network_mode: z.string().optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
});

const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

async function alerts() {
  const { groups } = alertsSchema.parse(parse(await textOf("deploy/prometheus/alerts.yaml")));
  return groups.flatMap(({ rules }) => rules);
}

async function dashboard() {
  return dashboardSchema.parse(JSON.parse(await textOf("deploy/grafana/tandem.json")));
}

async function compose() {
  return composeSchema.parse(parse(await textOf("deploy/compose.yaml")));
}

/** Every expression that Prometheus is asked, with where it stands. */
async function expressions(): Promise<readonly (readonly [string, string])[]> {
  const { panels, templating } = await dashboard();
  return [
    ...(await alerts()).map(({ alert, expr }) => [alert, expr] as const),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...templating.list.map(({ name, query }) => [name, JSON.stringify(query)] as const),
  ];
}

/** Metrics that a running Tandem tells, by name; the process's own among them. */
async function told(): Promise<ReadonlySet<string>> {
  const read = (): Promise<Gauges> => Promise.reject(new Error("nothing is stored"));
  const text = await new Metrics({ version: "1", now: () => 0, ofProcess: true, read }).text();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? ""));
}

/** Names and labels by the tables of docs/observability.md. */
async function documented(): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = (await textOf("docs/observability.md")).matchAll(/^\| `(tandem_\w+)` \| ([a-z, ]*) ?\|/gm);
  const labels = (cell = ""): string[] => cell.split(",").flatMap((label) => label.trim() || []);
  return new Map([...rows].map(([, name, cell]) => [name ?? "", labels(cell)]));
}

const METRIC = /\b((?:tandem|process|nodejs)_[a-z_]+)(?:\{([^}]*)\})?/g;

interface Use {
  readonly place: string;
  readonly name: string;
  readonly selectors: readonly { readonly label: string; readonly values: readonly string[] }[];
}

async function uses(): Promise<readonly Use[]> {
  return (await expressions()).flatMap(([place, expr]) =>
    [...expr.matchAll(METRIC)].map(([, name = "", selector = ""]) => ({
      place,
      name: name.replace(/_(?:bucket|sum|count)$/, ""),
      selectors: [...selector.matchAll(/(\w+)(?:=~|!=|=)"([^"]*)"/g)].map(([, label = "", values = ""]) => ({
        label,
        values: values.startsWith("$") ? [] : values.split("|"),
      })),
    })),
  );
}

describe("metrics", () => {
  test("are in the document, each of them, and no other", async () => {
    const own = [...(await told())].filter((name) => name.startsWith("tandem_"));
    expect([...(await documented()).keys()].toSorted()).toEqual(own.toSorted());
  });

  test("that alerts and the dashboard ask for are told", async () => {
    const names = await told();
    const asked = await uses();
    expect(asked.length).toBeGreaterThan(35);
    expect(asked.filter(({ name }) => !names.has(name))).toEqual([]);
  });

  test("have the labels they are chosen by, and the values", async () => {
    const labels = await documented();
    const known: Readonly<Record<string, ReadonlySet<string>>> = {
      direction: new Set(["pull", "push"]),
      code: new Set(Object.keys(ERROR_CODES)),
      kind: await literalsOf("src/core/notice.ts", "NoticeKind"),
      outcome: await literalsOf("src/core/observer.ts", "MovedOutcome"),
    };
    for (const { place, name, selectors } of await uses()) {
      for (const { label, values } of selectors.filter((one) => one.label !== "job")) {
        expect.soft(labels.get(name), `${place}: ${name}`).toContain(label);
        const allowed = label === "state" ? await statesOf(name) : known[label];
        expect
          .soft(
            values.filter((value) => allowed?.has(value) === false),
            place,
          )
          .toEqual([]);
      }
    }
  });
});

async function statesOf(metric: string): Promise<ReadonlySet<string>> {
  if (metric === "tandem_webhooks") return new Set(["delivering", "failing", "paused", "gone"]);
  return literalsOf("src/core/status.ts", "ConnectionState");
}

/** The texts of a type that is a choice between texts. */
async function literalsOf(file: string, type: string): Promise<ReadonlySet<string>> {
  const union = new RegExp(`type ${type} =([^;]+);`).exec(await textOf(file))?.[1] ?? "";
  const texts = [...union.matchAll(/"([^"]+)"/g)].map(([, text]) => text ?? "");
  expect(texts.length, type).toBeGreaterThan(2);
  return new Set(texts);
}

describe("alerts", () => {
  test("are explained in the document, each of them", async () => {
    const text = await textOf("docs/observability.md");
    const names = (await alerts()).map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !text.includes(`| \`${name}\``))).toEqual([]);
  });

  test("tell people to use commands that there are", async () => {
    const program = createProgram({
      version: "0.0.0",
      tandem: {} as Tandem,
      signal: new AbortController().signal,
      settingsHelp: "",
      run: async () => 0,
      write: () => undefined,
    });
    const commands = new Map(program.commands.map((command) => [command.name(), command]));
    const text = await textOf("deploy/prometheus/alerts.yaml");
    const named = [...text.matchAll(/`tandem ([a-z]+)(?: ([a-z]+))?/g)];
    expect(named.length).toBeGreaterThan(6);
    for (const [, name = "", part] of named) {
      const command = commands.get(name);
      expect.soft(command, name).toBeDefined();
      if (part === undefined) continue;
      expect
        .soft(
          command?.commands.map((each) => each.name()),
          `${name} ${part}`,
        )
        .toContain(part);
    }
  });
});

test("panels of the dashboard have numbers of their own and overlap nowhere", async () => {
  const { panels } = await dashboard();
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

describe("compose", () => {
  test("every service has a health check, Tandem that of its image, and none is open to others", async () => {
    const { services } = await compose();
    expect(Object.keys(services)).toEqual(["database", "tandem", "prometheus", "grafana"]);
    for (const [name, { healthcheck, ports, network_mode, environment }] of Object.entries(services)) {
      expect.soft(healthcheck === undefined, name).toBe(name === "tandem");
      expect
        .soft(
          ports.filter((port) => !port.startsWith("127.0.0.1:")),
          name,
        )
        .toEqual([]);
      expect.soft(network_mode, name).toBe(name === "database" ? undefined : "host");
      const password = Object.values(environment).filter((value) => value.includes("POSTGRES_PASSWORD"));
      expect
        .soft(
          password.every((value) => value.includes(":?")),
          name,
        )
        .toBe(true);
    }
    expect(services["tandem"]?.depends_on).toEqual({ database: { condition: "service_healthy" } });
  });

  test("what it mounts is there, and what it keeps is a volume", async () => {
    const { services, volumes } = await compose();
    const mounted = Object.values(services).flatMap((service) => service.volumes);
    const places = mounted.map((volume) => volume.split(":")[0] ?? "");
    expect(places.length).toBeGreaterThan(4);
    for (const place of places) {
      const there = place.startsWith("./") ? existsSync(join("deploy", place)) : place in volumes;
      expect.soft(there, place).toBe(true);
    }
    const { dockerfile = "", context = "" } = services["tandem"]?.build ?? {};
    expect(existsSync(join("deploy", context, dockerfile))).toBe(true);
  });

  test("Tandem is given settings that there are", async () => {
    const text = (await textOf("deploy/compose.yaml")) + (await textOf("deploy/Dockerfile"));
    const named = new Set([...text.matchAll(/\bTANDEM_[A-Z_]*[A-Z]\b/g)].map(([name]) => name));
    expect([...named].filter((name) => !(name in SETTINGS))).toEqual([]);
    expect(named.size).toBeGreaterThan(1);
  });

  test("Prometheus asks Tandem where it listens, and knows the alerts", async () => {
    const config = parse(await textOf("deploy/prometheus/prometheus.yaml")) as unknown;
    const port = String(SETTINGS.TANDEM_PORT.schema.parse(undefined));
    expect(config).toMatchObject({
      rule_files: ["alerts.yaml"],
      scrape_configs: [{ job_name: "tandem", static_configs: [{ targets: [`localhost:${port}`] }] }],
    });
  });
});

describe("the container file", () => {
  test("copies what there is, and the builder is given all of it", async () => {
    const ignored = await textOf("deploy/Dockerfile.dockerignore");
    const given = [...ignored.matchAll(/^!(\S+)$/gm)].map(([, name]) => name ?? "");
    const copied = [...(await textOf("deploy/Dockerfile")).matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(
      ([, names = ""]) => names.split(" ").slice(0, -1),
    );
    expect(copied.length).toBeGreaterThan(8);
    for (const name of copied) {
      expect.soft(existsSync(name), name).toBe(true);
      expect.soft(given, name).toContain(name);
    }
    expect(given.filter((name) => !copied.includes(name))).toEqual([]);
  });

  test("runs as an ordinary user, under the Node it needs, and is healthy when it is ready", async () => {
    const lines = (await textOf("deploy/Dockerfile")).split("\n");
    expect(lines.filter((line) => line.startsWith("FROM")).every((line) => line.includes("node:24-"))).toBe(
      true,
    );
    const user = lines.indexOf("USER node");
    expect(user).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith("COPY")));
    const health = lines.findIndex((line) => line.startsWith("HEALTHCHECK"));
    expect(lines[health + 1]).toContain("/readyz");
    // What is run as the health check is JavaScript that can be read.
    const command = z.array(z.string()).parse(JSON.parse(/\[.*\]/.exec(lines[health + 1] ?? "")?.[0] ?? ""));
    expect(() => new Script(command.at(-1) ?? "")).not.toThrow();
    const entry = /^ENTRYPOINT (\[.*\])$/m.exec(lines.join("\n"))?.[1] ?? "[]";
    const program = z.array(z.string()).parse(JSON.parse(entry)).at(-1) ?? "";
    expect(existsSync(program) && dirname(program)).toBe("src");
  });
});
