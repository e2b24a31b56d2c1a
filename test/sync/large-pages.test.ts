import { expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";
import { mergeRecords, qualifyLead } from "./seller.ts";

/**
 * Pages that a thread of its own reads do the same to the database as pages that are read where they came. The two
 * organizations were made at different moments, which some of their records tell.
 */

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The tables as text, line by line; ids that are not among the known ones were made up on the way. */
async function contents({ sql }: Scene, known?: ReadonlySet<string>): Promise<readonly string[]> {
  const tables = ["people", "companies", "opportunities", "users", "teams"];
  const all: string[] = [];
  for (const table of tables) {
    const { rows } = await sql.query<{ row: object }>(
      `select to_jsonb(t) - '{id,created_at,updated_at,crm_created_at,crm_modified_at}'::text[] as row
         from marketing.${table} t`,
    );
    all.push(...rows.map(({ row }) => `${table} ${JSON.stringify(row)}`));
  }
  const { rows: parked } = await sql.query<object>(
    "select crm_id, code, field, detail from marketing_sync.parked",
  );
  all.push(...parked.map((row) => `parked ${JSON.stringify(row)}`));
  const named = (line: string): string =>
    known === undefined ? line : line.replace(GUID, (id) => (known.has(id) ? id : "made up"));
  return all.map(named).toSorted();
}

async function live(scene: Scene): Promise<readonly string[]> {
  const { emulator } = scene;
  const [company = ""] = emulator.store.ids("account");
  // What PostgreSQL cannot keep, and what the first meeting must not double.
  emulator.store.update("account", company, { name: "half \ud83d" });
  await scene.sync();
  const before = await contents(scene);
  expect(before.filter((line) => line.startsWith("parked"))).toHaveLength(1);
  const known = new Set(before.flatMap((line) => line.match(GUID) ?? []));
  const open = (kind: "contact" | "lead"): string[] =>
    emulator.store.ids(kind).filter((id) => emulator.store.get(kind, id)?.["statecode"] === 0);
  const [lead = ""] = open("lead");
  const [winner = "", loser = ""] = open("contact");
  await qualifyLead(scene, lead, { account: false });
  await mergeRecords(scene, "contact", { winner, loser });
  emulator.store.update("account", company, { name: "tab\tline\nback\\slash 日本 👍" });
  for (const id of emulator.store.ids("contact").slice(5, 40)) {
    emulator.store.update("contact", id, { jobtitle: `Role of ${id}` });
  }
  await scene.sync();
  return contents(scene, known);
}

test("a history ends the same, whoever reads its pages", async () => {
  const [large, small] = await Promise.all([
    openScene({ filter: true, largePage: 0 }),
    openScene({ filter: true }),
  ]);
  try {
    const [there, here] = await Promise.all([live(large), live(small)]);
    expect(here.filter((line) => line.startsWith("people")).length).toBeGreaterThan(100);
    expect(there).toEqual(here);
  } finally {
    await Promise.all([large.close(), small.close()]);
  }
});
