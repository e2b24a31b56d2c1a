/** Scores and interesting moments: written by marketing, into columns that an organization may have or not. */
import { expect, test } from "vitest";
import type { Attribute } from "../../src/core/organization.ts";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit } from "./edits.ts";
import { quiet } from "./people.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const SCORES: readonly Attribute[] = [
  attribute("mkt_leadscore", "Integer"),
  attribute("mkt_relativescore", "Integer"),
  attribute("mkt_priority", "Integer"),
  attribute("mkt_urgency", "Integer"),
  attribute("mkt_lastinterestingmomentdate", "DateTime", { dateBehavior: "UserLocal" }),
  attribute("mkt_lastinterestingmomenttype", "String"),
  attribute("mkt_leadinterestingmomentsource", "String"),
  attribute("mkt_lastinterestingmomentdesc", "Memo", { maxLength: 2000 }),
];

const VALUES = {
  score: "71",
  relative_score: "4",
  priority: "812",
  relative_urgency: "3",
  last_interesting_moment_at: "2026-11-24T09:30:00Z",
  last_interesting_moment_type: "Web",
  last_interesting_moment_source: "Website",
  last_interesting_moment_description: "Visited the price list",
};

const WRITTEN = {
  mkt_leadscore: 71,
  mkt_relativescore: 4,
  mkt_priority: 812,
  mkt_urgency: 3,
  mkt_lastinterestingmomentdate: "2026-11-24T09:30:00Z",
  mkt_lastinterestingmomenttype: "Web",
  mkt_leadinterestingmomentsource: "Website",
  mkt_lastinterestingmomentdesc: "Visited the price list",
};

async function leadAndContact(...further: readonly Attribute[]): Promise<World> {
  const described = [attribute("firstname", "String"), ...further];
  const world = await openWorld(entity("contact", described), entity("lead", described));
  world.source.put("contact", 1, { firstname: "Ada" });
  world.source.put("lead", 2, { firstname: "Grace" });
  await quiet(world);
  return world;
}

const inDynamics = (world: World, name: string, id: number) =>
  world.source.records(name).get(guid(id))?.fields;

test("edits of all eight reach lead and contact", async () => {
  const world = await leadAndContact(...SCORES);
  for (const id of [1, 2]) await edit(world, id, VALUES);
  await quiet(world);
  expect(inDynamics(world, "contact", 1)).toEqual({ firstname: "Ada", ...WRITTEN });
  expect(inDynamics(world, "lead", 2)).toEqual({ firstname: "Grace", ...WRITTEN });
});

test("what Dynamics has in them does not come back: marketing alone decides", async () => {
  const world = await leadAndContact(...SCORES);
  await edit(world, 1, { score: "71" });
  await quiet(world);
  world.source.put("contact", 1, { mkt_leadscore: 5 });
  await quiet(world);
  expect(await world.table("people")).toMatchObject([{ score: 71 }, { score: null }]);
});

test("nothing is made where the organization has no such column", async () => {
  const world = await leadAndContact();
  const columns = await world.rows(
    `select column_name from information_schema.columns
      where table_schema = 'marketing' and table_name = 'people' and column_name = any($1)`,
    [Object.keys(VALUES)],
  );
  expect(columns).toEqual([]);
});

test("columns that are made later are taken up, and edits travel from then on", async () => {
  const world = await leadAndContact();
  for (const name of ["contact", "lead"]) {
    world.source.redescribe(name, (known) => ({ ...known, attributes: [...known.attributes, ...SCORES] }));
  }
  world.restart();
  await quiet(world);
  await edit(world, 2, { score: "12" });
  await quiet(world);
  expect(inDynamics(world, "lead", 2)).toEqual({ firstname: "Grace", mkt_leadscore: 12 });
});
