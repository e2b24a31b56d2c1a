import { ApiError, badPayload, segmentNotFound } from "./errors.ts";
import { isArray, isObject } from "./json-body.ts";
import type { JsonObject } from "./json-body.ts";
import type { Answer } from "./message.ts";
import { emptyAnswer, jsonAnswer } from "./message.ts";
import { segments } from "./address.ts";
import { nothingAt, parseKey, rowAt } from "./reference.ts";
import type { RecordKey } from "./reference.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { bodyObject } from "./write-body.ts";
import { createFrom, keyRecord, updateFrom, upsertBody, withoutKeys } from "./writes.ts";

/** Answers `POST leads/Microsoft.Dynamics.CRM.CreateMultiple` and its kind: one transaction for all targets. */
export function answerMultiple(call: WebCall, table: Table, name: string): Answer {
  const { entity } = table;
  if (name === "DeleteMultiple")
    throw new ApiError(400, "0x80040203", "DeleteMultiple has not yet been implemented.");
  if (call.settings.withoutMultiple.includes(entity.logicalName))
    throw segmentNotFound(`Microsoft.Dynamics.CRM.${name}`);
  const targets = targetsOf(call, table);
  switch (name) {
    case "CreateMultiple": {
      const ids = call.organization.transaction(() =>
        targets.map((target) => createFrom(call, table, target).id),
      );
      const context = `${call.api}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse`;
      return jsonAnswer(JSON.stringify({ "@odata.context": context, Ids: ids }));
    }
    case "UpdateMultiple":
      call.organization.transaction(() => {
        for (const target of targets) updateTarget(call, table, target);
      });
      return emptyAnswer();
    case "UpsertMultiple":
      call.organization.transaction(() => {
        for (const target of targets) upsertTarget(call, table, target);
      });
      return emptyAnswer();
    default:
      throw segmentNotFound(`Microsoft.Dynamics.CRM.${name}`);
  }
}

function targetsOf(call: WebCall, table: Table): JsonObject[] {
  const { entity } = table;
  const targets = bodyObject(call, entity.entitySetName)["Targets"];
  if (!isArray(targets))
    throw badPayload(
      entity.entitySetName,
      "Microsoft.OData.ODataException: The parameter 'Targets' is missing.",
    );
  return targets.map((target) => {
    const type = isObject(target) ? target["@odata.type"] : undefined;
    if (
      !isObject(target) ||
      typeof type !== "string" ||
      !type.endsWith(`Microsoft.Dynamics.CRM.${entity.logicalName}`)
    ) {
      throw badPayload(
        entity.entitySetName,
        `Microsoft.OData.ODataException: Each target needs '@odata.type' of 'Microsoft.Dynamics.CRM.${entity.logicalName}'.`,
      );
    }
    return target;
  });
}

/** How a target says which record it means: by its primary id, or by `@odata.id` with a key. */
function keyOf(table: Table, target: JsonObject): RecordKey {
  const { primaryIdAttribute, entitySetName } = table.entity;
  const id = target[primaryIdAttribute];
  if (typeof id === "string") return parseKey(table, id);
  const address = target["@odata.id"];
  const segment = typeof address === "string" ? segments(address).at(-1) : undefined;
  if (segment?.key === undefined) {
    throw badPayload(
      entitySetName,
      `Microsoft.OData.ODataException: A target names neither '${primaryIdAttribute}' nor '@odata.id'.`,
    );
  }
  return parseKey(table, segment.key);
}

function updateTarget(call: WebCall, table: Table, target: JsonObject): void {
  const key = keyOf(table, target);
  const row = rowAt(table, key);
  if (row === undefined) throw nothingAt(table, key);
  updateFrom(call, table, row.id, withoutKeys(key, target));
}

function upsertTarget(call: WebCall, table: Table, target: JsonObject): void {
  const key = keyOf(table, target);
  const row = rowAt(table, key);
  if (row === undefined) createFrom(call, table, upsertBody(table, key, target), keyRecord(key));
  else updateFrom(call, table, row.id, withoutKeys(key, target));
}
