/** A few kills of each kind, as `kill.ts` does them by the dozen. */
import { expect, test } from "vitest";
import type { Target } from "./kill.ts";
import { killOften } from "./kill.ts";

const PATIENCE = 240_000;

test.each<{ target: Target; kills: number; seed: number }>([
  { target: "tandem", kills: 4, seed: 3 },
  { target: "server", kills: 2, seed: 3 },
  { target: "both", kills: 3, seed: 4 },
])("killing $target loses nothing and repeats no finished page", { timeout: PATIENCE }, async (wanted) => {
  const said: string[] = [];
  const verdict = await killOften({ ...wanted, records: 1_500, say: (line) => said.push(line) });
  expect(verdict.faults, said.join("\n")).toEqual([]);
  expect(verdict.kills).toBe(wanted.kills);
  expect(verdict.edits).toBeGreaterThan(0);
});
