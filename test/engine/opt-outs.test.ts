/** The five ways of not wanting to be written to or called: each is a column of its own and travels both ways. */
import { expect, test } from "vitest";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit } from "./edits.ts";
import { quiet } from "./people.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const OPT_OUTS = {
  unsubscribed: "donotbulkemail",
  do_not_call: "donotphone",
  do_not_email: "donotemail",
  do_not_fax: "donotfax",
  do_not_send_marketing_material: "donotsendmm",
} as const;

const COLUMNS = Object.keys(OPT_OUTS);
const ATTRIBUTES = Object.values(OPT_OUTS);
const PAIRS = Object.entries(OPT_OUTS);

const all = (answer: boolean) => Object.fromEntries(ATTRIBUTES.map((name) => [name, answer]));

async function twoPeople(): Promise<World> {
  const described = [
    attribute("emailaddress1", "String"),
    ...ATTRIBUTES.map((name) => attribute(name, "Boolean")),
  ];
  const world = await openWorld(entity("contact", described), entity("lead", described));
  world.source.put("contact", 1, { emailaddress1: "office@firm.example", ...all(false) });
  world.source.put("lead", 2, { emailaddress1: "Office@firm.example", ...all(false) });
  await quiet(world);
  return world;
}

const inDynamics = (world: World, name: string, id: number) =>
  world.source.records(name).get(guid(id))?.fields;

test.each(PAIRS)("travels both ways: %s is %s", async (column, name) => {
  const world = await twoPeople();
  await edit(world, 1, { [column]: "true" });
  world.source.put("lead", 2, { [name]: true });
  await quiet(world);
  expect(inDynamics(world, "contact", 1)).toMatchObject({ [name]: true });
  expect(await world.table("people")).toMatchObject([{ [column]: true }, { [column]: true }]);
});

test.each(PAIRS)("touches no other one: %s is %s alone", async (column, name) => {
  const world = await twoPeople();
  await edit(world, 1, { [column]: "true" });
  world.source.put("lead", 2, { [name]: true });
  await quiet(world);
  expect(inDynamics(world, "contact", 1)).toMatchObject({ ...all(false), [name]: true });
  const others = Object.fromEntries(COLUMNS.map((other) => [other, other === column]));
  expect(await world.table("people")).toMatchObject([others, others]);
});

test("of one person reaches everybody with the same e-mail by a statement", async () => {
  const world = await twoPeople();
  world.source.put("contact", 1, { donotbulkemail: true });
  await quiet(world);
  await world.rows(
    `update marketing.people p set unsubscribed = true
      where not coalesce(p.unsubscribed, false)
        and exists (select from marketing.people o where o.unsubscribed and lower(o.email) = lower(p.email))`,
  );
  await quiet(world);
  expect(inDynamics(world, "lead", 2)).toMatchObject({ donotbulkemail: true });
});
