import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../src/core/errors.ts";
import { filesBelow, importsIn, textOf, withoutComments } from "./support/imports.ts";
import type { Import } from "./support/imports.ts";

/** Which area may import which: the table of `ARCHITECTURE.md`. Every area may import itself and packages. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ["core"],
  "connectors/http": ["core"],
  "connectors/dataverse": ["core", "connectors/http"],
  "connectors/webhook": ["core", "connectors/http"],
  marketing: ["core", "store"],
  store: ["core"],
  jobs: ["core", "engine"],
  notices: ["core", "connectors/http", "connectors/webhook"],
  http: ["core", "config"],
  cli: ["core", "config"],
  observe: ["core", "connectors/http"],
  config: ["core"],
  app: [
    "core",
    "engine",
    "connectors/http",
    "connectors/dataverse",
    "connectors/webhook",
    "marketing",
    "store",
    "jobs",
    "notices",
    "http",
    "cli",
    "observe",
    "config",
  ],
  dashboard: [],
  emulators: [],
};

/** The only things of `src/` that the dashboard knows: the types of what the API answers, and how it says no. */
const API_TYPES = ["src/core/status.ts", "src/core/errors.ts", "src/core/notice.ts", "src/core/refused.ts"];

const TREES = ["src", "emulators", "dashboard/src"];
const LONGEST = 400;

/** The area a file belongs to; undefined for packages and for what is in none. */
function areaOf(file: string): string | undefined {
  if (file === "src/main.ts") return "app";
  if (file.startsWith("dashboard/src/")) return "dashboard";
  if (file.startsWith("emulators/")) return "emulators";
  const area = /^src\/(connectors\/[^/]+|[^/]+)\//.exec(file)?.[1];
  return area ?? (/^(?:src|test|bench|dashboard)\//.test(file) ? "nowhere" : undefined);
}

/** What is wrong with an import, in words; undefined when nothing is. */
function offence({ from, to, typeOnly }: Import): string | undefined {
  const [own, other] = [areaOf(from) ?? "nowhere", areaOf(to)];
  const may = MAY_IMPORT[own];
  if (may === undefined) return `${from}: no area of the table has this file`;
  if (to === "?") return `${from}: imports something computed, which cannot be checked`;
  if (own === "dashboard" && API_TYPES.includes(to) && typeOnly) return undefined;
  if (own === "core" && other === undefined) return `${from}: core imports the package ${to}`;
  if (other === undefined || other === own || may.includes(other)) return undefined;
  return `${from}: ${own} may not import ${to}`;
}

/** A way from an area back to itself along the imports; undefined when there is none. */
function cycleIn(imports: readonly Import[]): readonly string[] | undefined {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [own, other] = [areaOf(from), areaOf(to)];
    if (own === undefined || other === undefined || own === other) continue;
    edges.set(own, (edges.get(own) ?? new Set()).add(other));
  }
  const walk = (path: readonly string[]): readonly string[] | undefined => {
    for (const next of edges.get(path.at(-1) ?? "") ?? []) {
      if (path.includes(next)) return [...path, next];
      const found = walk([...path, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return [...edges.keys()].map((area) => walk([area])).find((found) => found !== undefined);
}

async function sources(): Promise<readonly string[]> {
  const files = await Promise.all(TREES.map((tree) => filesBelow(tree, [".ts", ".tsx"])));
  return files.flat().filter((file) => !file.endsWith(".test.ts") && !file.endsWith(".config.ts"));
}

async function allImports(): Promise<readonly Import[]> {
  const files = await sources();
  return (await Promise.all(files.map(async (file) => importsIn(file, await textOf(file))))).flat();
}

describe("the house", () => {
  test("every import is one the table allows", async () => {
    const imports = await allImports();
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.map(offence).filter((found) => found !== undefined)).toEqual([]);
  });

  test("every area of the table exists, and imports lead to no circle between areas", async () => {
    const imports = await allImports();
    const areas = new Set((await sources()).map(areaOf));
    expect(Object.keys(MAY_IMPORT).filter((area) => !areas.has(area))).toEqual([]);
    expect(cycleIn(imports)).toBeUndefined();
  });

  test("core has no clock, no chance, no network and no process", async () => {
    // Reading a date that is given is pure; asking for the time is not.
    const reaching =
      /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|Math\.random|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\b|\bperformance\b|\bcrypto\b/;
    for (const file of await filesBelow("src/core", [".ts"])) {
      if (file.endsWith(".test.ts")) continue;
      expect.soft(reaching.exec(withoutComments(await textOf(file)))?.[0], file).toBeUndefined();
    }
  });

  test("no file is too long to be read at once", async () => {
    const files = await Promise.all(TREES.map((tree) => filesBelow(tree, [".ts", ".tsx", ".css", ".sql"])));
    for (const file of files.flat().filter((name) => !name.endsWith(".test.ts"))) {
      const lines = (await textOf(file)).split("\n").length - 1;
      expect.soft(lines, file).toBeLessThanOrEqual(LONGEST);
    }
  });

  test("every error code has an entry in docs/operations.md: a heading that has it in backticks", async () => {
    const operations = await textOf("docs/operations.md");
    const embedded = await textOf("src/store/embedded/error.ts");
    const union = /type EmbeddedErrorCode =([^;]+);/.exec(embedded)?.[1] ?? "";
    const embeddedCodes = [...union.matchAll(/"([^"]+)"/g)].map(([, code]) => code ?? "");
    expect(embeddedCodes).toContain("held");
    const codes = [...Object.keys(ERROR_CODES), ...embeddedCodes];
    expect(codes.filter((code) => !new RegExp(`^#+ .*\`${code}\``, "m").test(operations))).toEqual([]);
  });
});

describe("the tests of the house can fail", () => {
  const offences = (from: string, text: string): readonly string[] =>
    importsIn(from, text)
      .map(offence)
      .filter((found) => found !== undefined);

  test.each([
    ["src/core/x.ts", 'import { a } from "../engine/cycle.ts";'],
    ["src/core/x.ts", 'import { readFile } from "node:fs/promises";'],
    ["src/core/x.ts", 'import * as z from "zod";'],
    ["src/engine/x.ts", 'import type { Database } from "../store/database.ts";'],
    ["src/engine/x.ts", 'import {\n  a,\n  type B,\n} from "../connectors/dataverse/source.ts";'],
    ["src/connectors/http/x.ts", 'export { a } from "../dataverse/source.ts";'],
    ["src/connectors/dataverse/x.ts", 'import "../../store/database.ts";'],
    ["src/store/x.ts", 'const later = await import("../marketing/tables.ts");'],
    ["src/store/embedded/x.ts", 'import { a } from "../../engine/cycle.ts";'],
    ["src/jobs/x.ts", 'export type * from "../store/database.ts";'],
    ["src/http/x.ts", "import { a } from '../store/status.ts';"],
    ["src/cli/x.ts", 'import { App } from "../app/tandem.ts";'],
    ["src/cli/x.ts", 'import { a } from "../../test/support/entity.ts";'],
    ["src/config/x.ts", 'import { a } from "../../emulators/dataverse/serve.ts";'],
    ["src/app/x.ts", 'import { serve } from "../../emulators/dataverse/serve.ts";'],
    ["src/helpers/x.ts", 'import { a } from "../core/cell.ts";'],
    ["src/main.ts", "await import(`./app/${name}.ts`);"],
    ["dashboard/src/x.tsx", 'import { ERROR_CODES } from "../../src/core/errors.ts";'],
    ["dashboard/src/x.tsx", 'import { a } from "../../src/core/status.ts";'],
    ["dashboard/src/x.tsx", 'import type { Cell } from "../../src/core/cell.ts";'],
    ["emulators/dataverse/x.ts", 'import type { WireValue } from "../../src/core/change.ts";'],
  ])("%s: %s", (from, text) => {
    expect(offences(from, text)).toHaveLength(1);
  });

  test.each([
    ["src/core/x.ts", 'import type { Cell } from "./cell.ts";'],
    ["src/connectors/dataverse/x.ts", 'const { a } = await import("@azure/identity");'],
    ["src/marketing/x.ts", 'import pairs from "./default-mapping.json" with { type: "json" };'],
    ["src/main.ts", 'import { createProgram } from "./cli/program.ts";'],
    ["dashboard/src/pages/x.tsx", 'import type { Status } from "../../../src/core/status.ts";'],
    ["emulators/dataverse/x.ts", '// as in import { a } from "../../src/core/cell.ts";\nimport "node:fs";'],
  ])("and pass: %s: %s", (from, text) => {
    expect(importsIn(from, text)).toHaveLength(1);
    expect(offences(from, text)).toEqual([]);
  });

  test("a circle between areas is found", () => {
    const along = (from: string, to: string): Import => ({ from, to, typeOnly: false });
    const line = [along("src/a/x.ts", "src/b/x.ts"), along("src/b/y.ts", "src/c/x.ts")];
    expect(cycleIn(line)).toBeUndefined();
    expect(cycleIn([...line, along("src/c/y.ts", "src/a/y.ts")])).toEqual(["a", "b", "c", "a"]);
  });
});
