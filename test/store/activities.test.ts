import { expect, test } from "vitest";
import type { Activity } from "../../src/core/activity.ts";
import { recordActivities } from "../../src/store/activities.ts";
import { transaction } from "../../src/store/database.ts";
import { guid } from "../support/entity.ts";
import { openStoreScene } from "./scene.ts";

test("activities keep every value exact, in the order they were given", async () => {
  const { database, lease, entity, rows } = await openStoreScene();
  const activities: readonly Activity[] = [
    {
      rowId: "9007199254740993",
      crmId: guid(1),
      kind: "conflict",
      origin: "dynamics",
      changes: {
        first_name: { from: 'tab\tand "quotes" \\ and\nlines', to: null, lost: "Ĳsbrand 🦀" },
        tags: { from: ["a,b", "c"], to: [] },
      },
      rule: "contact: dynamics wins",
    },
    {
      rowId: "2",
      crmId: null,
      kind: "refused",
      origin: "sync",
      changes: {},
      code: "value_invalid",
      detail: "score: is not a number",
    },
  ];
  const place = { workspace: database.workspace, entity, cycle: "7" };
  await transaction(database, (client) => recordActivities(client, lease, place, activities));
  const common = { connection_id: 1, cycle: "7", entity: "contact", table_name: "people" };
  expect(
    await rows(
      `select connection_id, cycle, entity, table_name, row_id, crm_id, kind, origin, changes, rule, code, detail
         from marketing.activities order by id`,
    ),
  ).toEqual([
    {
      ...common,
      row_id: "9007199254740993",
      crm_id: guid(1),
      kind: "conflict",
      origin: "dynamics",
      changes: activities[0]?.changes,
      rule: "contact: dynamics wins",
      code: null,
      detail: null,
    },
    {
      ...common,
      row_id: "2",
      crm_id: null,
      kind: "refused",
      origin: "sync",
      changes: {},
      rule: null,
      code: "value_invalid",
      detail: "score: is not a number",
    },
  ]);
});
