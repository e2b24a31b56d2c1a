import { existsSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";
import { createProgram } from "../src/cli/program.ts";
import type { Tandem } from "../src/cli/tandem.ts";
import { SETTINGS } from "../src/config/settings.ts";
import { columnsFor } from "../src/core/mapping.ts";
import type { Column } from "../src/core/mapping.ts";
import type { AttributeType } from "../src/core/organization.ts";
import pairs from "../src/marketing/default-mapping.json" with { type: "json" };
import { mappingFor } from "../src/marketing/default-mapping.ts";
import { attribute, entity } from "./support/entity.ts";
import { filesBelow, textOf } from "./support/imports.ts";
import { openWorkspace } from "./support/workspace.ts";

/** What the documents say is held against what is. */

interface Pair {
  readonly column: string;
  readonly attribute: string;
  readonly attributeType?: string;
  readonly targets?: readonly string[];
}

const TABLES: Readonly<Record<string, Readonly<Record<string, readonly Pair[]>>>> = pairs.tables;

const documents = await (async () => {
  const root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
  const files = [...root, ...(await filesBelow("docs", [".md"]))];
  return Promise.all(files.map(async (file) => ({ file, text: await textOf(file) })));
})();

function fenced(text: string, language: string): readonly string[] {
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)];
  return blocks.filter(([, named]) => named === language).map(([, , body]) => (body ?? "").trim());
}

describe("the README", () => {
  test("has each of the two commands once, alone in its block", async () => {
    const readme = await textOf("README.md");
    for (const command of ["npm ci && npm start", "npm ci && npm test"]) {
      expect(fenced(readme, "sh").filter((block) => block === command)).toHaveLength(1);
      expect(readme.split(command)).toHaveLength(2);
    }
  });

  test("configures a real organization in 25 lines, with settings that exist", async () => {
    const block = fenced(await textOf("README.md"), "sh").find((text) => text.includes("export")) ?? "";
    expect(block.split("\n").length).toBeLessThanOrEqual(25);
    const named = [...block.matchAll(/^export (\w+)=/gm)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !(name in SETTINGS))).toEqual([]);
  });

  test("lists every command there is", async () => {
    const program = createProgram({
      version: "0.0.0",
      tandem: {} as Tandem,
      signal: new AbortController().signal,
      settingsHelp: "",
      run: async () => 0,
      write: () => undefined,
    });
    const rows = (await textOf("README.md")).match(/^\| `\w+`(?:, `\w+`)* \|/gm) ?? [];
    const told = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const commands = program.commands.map((command) => command.name());
    expect(commands).toContain("start");
    expect(commands.filter((name) => !told.includes(name))).toEqual([]);
  });
});

describe("the settings", () => {
  test("each has a row with its default", async () => {
    const text = await textOf("docs/settings.md");
    for (const [name, { schema }] of Object.entries(SETTINGS)) {
      const row = text.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
      const standard = schema.safeParse(undefined);
      const shown = standard.success && standard.data !== undefined ? `\`${String(standard.data)}\`` : "";
      expect.soft(row?.split("|")[2], name).toContain(shown);
    }
  });

  test("none is named that does not exist", () => {
    const named = documents.flatMap(({ text }) => text.match(/TANDEM_[A-Z_]+[A-Z]/g) ?? []);
    const known = new Set([...Object.keys(SETTINGS), "TANDEM_TEST_DATABASE_URL"]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("links and places", () => {
  test("every link leads to a file, and to a heading of it", async () => {
    const broken: string[] = [];
    for (const { file, text } of documents) {
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (!/^\w+:/.test(target) && !(await leads(file, target))) broken.push(`${file}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test("every file that is named exists", () => {
    const named = documents.flatMap(({ file, text }) =>
      [...text.matchAll(/`((?:src|test|emulators|bin|docs)\/[\w./-]+)`/g)].map(([, place = ""]) => ({
        file,
        place,
      })),
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter(({ place }) => !existsSync(place))).toEqual([]);
  });
});

async function leads(file: string, target: string): Promise<boolean> {
  const [path = "", anchor] = target.split("#");
  const place = path === "" ? file : join(dirname(file), path);
  if (!existsSync(place)) return false;
  if (anchor === undefined) return true;
  const headings = (await textOf(place)).match(/^#+ .+$/gm) ?? [];
  return headings.map(anchorOf).includes(anchor);
}

/** As repositories make anchors of headings: lower case, blanks to hyphens, punctuation gone. */
function anchorOf(heading: string): string {
  const words = heading.replace(/^#+ /, "").toLowerCase();
  return words.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
}

test("every promise names tests that exist, or says that it is not built yet", async () => {
  const sections = (await textOf("docs/promises.md")).split(/^### /m).slice(1);
  expect(sections.map((section) => Number.parseInt(section, 10))).toEqual(
    Array.from({ length: 15 }, (_, index) => index + 1),
  );
  for (const section of sections) {
    const tests = section.match(/[\w./-]+\.test\.ts/g) ?? [];
    expect.soft(tests.filter((file) => !existsSync(file)).join(), section.slice(0, 40)).toBe("");
    expect.soft(tests.length > 0 || /not built yet/i.test(section), section.slice(0, 40)).toBe(true);
  }
});

describe("the marketing database", () => {
  test("every column of the default mapping is in its table's chapter, with its attribute", async () => {
    const chapters = (await textOf("docs/marketing-database.md")).split(/^### /m);
    for (const [table, entities] of Object.entries(TABLES)) {
      const chapter = chapters.find((text) => text.startsWith(`${table}\n`)) ?? "";
      for (const { column, attribute: name } of Object.values(entities).flat()) {
        const row = chapter.split("\n").find((line) => line.startsWith(`| \`${column}\``));
        expect.soft(row, `${table}.${column}`).toContain(`\`${name}\``);
      }
    }
  });

  test("every SQL example runs against the tables of the default mapping", async () => {
    const { tables, database, rows, lease } = await openWorkspace();
    for (const { name, table, columns } of defaultTables()) {
      await tables.prepare(table, columns);
      await rows("insert into entities (connection_id, name, label, table_name) values ($1, $2, $2, $3)", [
        lease.connectionId,
        name,
        table,
      ]);
    }
    await tables.keepViews();
    const examples = fenced(await textOf("docs/marketing-database.md"), "sql");
    expect(examples.length).toBeGreaterThan(5);
    for (const sql of examples) await expect.soft(database.pool.query(sql), sql).resolves.toBeDefined();
  });
});

/** The columns each table gets when the organization has every attribute of the default mapping. */
interface DefaultTable {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly Column[];
}

function defaultTables(): readonly DefaultTable[] {
  return Object.entries(TABLES).flatMap(([table, entities]) =>
    Object.entries(entities).map(([name, all]) => {
      const described = entity(name, [
        ...all.map(attributeOf),
        attribute("transactioncurrencyid", "Lookup", { targets: ["transactioncurrency"] }),
      ]);
      const known = new Map(described.attributes.map((one) => [one.name, one]));
      const { fields } = mappingFor(described, new Map());
      const columns = fields.flatMap((field) => {
        const found = known.get(field.attribute);
        return field.enabled && found !== undefined ? columnsFor(field, found) : [];
      });
      return { name, table, columns };
    }),
  );
}

const DAYS: ReadonlySet<string> = new Set(["actualclosedate", "estimatedclosedate"]);

function attributeOf({ attribute: name, attributeType = "String", targets }: Pair) {
  return attribute(name, attributeType as AttributeType, {
    ...(targets === undefined ? {} : { targets }),
    ...(DAYS.has(name) ? { dateBehavior: "DateOnly" as const } : {}),
  });
}
