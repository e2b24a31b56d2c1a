import { Command } from "commander";
import { expect, test } from "vitest";
import { FIELD } from "../../test/support/sync-desk.ts";
import { addFields } from "./fields.ts";
import type { FieldLine, FieldsOptions, Tandem } from "./tandem.ts";

async function run(lines: readonly FieldLine[], ...words: readonly string[]) {
  let asked: FieldsOptions | undefined;
  let written = "";
  const program = new Command("tandem").exitOverride().configureOutput({ writeErr: () => undefined });
  const fields = async (options: FieldsOptions): Promise<readonly FieldLine[]> => {
    asked = options;
    return lines;
  };
  addFields(program, {
    tandem: { fields } as Pick<Tandem, "fields"> as Tandem,
    signal: new AbortController().signal,
    write: (text) => {
      written += text;
    },
  });
  await program.parseAsync(["node", "tandem", ...words]);
  return { asked, written };
}

test("values stand beside each field when they are asked for", async () => {
  const { asked, written } = await run([FIELD], "fields", "contact", "--samples");
  expect(asked).toEqual({ entity: "contact", on: [], off: [], samples: true });
  expect(written).toMatch(
    /jobtitle\s+Job Title\s+String\s+people\.job_title\s+.*on \(both ways\).*\s+Buyer · Owner/,
  );
});

test("a clash is shown with both types, and with the ways out of it", async () => {
  const clash = { needs: "integer", has: "text", other: "contact" };
  const apart = { ...FIELD, entity: "lead", attribute: "new_score", clash };
  const stuck = { ...apart, attribute: "new_size", setAside: "It holds text." };
  const { written } = await run([apart, stuck], "fields", "lead");
  expect(written).toContain("new_score of lead is integer, contact has text: each has a column of its own.");
  expect(written).toContain(
    "new_size of lead is integer, contact has text. Choose: `tandem fields lead --column new_size=<new column>`",
  );
});

test("columns and text are chosen by attribute", async () => {
  const words = "fields lead --column new_score=lead_score --column new_size=lead_size --as-text new_score";
  expect((await run([FIELD], ...words.split(" "))).asked).toEqual({
    entity: "lead",
    on: [],
    off: [],
    columns: new Map([
      ["new_score", "lead_score"],
      ["new_size", "lead_size"],
    ]),
    asText: ["new_score"],
  });
});

test.each([
  ["fields --samples", "name the entity"],
  ["fields --as-text new_score", "name the entity"],
  ["fields lead --column new_score", '"new_score" is no choice of a column'],
])("%s is refused plainly", async (words, message) => {
  await expect(run([FIELD], ...words.split(" "))).rejects.toThrow(message);
});

test("what was switched is shown alone; machines get all", async () => {
  const other = { ...FIELD, attribute: "fax", label: "Fax" };
  const { written } = await run([FIELD, other], "fields", "contact", "--on", "fax");
  expect(written).toContain("Fax");
  expect(written).not.toContain("Job Title");
  const json = (await run([FIELD, other], "fields", "contact", "--on", "fax", "--json")).written;
  expect(JSON.parse(json)).toHaveLength(2);
});
