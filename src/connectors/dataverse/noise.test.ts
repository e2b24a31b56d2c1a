import { expect, test } from "vitest";
import { noiseOf } from "./noise.ts";

const TABLE = { LogicalName: "new_visit", EntitySetName: "new_visits", DisplayName: null };

test.each([
  [{ EntitySetName: null }, "The Web API does not offer it."],
  [{ IsPrivate: true }, "private table"],
  [{ IsBPFEntity: true }, "business process flow"],
  [{ IsLogicalEntity: true }, "logical table"],
  [{ LogicalName: "systemuser" }, "Everything is related to it."],
  [{ LogicalName: "activityparty" }, "parties of activities"],
  [{ LogicalName: "activitypointer" }, "a table of its own"],
  [{ IsValidForAdvancedFind: false }, "Advanced Find"],
])("%j is left out, by a rule that is told", (facts, rule) => {
  expect(noiseOf({ ...TABLE, ...facts })).toContain(rule);
});

test.each([
  [{}],
  [{ IsValidForAdvancedFind: false, IsCustomEntity: true }],
  [{ IsValidForAdvancedFind: false, IsIntersect: true }],
  [{ LogicalName: "task", EntitySetName: "tasks", IsActivity: true }],
])("%j is listed", (facts) => {
  expect(noiseOf({ ...TABLE, ...facts })).toBeNull();
});
