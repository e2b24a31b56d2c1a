import { ActionBody } from "./action-body.ts";
import { cascadeRule } from "./cascades.ts";
import { encode, timeText } from "./codec.ts";
import { ApiError } from "./errors.ts";
import { moveLinks } from "./links.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer } from "./message.ts";
import type { Lookup, WireValue } from "./record.ts";
import { Draft } from "./table.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { demandWritable } from "./writer.ts";
import { updateFrom } from "./writes.ts";

const MERGEABLE: ReadonlySet<string> = new Set(["account", "contact", "lead"]);

/** Answers `Merge`: the subordinate is deactivated and marked, its related rows move, only UpdateContent is written. */
export function mergeRecords(call: WebCall): Answer {
  const body = new ActionBody(call, "Merge");
  const target = body.record("Target");
  const subordinate = body.record("Subordinate");
  const { table } = target;
  if (table !== subordinate.table || !MERGEABLE.has(table.entity.logicalName)) {
    throw new ApiError(400, "0x80045303", "Merge is not supported for these records.");
  }
  if (target.id === subordinate.id)
    throw new ApiError(400, "0x80045305", "The master and the subordinate are the same record.");
  for (const { id } of [target, subordinate]) {
    if (stateOf(table, id) !== 0)
      throw new ApiError(400, "0x80045304", "Merge cannot be performed on a record that is inactive.");
    demandWritable(call, table, id, "Write");
  }
  call.organization.transaction(() => {
    if (body.members["UpdateContent"] !== undefined)
      updateFrom(call, table, target.id, body.object("UpdateContent"));
    moveRelated(call, table, { from: subordinate.id, to: target.id });
    closeSubordinate(call, table, { from: subordinate.id, to: target.id });
  });
  return emptyAnswer();
}

function stateOf(table: Table, id: string): number {
  const row = table.row(id);
  return Number((row && table.text(row, "statecode")) ?? 0);
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/** The system writes what callers may not: `merged`, `masterid` and the state, in one new version. */
function closeSubordinate(call: WebCall, table: Table, { from, to }: Move): void {
  const { logicalName } = table.entity;
  const inactive = logicalName === "lead" ? { statecode: 2, statuscode: 7 } : { statecode: 1, statuscode: 2 };
  systemUpdate(call, table, from, { merged: true, masterid: { entity: logicalName, id: to }, ...inactive });
}

function systemUpdate(
  call: WebCall,
  table: Table,
  id: string,
  changes: Readonly<Record<string, WireValue>>,
): void {
  const row = table.row(id);
  if (row === undefined) return;
  const draft = new Draft(table, row);
  const user: Lookup = { entity: "systemuser", id: call.caller };
  const all = { ...changes, modifiedon: timeText(call.organization.clock()), modifiedby: user };
  for (const [name, value] of Object.entries(all)) {
    const attribute = table.entity.attributes.get(name);
    if (attribute !== undefined) draft.setText(name, encode(attribute, value));
  }
  table.put(id, call.organization.nextVersion(), draft.texts);
}

/** Rows that point to the subordinate through a relationship whose Merge rule is Cascade point to the master now. */
function moveRelated(call: WebCall, table: Table, { from, to }: Move): void {
  const { logicalName } = table.entity;
  moveLinks(call.organization, table.entity, from, to);
  for (const other of call.organization.entities()) {
    for (const relationship of other.manyToOne) {
      if (relationship.referencedEntity !== logicalName) continue;
      const rule = cascadeRule(table.entity, relationship, "Merge") ?? "Cascade";
      if (rule !== "Cascade" || relationship.referencingAttribute === "masterid") continue;
      repoint(call, call.organization.table(other.logicalName), {
        attribute: relationship.referencingAttribute,
        logicalName,
        from,
        to,
      });
    }
  }
}

interface Repointing extends Move {
  readonly attribute: string;
  readonly logicalName: string;
}

function repoint(call: WebCall, table: Table, { attribute, logicalName, from, to }: Repointing): void {
  const rows = table.find([attribute], [`"${from}"${logicalName}`]);
  for (const { id } of rows) systemUpdate(call, table, id, { [attribute]: { entity: logicalName, id: to } });
}
