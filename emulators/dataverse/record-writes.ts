import { encode, timeText } from "./codec.ts";
import { compute } from "./computed.ts";
import { mirrorConnection } from "./connections.ts";
import { ApiError, doesNotExist, duplicateId } from "./errors.ts";
import { fillState } from "./import.ts";
import { cascadeOwner, fillOwner, lookupIn, moveOwner } from "./ownership.ts";
import type { PlugIns } from "./plug-ins.ts";
import type { Organization } from "./organization.ts";
import type { Lookup, WireRecord, WireValue } from "./record.ts";
import type { Attribute, Entity } from "./schema.ts";
import type { Settings } from "./settings.ts";
import { Draft } from "./table.ts";
import type { Row, Table } from "./table.ts";
import { checkedText, stateAndStatus } from "./value-rules.ts";

/** Who writes, and when. */
export interface Writer {
  readonly organization: Organization;
  readonly settings: Settings;
  readonly caller: string;
  /** The real caller, when `caller` is impersonated. */
  readonly onBehalf?: string;
  /** Plug-ins of the organization. */
  readonly plugIns: PlugIns;
}

/** Creates a record with every rule of the platform; gives its row. */
export function createRecord(writer: Writer, table: Table, record: WireRecord): Row {
  const { organization } = writer;
  const { entity } = table;
  const given = record[entity.primaryIdAttribute];
  const id = typeof given === "string" ? given.toLowerCase() : organization.newId();
  if (table.row(id) !== undefined) throw duplicateId();
  const changes: Record<string, WireValue> = { ...record };
  writer.plugIns.before({ entity: entity.logicalName, message: "Create", id, changes: changes });
  const draft = new Draft(table);
  apply(writer, draft, { ...changes, ...stateAndStatus(entity, changes, undefined) }, "create");
  fillDefaults(entity, draft);
  const now = timeText(organization.clock());
  const created = changes["overriddencreatedon"];
  stamp(writer, draft, "created", typeof created === "string" ? created : now);
  stamp(writer, draft, "modified", now);
  if (entity.attributes.has("ownerid"))
    fillOwner(organization, draft, lookupIn(draft, "ownerid") ?? userLookup(writer.caller));
  fillState(entity, draft);
  compute(organization, draft);
  demandUniqueKeys(table, draft, id);
  const row = paired(writer, table, table.put(id, organization.nextVersion(), draft.texts));
  writer.plugIns.after({ entity: entity.logicalName, message: "Create", id, changes: changes });
  return row;
}

/** Updates a record with every rule of the platform; gives its new row. */
export function updateRecord(writer: Writer, table: Table, id: string, record: WireRecord): Row {
  const { organization } = writer;
  const { entity } = table;
  const row = table.row(id);
  if (row === undefined) throw doesNotExist(entity.logicalName, id);
  const changes: Record<string, WireValue> = { ...record };
  writer.plugIns.before({ entity: entity.logicalName, message: "Update", id, changes: changes });
  const draft = new Draft(table, row);
  const state = draft.get("statecode");
  apply(
    writer,
    draft,
    { ...changes, ...stateAndStatus(entity, changes, state === undefined ? undefined : Number(state)) },
    "update",
  );
  if (draft.touched.has("ownerid")) moveOwner(organization, draft);
  stamp(writer, draft, "modified", timeText(organization.clock()));
  compute(organization, draft);
  demandUniqueKeys(table, draft, id);
  const updated = paired(writer, table, table.put(id, organization.nextVersion(), draft.texts));
  const owner = draft.touched.has("ownerid") ? lookupIn(draft, "ownerid") : undefined;
  const { owner: previous } = table.owned(row);
  if (owner !== undefined && owner.id !== previous)
    cascadeOwner(organization, { table, id, owner, previous, caller: writer.caller });
  writer.plugIns.after({ entity: entity.logicalName, message: "Update", id, changes: changes });
  return updated;
}

/** A connection has another row, from its other end. */
function paired({ organization }: Writer, table: Table, row: Row): Row {
  return table.entity.logicalName === "connection" ? mirrorConnection(organization, table, row) : row;
}

function userLookup(id: string): Lookup {
  return { entity: "systemuser", id };
}

type Moment = "create" | "update";

function apply(writer: Writer, draft: Draft, changes: WireRecord, moment: Moment): void {
  const { entity } = draft.table;
  for (const [name, value] of Object.entries(changes)) {
    if (name === entity.primaryIdAttribute || name === "versionnumber") continue;
    const attribute = entity.attributes.get(name);
    if (attribute === undefined) throw new Error(`${entity.logicalName} has no attribute ${name}.`);
    if (isWritable(attribute, moment)) {
      const kept = withLineEnds(value, writer.settings.lineEnds);
      draft.setText(name, checkedText(writer.organization, entity, attribute, kept));
    } else if (writer.settings.strictReadOnly) {
      throw new ApiError(
        400,
        "0x80040203",
        `The attribute '${name}' of '${entity.logicalName}' is read-only.`,
      );
    }
  }
}

function withLineEnds(value: WireValue, ends: Settings["lineEnds"]): WireValue {
  return ends === "crlf" && typeof value === "string" ? value.replaceAll(/\r?\n/g, "\r\n") : value;
}

function isWritable(attribute: Attribute, moment: Moment): boolean {
  if (attribute.calculationOf !== undefined || attribute.logicalName === "fullname") return false;
  return moment === "create" ? attribute.isValidForCreate : attribute.isValidForUpdate;
}

/** Choices and yes/no columns that the caller left out get their default. */
function fillDefaults(entity: Entity, draft: Draft): void {
  for (const attribute of entity.attributes.values()) {
    const { logicalName, attributeType, defaultFormValue, defaultValue, isValidForCreate } = attribute;
    if (!isValidForCreate || attribute.property === undefined || draft.touched.has(logicalName)) continue;
    if (attributeType === "Picklist" && defaultFormValue !== undefined && defaultFormValue >= 0)
      draft.fill(logicalName, defaultFormValue);
    if (attributeType === "Boolean" && defaultValue !== undefined) draft.fill(logicalName, defaultValue);
  }
}

/** Sets `createdon` and `createdby`, or `modifiedon` and `modifiedby`, and on whose behalf. */
function stamp(writer: Writer, draft: Draft, verb: "created" | "modified", time: string): void {
  const { attributes } = draft.table.entity;
  const set = (name: string, value: WireValue): void => {
    const attribute = attributes.get(name);
    if (attribute !== undefined) draft.setText(name, encode(attribute, value));
  };
  set(`${verb}on`, time);
  set(`${verb}by`, userLookup(writer.caller));
  set(`${verb}onbehalfby`, writer.onBehalf === undefined ? null : userLookup(writer.onBehalf));
}

/** Refuses a row whose alternate key another row has already. Rows with an empty key column are exempt. */
function demandUniqueKeys(table: Table, draft: Draft, id: string): void {
  for (const key of table.entity.keys) {
    const touched = key.keyAttributes.some((name) => draft.touched.has(name));
    const texts = key.keyAttributes.map((name) => draft.get(name));
    if (!touched || texts.includes(undefined)) continue;
    if (rowByKey(table, key.keyAttributes, texts, id) === undefined) continue;
    const names = key.keyAttributes
      .map((name) => table.entity.attributes.get(name)?.displayName ?? name)
      .join(", ");
    throw new ApiError(
      412,
      "0x80060892",
      `A record that has the attribute values ${names} already exists. The entity key ${key.schemaName} requires that this set of attributes contains unique values. Select unique values and try again.`,
    );
  }
}

/** The row whose columns hold these texts (compared without case), other than `except`. */
export function rowByKey(
  table: Table,
  names: readonly string[],
  texts: readonly (string | undefined)[],
  except?: string,
): Row | undefined {
  return table.find(names, texts).find((row) => row.id !== except);
}
