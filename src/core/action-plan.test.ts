import { describe, expect, test } from "vitest";
import { attribute, entity, guid } from "../../test/support/entity.ts";
import { UNHEARD, actionActivities, actionFate } from "./action-fate.ts";
import { planClosing, planOwner, planTask, taskOf } from "./action-plan.ts";
import type { ActionFate, DeleteAction, OwnerAction, TaskAction, TaskWish } from "./action-port.ts";
import type { Outcome } from "./sink-port.ts";
import { withTokens } from "./tokens.ts";

const TASK = entity("task", [
  attribute("subject", "String", { label: "Subject", maxLength: 20 }),
  attribute("description", "Memo"),
  attribute("scheduledend", "DateTime"),
  attribute("prioritycode", "Picklist", { choices: [{ value: 2, label: "High" }] }),
  attribute("statuscode", "Status", {
    label: "Status Reason",
    choices: [
      { value: 3, label: "In Progress", state: 0 },
      { value: 5, label: "Completed", state: 1 },
    ],
  }),
  attribute("regardingobjectid", "Lookup", { navigation: { lead: "regardingobjectid_lead_task" } }),
  attribute("ownerid", "Owner", { label: "Owner", navigation: { systemuser: "ownerid", team: "ownerid" } }),
]);

const LEAD = { entity: "lead", id: guid(1), version: "7", owner: { id: guid(2), entity: "team" } } as const;
const ASKED = { id: "1", rowId: "17", sent: false, attempts: 0, person: LEAD } as const;

function task(wish: Partial<TaskWish> = {}): TaskAction {
  const none = { description: null, priority: null, status: null, campaign: null };
  return {
    ...ASKED,
    kind: "task",
    wish: { subject: "Call {{first_name|them}}", due: "2027-01-31", ...none, ...wish },
    owner: null,
    taskId: guid(9),
    sending: null,
    tokens: { first_name: "Ann" },
  };
}

const OWNER: OwnerAction = { ...ASKED, kind: "owner", owner: { id: guid(3), entity: null }, made: false };
const DELETE: DeleteAction = { ...ASKED, kind: "delete", allowed: true, moved: false };

test.each([
  ["{{first_name}}", "Ann"],
  ["{{ first_name | there }}!", "Ann!"],
  ["{{fax|no fax}} {{fax}}.", "no fax ."],
  ["{{company.name}}, {{constructor}}", "Lee & Co, "],
  ["{{ {first_name}} }", "{{ {first_name}} }"],
])("the tokens of %s are %s", (text, words) => {
  expect(withTokens(text, { first_name: "Ann", "company.name": "Lee & Co" })).toBe(words);
});

describe("a task", () => {
  test("is about the person, due at noon, and of whoever owns their record", () => {
    const action = task({ priority: "high", status: "In progress" });
    const plan = planTask(action, taskOf(action, LEAD), TASK);
    expect(plan).toMatchObject({
      kind: "send",
      write: {
        kind: "create",
        id: guid(9),
        values: [
          { property: "subject", value: "Call Ann" },
          { property: "scheduledend", value: "2027-01-31T12:00:00Z" },
          { property: "prioritycode", value: 2 },
          { property: "statuscode", value: 3 },
          { navigation: "regardingobjectid_lead_task", target: "lead", id: guid(1) },
          { navigation: "ownerid", target: "team", id: guid(2) },
        ],
      },
    });
    expect(planClosing(action, TASK)).toBeNull();
  });

  test("that is wanted closed is made open and closed then", () => {
    const action = task({ status: "5" });
    const plan = planTask(action, taskOf(action, LEAD), TASK);
    const values = plan.kind === "send" ? plan.write.values : [];
    expect(values.some((value) => value.kind === "value" && value.property === "statuscode")).toBe(false);
    expect(planClosing(action, TASK)).toMatchObject({
      kind: "update",
      id: guid(9),
      values: [
        { property: "statecode", value: 1 },
        { property: "statuscode", value: 5 },
      ],
    });
  });

  test.each<[string, Partial<TaskWish>, string]>([
    [
      "a status that is not there",
      { status: "Someday" },
      "Status Reason has no such choice. There is In Progress, Completed.",
    ],
    [
      "a subject that is too long",
      { subject: "x".repeat(21) },
      "Subject may have 20 characters at most; this has 21.",
    ],
    ["nothing left to say", { subject: "{{fax}}" }, "The subject is blank for this person."],
    ["a priority that is not there", { priority: "Low" }, "has no such choice"],
  ])("with %s is refused", (_, wish, detail) => {
    const action = task(wish);
    const plan = planTask(action, taskOf(action, LEAD), TASK);
    expect(plan.kind === "refused" ? plan.detail : "").toContain(detail);
  });
});

test("an owner is set whatever version the record has", () => {
  expect(planOwner(LEAD, { id: guid(3), entity: "systemuser" }, TASK)).toEqual({
    kind: "send",
    write: {
      kind: "update",
      id: guid(1),
      guard: null,
      values: [{ kind: "reference", navigation: "ownerid", target: "systemuser", id: guid(3) }],
    },
  });
});

describe("what becomes of an action", () => {
  const refused = (code: "write_refused" | "write_permission_missing"): Outcome => {
    return { kind: "refused", code, detail: "no", field: null };
  };
  test.each<[string, Outcome | undefined, string]>([
    ["written", { kind: "written", version: null }, "over"],
    ["there already", { kind: "exists" }, "look"],
    ["not heard of", { kind: "unknown", detail: "lost" }, "look"],
    ["not spoken of", undefined, "look"],
    ["refused for good", refused("write_refused"), "parked"],
    ["refused for now", refused("write_permission_missing"), "later"],
    ["put off", { kind: "later", code: "throttled", afterMs: 9, detail: "slow down" }, "later"],
  ])("that is %s", (_, outcome, kind) => {
    const fate = actionFate(task(), outcome);
    expect(fate === "look" ? fate : fate.kind).toBe(kind);
  });

  test("whose record is gone, or has changed", () => {
    expect(actionFate(OWNER, { kind: "gone" })).toMatchObject({ kind: "parked", code: "record_gone" });
    expect(actionFate(DELETE, { kind: "gone" })).toEqual({ kind: "over", outcome: "already" });
    expect(actionFate(DELETE, { kind: "overtaken" })).toMatchObject({ outcome: "kept" });
  });

  test("is told once it has ended", () => {
    const told = (action: OwnerAction | TaskAction | DeleteAction, fate: ActionFate): unknown =>
      actionActivities({ action, fate, told: { owner: { id: guid(3), entity: "team" } } }).map(
        ({ kind, code }) => code ?? kind,
      );
    const done = { kind: "over", outcome: "done" } as const;
    expect(told(OWNER, done)).toEqual(["owner-changed"]);
    expect(told(task(), done)).toEqual(["task-created"]);
    expect(told(DELETE, { kind: "over", outcome: "already" })).toEqual(["delete-asked"]);
    expect(told(DELETE, { kind: "over", outcome: "kept", detail: "no" })).toEqual(["kept-apart"]);
    expect(told(OWNER, { kind: "parked", code: "write_refused", detail: "no" })).toEqual(["write_refused"]);
    expect(told(OWNER, UNHEARD)).toEqual([]);
  });
});
