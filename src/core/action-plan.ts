/**
 * Decides what is sent for an action, in the words of the wire. Pure.
 */
import type { PersonRecord, SentTask, TaskAction } from "./action-port.ts";
import type { Cell } from "./cell.ts";
import type { Attribute, Choice, Entity } from "./organization.ts";
import type { OutRefusal } from "./out-value.ts";
import { outValue } from "./out-value.ts";
import type { Owner } from "./request-port.ts";
import type { OutValue, Write } from "./sink-port.ts";
import { withTokens } from "./tokens.ts";

/** `refused`: Dynamics would not have it; nothing is sent. */
export type ActionPlan = { readonly kind: "send"; readonly write: Write } | PlanRefusal;

export interface PlanRefusal {
  readonly kind: "refused";
  readonly detail: string;
}

/** Gives a record to an owner, whatever version it has. */
export function planOwner(
  record: Pick<PersonRecord, "id">,
  owner: Owner,
  entity: Pick<Entity, "attributes">,
): ActionPlan {
  const value = written(entity, "ownerid", { cell: owner.id, target: owner.entity, kind: "update" });
  if ("refusal" in value) return { kind: "refused", detail: value.refusal };
  return { kind: "send", write: { kind: "update", id: record.id, guard: null, values: [value] } };
}

/** Deletes a record that has not changed since it was read. */
export function planDelete({ id, version: guard }: PersonRecord): ActionPlan {
  return { kind: "send", write: { kind: "delete", id, guard, values: [] } };
}

/** What a task says about a person, with the values of this moment. */
export function taskOf(action: Omit<TaskAction, "person">, regarding: PersonRecord): SentTask {
  const { subject, description } = action.wish;
  const owner = action.owner ?? regarding.owner;
  return {
    subject: withTokens(subject, action.tokens).trim(),
    description: description === null ? null : withTokens(description, action.tokens),
    owner,
    regarding: { entity: regarding.entity, id: regarding.id },
  };
}

/** Makes a task. Dynamics opens it as its first status reason, or as the wanted one of the same state. */
export function planTask(action: TaskAction, task: SentTask, entity: Pick<Entity, "attributes">): ActionPlan {
  const status = statusOf(action.wish.status, entity);
  if (status !== null && "refusal" in status) return { kind: "refused", detail: status.refusal };
  if (task.subject === "") return { kind: "refused", detail: "The subject is blank for this person." };
  const values: OutValue[] = [];
  const opened = status?.state === OPEN ? String(status.value) : null;
  for (const { name, cell, target } of taskParts(action, task, opened)) {
    if (cell === null) continue;
    const value = written(entity, name, { cell, target, kind: "create" });
    if ("refusal" in value) return { kind: "refused", detail: value.refusal };
    values.push(value);
  }
  return { kind: "send", write: { kind: "create", id: action.taskId, guard: null, values } };
}

interface TaskPart {
  readonly name: string;
  readonly cell: string | null;
  readonly target?: string | undefined;
}

/** Values of a task by attribute. @param status number of the status reason it is opened with */
function taskParts(
  { wish }: TaskAction,
  { subject, description, regarding, owner }: SentTask,
  status: string | null,
): readonly TaskPart[] {
  return [
    { name: "subject", cell: subject },
    { name: "description", cell: description },
    // At noon, so that it is the same day nearly wherever it is looked at.
    { name: "scheduledend", cell: `${wish.due}T12:00:00Z` },
    { name: "prioritycode", cell: wish.priority },
    { name: "statuscode", cell: status },
    { name: "regardingobjectid", cell: regarding.id, target: regarding.entity },
    { name: "ownerid", cell: owner?.id ?? null, target: owner?.entity ?? undefined },
  ];
}

/**
 * What closes a task that is wanted closed: Dynamics makes no task that is closed already. Null for one that stays open.
 */
export function planClosing({ wish, taskId }: TaskAction, entity: Pick<Entity, "attributes">): Write | null {
  const status = statusOf(wish.status, entity);
  if (status === null || "refusal" in status || status.state === OPEN) return null;
  const values: readonly OutValue[] = [
    { kind: "value", property: "statecode", value: status.state },
    { kind: "value", property: "statuscode", value: status.value },
  ];
  return { kind: "update", id: taskId, guard: null, values };
}

/** State of a task that is still to be done. */
const OPEN = 0;

/** A status reason by its label or its number, and the state it belongs to; null where none is wanted. */
function statusOf(
  wanted: string | null,
  { attributes }: Pick<Entity, "attributes">,
): { readonly value: number; readonly state: number } | OutRefusal | null {
  if (wanted === null) return null;
  const attribute = attributes.find(({ name }) => name === "statuscode");
  if (attribute === undefined) return { refusal: "Tasks have no status reason in this organization." };
  const found = labelled(attribute, wanted);
  if (found !== undefined) return { value: found.value, state: found.state ?? OPEN };
  const all = (attribute.choices ?? []).map(({ label }) => label).join(", ");
  return { refusal: `${attribute.label} has no such choice. There is ${all}.` };
}

function labelled({ choices = [] }: Attribute, wanted: string): Choice | undefined {
  const name = wanted.trim().toLowerCase();
  return choices.find(({ value, label }) => label.toLowerCase() === name || String(value) === name);
}

interface Part {
  readonly cell: Cell;
  readonly target: string | undefined;
  readonly kind: "create" | "update";
}

function written(
  { attributes }: Pick<Entity, "attributes">,
  name: string,
  { cell, target, kind }: Part,
): OutValue | OutRefusal {
  const attribute = attributes.find((one) => one.name === name);
  if (attribute === undefined) return { refusal: `The organization has no field ${name} for it.` };
  const choice = typeof cell === "string" ? labelled(attribute, cell) : undefined;
  return outValue(attribute, choice === undefined ? cell : String(choice.value), target, kind);
}
