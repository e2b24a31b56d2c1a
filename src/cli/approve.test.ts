import { Command } from "commander";
import { expect, test } from "vitest";
import { ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
import { addApprove } from "./approve.ts";

async function run(...words: readonly string[]): Promise<{ asked: readonly string[]; written: string }> {
  const desk = new ScriptedSyncDesk();
  let written = "";
  const program = new Command("tandem").exitOverride().configureOutput({ writeErr: () => undefined });
  addApprove(program, {
    tandem: { runs: (work) => work(desk) },
    signal: new AbortController().signal,
    write: (text) => {
      written += text;
    },
  });
  await program.parseAsync(["node", "tandem", ...words]);
  return { asked: desk.asked, written };
}

test("approving says how many pass, and where nothing was held", async () => {
  const { asked, written } = await run("approve", "contact", "lead");
  expect(asked).toEqual(["approve 7 contact lead"]);
  expect(written).toBe(
    "contact: 412 deletes of Dynamics may pass with the next cycle; more than that are held again.\n" +
      "lead: the guard holds nothing.\n",
  );
});

test("somebody must say which entity", async () => {
  await expect(run("approve")).rejects.toThrow("missing required argument 'entity'");
});

test("machines get JSON", async () => {
  expect(JSON.parse((await run("approve", "contact", "--json")).written)).toEqual([
    { connection: "dynamics", entity: "contact", fromDynamics: 412, toDynamics: 0 },
  ]);
});
