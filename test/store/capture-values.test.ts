/**
 * Values before an edit are noted exact, as text, whatever the session that edits has set.
 */
import { expect, test } from "vitest";
import { changeTravelling } from "../../src/store/capture.ts";
import { guid } from "../support/entity.ts";
import type { EditedScene } from "./edited.ts";
import { openEditedScene } from "./edited.ts";

const ODD_SESSION = `
  set datestyle = 'SQL, DMY'; set timezone = 'Asia/Tokyo'; set extra_float_digits = -5;
  set bytea_output = 'escape'; set intervalstyle = 'sql_standard'; set lc_numeric = 'C'; set search_path = public`;

/** A scene with another two-way column that holds the value, given as PostgreSQL reads it. */
async function withColumn(type: string, value: string | null): Promise<EditedScene> {
  const scene = await openEditedScene();
  await scene.rows(`alter table marketing.people add column "odd 'one""" ${type}`);
  await scene.rows(`update marketing.people set "odd 'one""" = $1::text::${type} where crm_id = $2`, [
    value,
    guid(1),
  ]);
  await changeTravelling(scene.database, "contact", async (client) => {
    await client.query(
      `insert into fields (entity_id, attribute, label, type, column_name, direction, enabled)
       values ($1, 'odd', '', '', $2, 'both', true)`,
      [scene.entity.id, NAME],
    );
  });
  return scene;
}

const NAME = `odd 'one"`;

test.each<[string, string | null, string | null, unknown]>([
  ["integer", "7", "8", "7"],
  ["integer", null, "0", null],
  ["bigint", "9007199254740993", null, "9007199254740993"],
  ["numeric", "1234567890123456789.0100", "1", "1234567890123456789.0100"],
  ["double precision", "0.1", "1", "0.1"],
  ["double precision", "1234567890.1234567", "1", "1234567890.1234567"],
  ["boolean", "true", "false", "true"],
  ["boolean", "false", null, "false"],
  ["uuid", guid(9), guid(8), guid(9)],
  ["date", "2024-02-29", "2024-03-01", "2024-02-29"],
  ["date", "infinity", "2024-03-01", "infinity"],
  ["date", "0044-03-15 BC", "0044-03-15", "BC 0044-03-15"],
  ["timestamp with time zone", "2024-05-01 12:30:00+02", "2024-05-01 12:30:00+01", "2024-05-01T10:30:00Z"],
  ["timestamp with time zone", "2024-05-01 12:30:00.120+00", null, "2024-05-01T12:30:00.12Z"],
  ["timestamp with time zone", "-infinity", null, "-infinity"],
  ["timestamp without time zone", "2024-05-01 12:30:00.000001", null, "2024-05-01T12:30:00.000001"],
  ["timestamp without time zone", "2024-05-01 10:00:00", "infinity", "2024-05-01T10:00:00"],
  ["text", "tab\t\"'\\ 😀", "x", "tab\t\"'\\ 😀"],
  ["text", "", null, ""],
  ["text", "null", null, "null"],
  ["character varying(20)", "short", "shorter", "short"],
  ["text[]", '{"a,b",null,"q\\""}', "{}", ["a,b", null, 'q"']],
  ["text[]", "{}", null, []],
])("%s %s before %s", async (type, before, after, expected) => {
  const scene = await withColumn(type, before);
  const editor = await scene.session(ODD_SESSION);
  const edit = `update marketing.people set "odd 'one""" = $1::text::${type} where crm_id = $2`;
  await editor.query(edit, [after, guid(1)]);
  expect(await scene.agreed()).toEqual([{ [NAME]: expected }]);
  await editor.query(edit, [before, guid(1)]);
  expect(await scene.agreed()).toEqual([]);
});

test("texts that a collation takes for the same are not", async () => {
  const scene = await openEditedScene();
  await scene.rows(
    "create collation public.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
  );
  await changeTravelling(scene.database, "contact", async (client) => {
    await client.query("update fields set enabled = false where column_name = 'first_name'");
  });
  await scene.rows("alter table marketing.people alter column first_name type text collate public.any_case");
  await changeTravelling(scene.database, "contact", async (client) => {
    await client.query("update fields set enabled = true where column_name = 'first_name'");
  });
  await scene.rows("update marketing.people set first_name = 'PERSON 1' where crm_id = $1", [guid(1)]);
  expect(await scene.agreed()).toEqual([{ first_name: "Person 1" }]);
});
