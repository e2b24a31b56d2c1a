import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import { filterShapes, selectShape } from "./metadata-query.ts";
import type { Shape } from "./metadata-shapes.ts";
import { privilegeId } from "./metadata-shapes.ts";
import { contextOf } from "./page-answer.ts";
import { aliases } from "./web-call.ts";
import type { WebCall } from "./web-call.ts";

const MESSAGES = ["Create", "Update", "Delete", "Retrieve", "RetrieveMultiple"];
const MULTIPLE = ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"];

/** Answers `sdkmessagefilters?…`: which entity offers which message, as clients ask before they use one. */
export function messageFilters(call: WebCall): Answer {
  const { options } = call.query;
  let filter = options.get("$filter");
  for (const [name, value] of aliases(call.query)) filter = filter?.replaceAll(name, value);
  const value = filterShapes(offers(call), filter).map(({ sdkmessagefilterid, primaryobjecttypecode }) =>
    selectShape({ sdkmessagefilterid, primaryobjecttypecode }, options.get("$select")),
  );
  const context = `${call.api}/$metadata#${contextOf(call, "sdkmessagefilters")}`;
  return jsonAnswer(JSON.stringify({ "@odata.context": context, value }));
}

function offers({ organization, settings }: WebCall): Shape[] {
  return Array.from(organization.entities(), ({ logicalName }) => {
    const offered = settings.withoutMultiple.includes(logicalName) ? MESSAGES : [...MESSAGES, ...MULTIPLE];
    return offered.map((name) => ({
      sdkmessagefilterid: privilegeId(`${name} ${logicalName}`),
      primaryobjecttypecode: logicalName,
      sdkmessageid: { name },
    }));
  }).flat();
}
