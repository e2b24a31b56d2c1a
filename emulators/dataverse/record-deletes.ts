import { cascadeRule } from "./cascades.ts";
import { timeText } from "./codec.ts";
import { mirrorOf } from "./connections.ts";
import { ApiError, doesNotExist } from "./errors.ts";
import { unlinkAll } from "./links.ts";
import type { Organization } from "./organization.ts";
import type { Entity, Relationship } from "./schema.ts";
import { Draft } from "./table.ts";
import type { Table } from "./table.ts";
import type { Writer } from "./record-writes.ts";

/** What a delete does to the rows that point to the deleted one. */
type Behaviour = "Cascade" | "RemoveLink" | "Restrict" | "NoCascade";

interface Dependency {
  readonly table: Table;
  readonly attribute: string;
  readonly behaviour: Behaviour;
}

/** Deletes a record and does to those that point to it what the schema's cascade rules say. */
export function deleteRecord(writer: Writer, table: Table, id: string): void {
  const { organization } = writer;
  const { logicalName } = table.entity;
  const row = table.row(id);
  if (row === undefined) throw doesNotExist(logicalName, id);
  if (logicalName === "systemuser")
    throw new ApiError(405, "0x80040227", "A user cannot be deleted, only disabled.");
  writer.plugIns.before({ entity: logicalName, message: "Delete", id, changes: {} });
  const dependencies = dependenciesOf(organization, table.entity);
  const mirror = logicalName === "connection" ? mirrorOf(table, row) : undefined;
  for (const dependency of dependencies) {
    if (dependency.behaviour === "Restrict" && pointing(dependency, logicalName, id).length > 0) {
      throw new ApiError(
        405,
        "0x80040227",
        `The record cannot be deleted because it is associated with records of ${dependency.table.entity.logicalName}.`,
      );
    }
  }
  // First the record itself, so that a circle of cascades ends.
  table.delete(id, organization.nextVersion());
  for (const dependency of dependencies) followDependency(writer, dependency, logicalName, id);
  if (mirror !== undefined && table.row(mirror) !== undefined) deleteRecord(writer, table, mirror);
  unlinkAll(organization, table.entity, id);
  writer.plugIns.after({ entity: logicalName, message: "Delete", id, changes: {} });
}

function followDependency(writer: Writer, dependency: Dependency, entity: string, id: string): void {
  for (const dependent of pointing(dependency, entity, id)) {
    if (dependency.behaviour === "Cascade") {
      if (dependency.table.row(dependent) !== undefined) deleteRecord(writer, dependency.table, dependent);
    } else if (dependency.behaviour === "RemoveLink") unlink(writer, dependency, dependent);
  }
}

/** Empties a lookup as the platform does it: a new row version, modified now. */
function unlink({ organization }: Writer, { table, attribute }: Dependency, id: string): void {
  const row = table.row(id);
  if (row === undefined) return;
  const draft = new Draft(table, row);
  draft.setText(attribute, undefined);
  if (table.entity.attributes.has("modifiedon"))
    draft.setText("modifiedon", `"${timeText(organization.clock())}"`);
  table.put(id, organization.nextVersion(), draft.texts);
}

function pointing({ table, attribute }: Dependency, entity: string, id: string): string[] {
  return table.find([attribute], [`"${id}"${entity}`]).map((row) => row.id);
}

/** Every lookup in the organization that can point to an entity, with its rule for deletes. */
function dependenciesOf(organization: Organization, entity: Entity): Dependency[] {
  const found: Dependency[] = [];
  for (const other of organization.entities()) {
    const table = organization.table(other.logicalName);
    if (table.size === 0) continue;
    for (const relationship of other.manyToOne) {
      if (
        relationship.referencedEntity !== entity.logicalName ||
        !other.attributes.has(relationship.referencingAttribute)
      )
        continue;
      const behaviour = behaviourOf(entity, relationship);
      if (behaviour !== "NoCascade")
        found.push({ table, attribute: relationship.referencingAttribute, behaviour });
    }
  }
  return found;
}

const KNOWN: ReadonlySet<string> = new Set(["Cascade", "RemoveLink", "Restrict", "NoCascade"]);

/**
 * The rule of the child's file, else of the parent's file. Where both are silent (schemas that are not real dumps):
 * a customer takes its records along, everything else is unlinked, and users, units and currencies leave their rows alone.
 */
function behaviourOf(entity: Entity, relationship: Relationship): Behaviour {
  const rule = cascadeRule(entity, relationship, "Delete");
  if (rule !== undefined && KNOWN.has(rule)) return rule as Behaviour;
  if (
    ["systemuser", "businessunit", "team", "transactioncurrency", "organization"].includes(entity.logicalName)
  )
    return "NoCascade";
  return relationship.referencingAttribute === "customerid" ||
    relationship.referencingAttribute === "regardingobjectid"
    ? "Cascade"
    : "RemoveLink";
}
