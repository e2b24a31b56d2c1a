import { Command } from "commander";
import { expect, test } from "vitest";
import { ScriptedSyncDesk } from "../../test/support/sync-desk.ts";
import { addPause } from "./pause.ts";

async function run(...words: readonly string[]) {
  const desk = new ScriptedSyncDesk();
  let written = "";
  const program = new Command("tandem").exitOverride();
  addPause(program, {
    tandem: { runs: (work) => work(desk) },
    signal: new AbortController().signal,
    write: (text) => {
      written += text;
    },
  });
  await program.parseAsync(["node", "tandem", ...words]);
  return { asked: desk.asked, written };
}

test("pause says what rests, since when and how it goes on", async () => {
  const { asked, written } = await run("pause", "lead", "contact");
  expect(asked).toEqual(["pause 7 lead contact"]);
  expect(written).toContain("lead is paused since 2026-11-24T06:00:00.000Z, by ada.");
  expect(written).toContain("`tandem resume contact` lets it go on.");
});

test("without names it is the whole connection", async () => {
  expect((await run("pause")).written).toContain("The connection dynamics is paused");
  expect(await run("resume")).toEqual({
    asked: ["resume 7"],
    written: "The connection dynamics goes on.\n",
  });
});

test("machines get JSON", async () => {
  expect(JSON.parse((await run("pause", "lead", "--json")).written)).toEqual([
    { connection: "dynamics", entity: "lead", paused: { since: "2026-11-24T06:00:00.000Z", by: "ada" } },
  ]);
});
