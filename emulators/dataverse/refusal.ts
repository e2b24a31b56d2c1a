import { ApiError } from "./errors.ts";
import { JSON_TYPE, preferences, wantsAnnotation } from "./message.ts";
import type { Answer, ApiRequest } from "./message.ts";

/** The answer for something thrown: the Web API's own refusal, or for anything unforeseen its `0x80040216`. */
export function refusal(error: unknown, request: ApiRequest): Answer {
  const known = error instanceof ApiError ? error : new ApiError(500, "0x80040216", messageOf(error));
  const body: Record<string, unknown> = { code: known.code, message: known.message };
  const { annotations } = preferences(request.headers["prefer"]);
  if (wantsAnnotation(annotations, "Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus")) {
    body["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"] = "0";
    body["@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode"] = "-2146233088";
    body["@Microsoft.PowerApps.CDS.HelpLink"] =
      `http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a${known.code.replace(/^0x/, "")}&client=platform`;
    body["@Microsoft.PowerApps.CDS.TraceText"] = "";
    body["@Microsoft.PowerApps.CDS.InnerError.Message"] = known.message;
  }
  const headers = { "Content-Type": JSON_TYPE, "OData-Version": "4.0", ...known.headers };
  return { status: known.status, headers, body: JSON.stringify({ error: body }) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
