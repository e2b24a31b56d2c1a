import { afterEach, beforeEach, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Rows carry labels; when Dynamics renames them, the rows follow without reading the records again. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 400 });
  await scene.sync();
});

afterEach(() => scene.close());

test("a renamed label is followed, and so are two that were exchanged", async () => {
  const before = await counts();
  rename([
    { value: 1, label: "Cold" },
    { value: 2, label: "Lukewarm" },
    { value: 3, label: "Hot" },
  ]);
  await scene.restart();
  await scene.sync();
  const after = await counts();
  expect(after).toEqual({ Cold: before["Hot"], Lukewarm: before["Warm"], Hot: before["Cold"] });
  await scene.restart();
  await scene.sync();
  expect(await counts()).toEqual(after);
});

test("labels that are made equal stay apart by their value", async () => {
  const before = await counts();
  rename([
    { value: 1, label: "Same" },
    { value: 2, label: "Same" },
    { value: 3, label: "Cold" },
  ]);
  await scene.restart();
  await scene.sync();
  expect(await counts()).toEqual({
    "Same (1)": before["Hot"],
    "Same (2)": before["Warm"],
    Cold: before["Cold"],
  });
});

test("a Yes/No column whose words change keeps its values, and nothing stops", async () => {
  const options = [
    { value: 0, label: "Allowed" },
    { value: 1, label: "Forbidden" },
  ];
  scene.emulator.schema.relabel("lead", "donotphone", { options });
  await scene.restart();
  expect((await scene.sync()).complete).toBe(true);
});

function rename(options: readonly { value: number; label: string }[]): void {
  scene.emulator.schema.relabel("lead", "leadqualitycode", { options });
}

async function counts(): Promise<Record<string, number>> {
  const { rows } = await scene.sql.query<{ rating: string; count: number }>(
    `select rating, count(*)::int as count from marketing.people
      where crm_type = 'lead' and rating is not null group by rating`,
  );
  return Object.fromEntries(rows.map(({ rating, count }) => [rating, count]));
}
