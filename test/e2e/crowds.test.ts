/** Two crowds for a few seconds, as `crowds.ts` lets them work for minutes. */
import { expect, test } from "vitest";
import { crowds } from "./crowds.ts";

const PATIENCE = 180_000;

test.each([
  { target: "tandem", kills: 3, seed: 5 },
  { target: "server", kills: 2, seed: 6 },
] as const)(
  "two crowds edit the same people while $target is killed: nothing is lost, doubled or overwritten unseen",
  { timeout: PATIENCE },
  async (wanted) => {
    const said: string[] = [];
    const verdict = await crowds({
      ...wanted,
      records: 200,
      seconds: 10,
      writers: 10,
      sellers: 10,
      say: (line) => said.push(line),
    });
    expect(verdict.faults, said.join("\n")).toEqual([]);
    expect(verdict.kills).toBe(wanted.kills);
    expect(verdict.edits).toBeGreaterThan(50);
  },
);
