/**
 * A batch of actions of one kind is asked of Dynamics: noted, written, and looked up where nobody knows.
 */
import { DONE, FORBIDDEN, LEFT, MOVED, UNHEARD, actionFate } from "../core/action-fate.ts";
import type { ActionPlan } from "../core/action-plan.ts";
import { planClosing, planDelete, planOwner, planTask, taskOf } from "../core/action-plan.ts";
import type {
  ActionFate,
  ActionSettlement,
  NamedOwner,
  PersonAction,
  PersonRecord,
  SentTask,
  TaskAction,
} from "../core/action-port.ts";
import type { SourceRecord } from "../core/change.ts";
import type { Entity } from "../core/organization.ts";
import type { Owner } from "../core/request-port.ts";
import type { Outcome, Write } from "../core/sink-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { ActionTargets } from "./action-targets.ts";
import type { EngineParts } from "./ports.ts";

/** What actions are carried out with. */
export interface Acting {
  readonly parts: Pick<EngineParts, "sink" | "store">;
  readonly lease: Lease;
  readonly targets: ActionTargets;
  readonly signal: AbortSignal;
}

/** Actions of one kind on records of one entity, of people who have one. */
export interface ActionBatch {
  readonly kind: PersonAction["kind"];
  /** What the people are. */
  readonly person: Entity;
  readonly actions: readonly PersonAction[];
}

/** An action and what is to be written for it. */
interface Planned {
  readonly action: PersonAction;
  readonly write: Write;
  readonly told: ActionSettlement["told"];
}

/**
 * Carries out a batch; each action has one fate.
 * @throws SyncError what the source, the sink or the store throws; what was sent by then is looked up with the next turn
 */
export async function carryOut(acting: Acting, batch: ActionBatch): Promise<readonly ActionSettlement[]> {
  const entity = batch.kind === "task" ? await acting.targets.entity("task", acting.signal) : batch.person;
  const decided = await decide(acting, batch, entity);
  const settled = decided.filter((one) => "fate" in one);
  const planned = decided.filter((one) => "write" in one);
  const before = await lookUp(
    acting,
    entity,
    planned.filter(({ action }) => action.sent),
  );
  const open = planned.filter(({ action }) => !action.sent || before.open.has(action.id));
  const asked = await send(acting, entity, open);
  return [...settled, ...(await close(acting, entity, [...before.settled, ...asked]))];
}

async function decide(
  { targets, signal }: Acting,
  { actions, person }: ActionBatch,
  entity: Entity,
): Promise<readonly (Planned | ActionSettlement)[]> {
  const owners = await targets.owners(actions.flatMap(ownersOf), signal);
  return actions.map((action) => decideOne(action, { owners, person, entity }));
}

/** Whom an action names; of a task that was sent before, it is known. */
function ownersOf(action: PersonAction): readonly NamedOwner[] {
  if (action.kind === "owner") return [action.owner];
  return action.kind === "task" && action.sending === null && action.owner !== null ? [action.owner] : [];
}

interface Known {
  readonly owners: ReadonlyMap<string, Owner>;
  readonly person: Entity;
  /** Where it is written. */
  readonly entity: Entity;
}

function decideOne(action: PersonAction, known: Known): Planned | ActionSettlement {
  const { person } = action;
  if (typeof person === "string") return { action, fate: LEFT, told: {} };
  switch (action.kind) {
    case "owner": {
      const owner = known.owners.get(action.owner.id);
      if (owner === undefined) return { action, fate: nobody(action.owner), told: {} };
      if (action.made && !action.sent) return { action, fate: DONE, told: { owner } };
      return sendable(action, planOwner(person, owner, known.person), { owner });
    }
    case "task":
      return decideTask(action, person, known);
    case "delete":
      if (action.moved) return { action, fate: MOVED, told: {} };
      if (!action.allowed) return { action, fate: FORBIDDEN, told: {} };
      return sendable(action, planDelete(person), {});
  }
}

function decideTask(
  action: TaskAction,
  person: PersonRecord,
  { owners, entity }: Known,
): Planned | ActionSettlement {
  const owner = action.owner === null ? null : owners.get(action.owner.id);
  if (action.sending === null && action.owner !== null && owner === undefined)
    return { action, fate: nobody(action.owner), told: {} };
  const task: SentTask = action.sending ?? taskOf({ ...action, owner: owner ?? null }, person);
  return sendable(action, planTask(action, task, entity), { task });
}

function sendable(
  action: PersonAction,
  plan: ActionPlan,
  told: ActionSettlement["told"],
): Planned | ActionSettlement {
  if (plan.kind === "send") return { action, write: plan.write, told };
  return { action, fate: { kind: "parked", code: "value_invalid", detail: plan.detail }, told: {} };
}

function nobody({ id }: NamedOwner): ActionFate {
  return { kind: "parked", code: "value_invalid", detail: `Dynamics has neither a user nor a team ${id}.` };
}

async function send(
  acting: Acting,
  entity: Entity,
  planned: readonly Planned[],
): Promise<readonly ActionSettlement[]> {
  if (planned.length === 0) return [];
  const { parts, lease } = acting;
  const sendings = planned.map(({ action, told }) => ({ action, task: told.task ?? null }));
  await parts.store.noteActions(lease, sendings);
  const outcomes = await write(acting, entity, planned);
  const settled: ActionSettlement[] = [];
  const unheard: Planned[] = [];
  for (const one of planned) {
    const fate = actionFate(one.action, outcomes.get(one.write.id));
    if (fate === "look") unheard.push(one);
    else settled.push({ action: one.action, fate, told: one.told });
  }
  const looked = await lookUp(acting, entity, unheard);
  const open = unheard.filter(({ action }) => looked.open.has(action.id));
  return [
    ...settled,
    ...looked.settled,
    ...open.map(({ action, told }): ActionSettlement => ({ action, fate: UNHEARD, told })),
  ];
}

async function write(
  { parts, signal }: Acting,
  entity: Entity,
  planned: readonly Pick<Planned, "write">[],
): Promise<ReadonlyMap<string, Outcome>> {
  return parts.sink.write(
    entity,
    planned.map((one) => one.write),
    signal,
  );
}

interface Looked {
  readonly settled: readonly ActionSettlement[];
  /** Actions of which nothing is to be seen. */
  readonly open: ReadonlySet<string>;
}

/** Looks whether what was asked is so. */
async function lookUp(
  { parts, signal }: Acting,
  entity: Entity,
  planned: readonly Planned[],
): Promise<Looked> {
  if (planned.length === 0) return { settled: [], open: new Set() };
  const ids = planned.map((one) => one.write.id);
  const records = await parts.sink.read(entity, ids, LOOKED_AT[planned[0]?.action.kind ?? "task"], signal);
  const found = new Map(records.map((record) => [record.id, record]));
  const settled: ActionSettlement[] = [];
  const open = new Set<string>();
  for (const { action, write: asked, told } of planned) {
    const fate = seen(action, found.get(asked.id), told);
    if (fate === null) open.add(action.id);
    else settled.push({ action, fate, told });
  }
  return { settled, open };
}

const LOOKED_AT: Readonly<Record<PersonAction["kind"], readonly string[]>> = {
  owner: ["ownerid"],
  task: ["statuscode"],
  delete: [],
};

/** What a record shows of an action that was asked before; null when it was not carried out. */
function seen(
  { kind }: PersonAction,
  record: SourceRecord | undefined,
  { owner }: ActionSettlement["told"],
): ActionFate | null {
  if (kind === "delete") return record === undefined ? DONE : null;
  if (kind === "task") return record === undefined ? null : DONE;
  if (record === undefined) return LEFT;
  return record.fields["_ownerid_value"] === owner?.id ? DONE : null;
}

/** Tasks that are wanted closed are closed as soon as they are there. */
async function close(
  acting: Acting,
  entity: Entity,
  settled: readonly ActionSettlement[],
): Promise<readonly ActionSettlement[]> {
  const closing = settled.flatMap(({ action, fate, told }) => {
    if (action.kind !== "task" || fate !== DONE) return [];
    const closes = planClosing(action, entity);
    return closes === null ? [] : [{ action, write: closes, told }];
  });
  if (closing.length === 0) return settled;
  const outcomes = await write(acting, entity, closing);
  const fates = new Map(
    closing.map(({ action }) => [action.id, closed(action, outcomes.get(action.taskId))]),
  );
  return settled.map((one) => ({ ...one, fate: fates.get(one.action.id) ?? one.fate }));
}

/** The task itself is there, whatever became of closing it: asked again, it is found, and closed. */
function closed(action: TaskAction, outcome: Outcome | undefined): ActionFate {
  // Whoever deleted it meanwhile has seen it.
  if (outcome?.kind === "gone") return DONE;
  const fate = actionFate(action, outcome);
  if (fate === "look") return UNHEARD;
  return fate.kind === "later" ? { ...fate, sent: true } : fate;
}
