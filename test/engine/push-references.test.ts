/**
 * A reference and the entity it leads to are two columns and one value.
 */
import { expect, test } from "vitest";
import type { Winner } from "../../src/core/policy.ts";
import { attribute, entity, guid } from "../support/entity.ts";
import { edit, pendingChanges } from "./edits.ts";
import { openWorld } from "./world.ts";

const OWNER = attribute("ownerid", "Owner", {
  targets: ["systemuser", "team"],
  navigation: { systemuser: "ownerid_user", team: "ownerid_team" },
});
const TYPE = "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";

const user = (id: number): Readonly<Record<string, string>> => ({
  _ownerid_value: guid(id),
  [TYPE]: "systemuser",
});
const team = (id: number): Readonly<Record<string, string>> => ({ _ownerid_value: guid(id), [TYPE]: "team" });

test.each<{
  winner: Winner;
  ours: { readonly id: string; readonly type?: string };
  theirs: ReturnType<typeof user>;
}>([
  { winner: "dynamics", ours: { id: guid(8), type: "team" }, theirs: user(9) },
  { winner: "dynamics", ours: { id: guid(8) }, theirs: team(9) },
  { winner: "marketing", ours: { id: guid(8), type: "team" }, theirs: user(9) },
  { winner: "marketing", ours: { id: guid(8) }, theirs: team(9) },
])(
  "both sides give a record another owner, and $winner wins with $ours",
  async ({ winner, ours, theirs }) => {
    const world = await openWorld(entity("contact", [attribute("firstname", "String"), OWNER]));
    world.source.put("contact", 1, user(7));
    await world.cycle();
    await world.rows("update fields set direction = 'both', winner = $1 where attribute = 'ownerid'", [
      winner,
    ]);
    world.restart();
    await world.cycle();
    const [field] = await world.rows<{ id: string; type: string }>(
      "select column_name as id, type_column as type from fields where attribute = 'ownerid'",
    );
    if (field === undefined) throw new Error("there is no owner");
    const type = ours.type === undefined ? {} : { [field.type]: ours.type };
    await edit(world, 1, { [field.id]: ours.id, ...type });
    world.source.put("contact", 1, theirs);
    await world.cycle();
    await world.cycle();
    const won = winner === "dynamics" ? theirs : { ...user(8), [TYPE]: ours.type ?? "systemuser" };
    expect(world.source.records("contact").get(guid(1))?.fields).toMatchObject(won);
    expect(await world.table("people")).toMatchObject([
      { [field.id]: won["_ownerid_value"], [field.type]: won[TYPE] },
    ]);
    expect(await pendingChanges(world)).toEqual([]);
  },
);
