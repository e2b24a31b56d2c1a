import { encode } from "./codec.ts";
import { ApiError } from "./errors.ts";
import type { WireValue } from "./record.ts";
import { rowByKey } from "./record-writes.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";

/**
 * Applies the duplicate rules of the organization when the client asked for that; over the API they are off by default.
 * @param except the record that is being updated
 */
export function demandNoDuplicates(
  call: WebCall,
  table: Table,
  changes: Readonly<Record<string, WireValue>>,
  except?: string,
): void {
  if (call.request.headers["mscrm.suppressduplicatedetection"]?.toLowerCase() !== "false") return;
  for (const { entity, attributes } of call.settings.duplicateRules) {
    if (entity !== table.entity.logicalName) continue;
    const texts = attributes.map((name) => {
      const attribute = table.entity.attributes.get(name);
      return attribute === undefined ? undefined : encode(attribute, changes[name] ?? null);
    });
    if (texts.includes(undefined) || rowByKey(table, attributes, texts, except) === undefined) continue;
    throw new ApiError(
      call.settings.duplicateStatus,
      "0x80040333",
      "A record was not created or updated because a duplicate of the current record already exists.",
    );
  }
}
