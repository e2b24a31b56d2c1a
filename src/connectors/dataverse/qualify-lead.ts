/**
 * `QualifyLead`: the service makes a contact of a lead and closes the lead. The action belongs to the Sales app.
 */
import type { ErrorCode } from "../../core/errors.ts";
import { SyncError } from "../../core/errors.ts";
import { parseJson } from "../http/body.ts";
import type { Command, DataverseClient, Reply } from "./client.ts";
import type { Answered, Meaning } from "./outcome.ts";
import { askedMs, meaningOf } from "./outcome.ts";
import { saidWords } from "./outcome-words.ts";
import { readCollection } from "./records.ts";
import { readError } from "./refusal.ts";
import { JSON_BODY } from "./write-command.ts";

const LEAD_CLOSED = "0x80040519";
/** `Qualified`, the status that Dynamics itself gives. */
const QUALIFIED = 3;

/**
 * Makes a contact of a lead, without an account and without an opportunity. When the answer is lost, or the lead was
 * qualified before, the contact that came of it is looked up and returned.
 * @throws SyncError `refused` when the lead is closed without a contact, or the organization does not know the
 * action; `record_gone`, `write_permission_missing`; `unavailable` when the answer was lost and no contact is there
 * (yet); and as every read
 */
export async function qualifyLead(
  client: DataverseClient,
  leadId: string,
  signal: AbortSignal,
): Promise<string> {
  const reply = await client.send(qualification(leadId), signal);
  const made = reply.kind === "answer" && reply.status === 200 ? contactIn(reply.text) : null;
  if (made !== null) return made;
  const failure = failureOf(reply, client.now());
  if (!mayBeQualified(reply)) throw failure;
  const found = await contactOf(client, leadId, signal);
  if (found === null) throw failure;
  return found;
}

function qualification(leadId: string): Command {
  const wanted = { CreateAccount: false, CreateContact: true, CreateOpportunity: false, Status: QUALIFIED };
  return {
    method: "POST",
    path: `leads(${encodeURIComponent(leadId)})/Microsoft.Dynamics.CRM.QualifyLead`,
    headers: { "content-type": JSON_BODY },
    body: JSON.stringify(wanted),
  };
}

/** The answer lists what was made; each kind of record is known by its primary id. */
function contactIn(text: string): string | null {
  try {
    const { value } = parseJson(text) as { readonly value?: readonly Readonly<Record<string, unknown>>[] };
    const id = value?.map((record) => record["contactid"]).find((known) => typeof known === "string");
    return id?.toLowerCase() ?? null;
  } catch {
    return null;
  }
}

/** The newest contact that came of the lead; a lead may have been qualified, opened and qualified again. */
async function contactOf(
  client: DataverseClient,
  leadId: string,
  signal: AbortSignal,
): Promise<string | null> {
  const filter = encodeURIComponent(`_originatingleadid_value eq ${leadId}`);
  const path = `contacts?$select=contactid&$filter=${filter}&$orderby=createdon%20desc`;
  const { body } = await client.get(path, { entity: "contact", read: readCollection }, signal);
  const [newest] = body.value as Record<string, unknown>[];
  return newest === undefined ? null : String(newest["contactid"]).toLowerCase();
}

function mayBeQualified(reply: Reply): boolean {
  if (reply.kind === "lost" || reply.status < 300) return true;
  return readError(reply.text).code === LEAD_CLOSED || meaningOf(reply) === "unclear";
}

function failureOf(reply: Reply, now: number): SyncError {
  if (reply.kind === "lost") {
    return new SyncError("unavailable", `Whether the lead was qualified is not known: ${reply.detail}`, {
      entity: "lead",
    });
  }
  const words = saidWords(reply.status, readError(reply.text), []);
  return new SyncError(codeOf(reply), `The lead was not qualified: ${words}`, {
    entity: "lead",
    retryAfterMs: askedMs(reply, now),
  });
}

const CODES: Readonly<Record<Meaning, ErrorCode>> = {
  missing: "record_gone",
  forbidden: "write_permission_missing",
  throttled: "throttled",
  busy: "unavailable",
  unclear: "unavailable",
  refused: "refused",
  overtaken: "refused",
  taken: "refused",
  duplicate: "refused",
};

function codeOf(answer: Answered): ErrorCode {
  return answer.status < 300 ? "unexpected_answer" : CODES[meaningOf(answer)];
}
