import { Command } from "commander";
import { expect, test } from "vitest";
import { ScriptedEntityDesk } from "../../test/support/entity-desk.ts";
import { addEntities, entitiesText } from "./entities.ts";

const NOW = new Date("2026-11-24T06:02:00Z");

async function run(...args: readonly string[]) {
  const desk = new ScriptedEntityDesk();
  let written = "";
  const program = new Command("tandem").exitOverride();
  addEntities(program, {
    tandem: { entities: (work) => work(desk) },
    signal: new AbortController().signal,
    write: (text) => {
      written += text;
    },
    now: () => NOW,
  });
  await program.parseAsync(["entities", ...args], { from: "user" });
  return { asked: desk.asked, written, listing: desk.listing };
}

test("entities are a tree by their nearest path, with what is on, rows, access and all other paths", async () => {
  const { written } = await run();
  const [header, registration, session, ...rest] = written.split("\n");
  expect(header).toMatch(/entity +label +state +rows +read access +changes/u);
  expect(registration).toMatch(/^new_registration +Registration +on +1,200 +all +tracked$/u);
  expect(session).toMatch(/^ {2}new_session +Session +off +none +compared$/u);
  expect(rest).toContain("new_session is related in 2 ways:");
  expect(rest).toContain("  contact ← new_registration [new_contactid] → new_session [new_othersessionid]");
  expect(written).toContain("As Dynamics told it 2 min ago.");
});

test("--on and --off take names with blanks or commas between them, and --json gives all of it", async () => {
  const { asked, written, listing } = await run(
    ..."--on new_session,new_room new_topic --off new_order --all --json".split(" "),
  );
  expect(asked).toEqual(["on new_session new_room new_topic off new_order", "all"]);
  expect(JSON.parse(written)).toEqual(listing);
  expect((await run("--refresh")).asked).toEqual(["refresh", "some"]);
});

test("what was switched off says that its table stays; what is set aside says why", () => {
  const { listing } = new ScriptedEntityDesk();
  const [registration, session] = listing.entities;
  if (registration === undefined || session === undefined) throw new Error("the listing has changed");
  const text = entitiesText(
    {
      ...listing,
      readAt: null,
      trouble: "The metadata may not be read.",
      entities: [
        { ...registration, state: "stopping" },
        { ...session, state: "set-aside", trouble: "Read is missing.", noise: "It is private." },
      ],
    },
    true,
    NOW,
  );
  expect(text).toContain("new_registration is followed no longer; its table stays as it is.");
  expect(text).toContain("new_session: Read is missing.");
  expect(text).toContain("new_session: It is private.");
  expect(text).toContain("The last try failed: The metadata may not be read.");
});

test("before Dynamics was asked, the list says when that will be", () => {
  expect(entitiesText({ entities: [], readAt: null, trouble: null }, false, NOW)).toContain("next cycle");
});
