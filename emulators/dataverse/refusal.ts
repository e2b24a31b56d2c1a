import { ApiError } from "./errors.ts";
import { JSON_TYPE, preferences, wantsAnnotation } from "./message.ts";
import type { Answer, ApiRequest } from "./message.ts";
import type { Settings } from "./settings.ts";

/** The answer for something thrown: the Web API's own refusal, or for anything unforeseen its `0x80040216`. */
export function refusal(error: unknown, request: ApiRequest, { errorCodes }: Settings): Answer {
  const known = error instanceof ApiError ? error : new ApiError(500, "0x80040216", messageOf(error));
  const code = CODES[errorCodes](known);
  const body: Record<string, unknown> = { code, message: known.message };
  const { annotations } = preferences(request.headers["prefer"]);
  for (const [name, value] of Object.entries(details(known))) {
    if (wantsAnnotation(annotations, `Microsoft.PowerApps.CDS.${name}`))
      body[`@Microsoft.PowerApps.CDS.${name}`] = value;
  }
  const headers = { "Content-Type": JSON_TYPE, "OData-Version": "4.0", ...known.headers };
  return { status: known.status, headers, body: JSON.stringify({ error: body }) };
}

const CODES: Readonly<Record<Settings["errorCodes"], (error: ApiError) => string>> = {
  plain: ({ code }) => code,
  capitals: ({ code }) => code.toUpperCase().replace("0X", "0x"),
  empty: ({ status, code }) => (status === 404 || status === 412 ? "" : code),
};

/** What the service tells beyond code and message to those who ask for it. */
function details({ code, message }: ApiError): Record<string, string> {
  const error = `Microsoft.Crm.CrmException%3a${code.replace(/^0x/, "")}`;
  return {
    "ErrorDetails.OperationStatus": "0",
    "ErrorDetails.SubErrorCode": "-2146233088",
    HelpLink: `http://go.microsoft.com/fwlink/?LinkID=398563&error=${error}&client=platform`,
    TraceText: "",
    "InnerError.Message": message,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
