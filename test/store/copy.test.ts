import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cell, ColumnType } from "../../src/core/cell.ts";
import { cellsWriter } from "../../src/core/row-text.ts";
import { copyRows } from "../../src/store/copy.ts";
import type { TestDatabase } from "../support/database.ts";
import { testDatabase } from "../support/database.ts";

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  await client.query("create table kept (at int, word text, labels text[])");
});

afterAll(async () => {
  await client.end();
  await database.close();
});

/** Copies rows into a fresh table and reads them back in their order. */
async function roundTrip(rows: readonly (readonly Cell[])[]): Promise<unknown[]> {
  await client.query("truncate kept");
  const encode = cellsWriter(["text", "text[]"]);
  const line = (cells: readonly Cell[], at: number): string => `${at}\t${encode(cells)}`;
  await copyRows(client, { target: "kept (at, word, labels)", rows, line });
  const { rows: read } = await client.query<{ word: string; labels: string[] }>(
    "select word, labels from kept order by at",
  );
  return read.map(({ word, labels }) => [word, labels]);
}

/** Pieces that mean something to COPY, to array literals, or to either one's idea of null and of the end. */
const piece = fc.constantFrom(
  ..."\\ \n \r \t \b \f \v { } , \" ' \u00a0 é 👩‍👩‍👧 \u0001 \u007f \ufeff".split(" "),
  " ",
  "\\N",
  "\\.",
  "NULL",
  "null",
  "\\x41",
  "\\101",
  "a",
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\u0000") && value.isWellFormed()),
);

test("any text and any labels come back as they were", async () => {
  const row = fc.tuple(fc.option(text), fc.option(fc.array(text, { minLength: 1, maxLength: 4 })));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      expect(await roundTrip(rows)).toEqual(rows);
    }),
    { numRuns: 200 },
  );
});

describe("the traps one by one", () => {
  test.each([
    ["text that is COPY's null", "\\N", null],
    ["text that is COPY's end", "\\.", null],
    ["empty text beside null", "", null],
    ["a label that spells null", null, ["NULL", "null", "Null"]],
    ["an empty label", null, [""]],
    ["no label at all", null, []],
    ["labels of braces, quotes, commas", null, ["{}", '"', ",", "\\", '{"a","b"}', "\\\\"]],
    ["labels with line ends", null, ["a\nb\r\nc", "\t"]],
    ["blanks around labels", null, [" a ", "  "]],
  ])("%s", async (_, word, labels) => {
    expect(await roundTrip([[word, labels]])).toEqual([[word, labels]]);
  });

  test("text larger than what is handed to the socket at a time", async () => {
    const long = `${"é\\\n".repeat(100_000)}end`;
    expect(
      await roundTrip([
        [long, null],
        ["after", null],
      ]),
    ).toEqual([
      [long, null],
      ["after", null],
    ]);
  });
});

test("values of every other type come back exact", async () => {
  const values: readonly (readonly [ColumnType, string, string])[] = [
    ["integer", "-2147483648", "-2147483648"],
    ["bigint", "9223372036854775807", "9223372036854775807"],
    ["numeric", "123456789012.3456789012", "123456789012.3456789012"],
    ["double precision", "0.1", "0.1"],
    ["double precision", "1e+300", "1e+300"],
    ["boolean", "false", "false"],
    ["date", "0001-01-01", "0001-01-01"],
    ["timestamp with time zone", "2024-03-31T02:30:00.123Z", "2024-03-31 02:30:00.123+00"],
    ["timestamp without time zone", "2024-03-31T02:30:00", "2024-03-31 02:30:00"],
    ["uuid", "00000000-0000-4000-8000-00000000000f", "00000000-0000-4000-8000-00000000000f"],
  ];
  const columns = values.map(([type], at) => `c${at} ${type}`).join(", ");
  await client.query(`set timezone to 'UTC'; drop table if exists exact; create table exact (${columns})`);
  const encode = cellsWriter(values.map(([type]) => type));
  const given = [values.map(([, cell]) => cell), []];
  await copyRows(client, { target: "exact", rows: given, line: (cells) => encode(cells) });
  const read = values.map((_, at) => `c${at}::text as c${at}`).join(", ");
  const { rows } = await client.query<Record<string, string>>(`select ${read} from exact`);
  expect(Object.values(rows[0] ?? {})).toEqual(values.map(([, , shown]) => shown));
  expect(Object.values(rows[1] ?? {})).toEqual(values.map(() => null));
});

test("a COPY that fails leaves nothing, and its session goes on", async () => {
  await client.query("truncate kept");
  const rows = ["1\tfirst", "two\tbad", "3\tthird"];
  const copy = copyRows(client, { target: "kept (at, word)", rows, line: (row) => row });
  await expect(copy).rejects.toMatchObject({ code: "22P02" });
  expect((await client.query("select * from kept")).rows).toEqual([]);
});

test("a line that cannot be made leaves nothing, and its session goes on", async () => {
  await client.query("truncate kept");
  const line = (row: number): string => {
    if (row === 2) throw new RangeError("no second line");
    return `${row}\tfine\n`;
  };
  const copy = copyRows(client, { target: "kept (at, word)", rows: [1, 2, 3], line });
  await expect(copy).rejects.toThrow("no second line");
  expect((await client.query("select * from kept")).rows).toEqual([]);
});
