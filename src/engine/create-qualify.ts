/**
 * A person who was made a lead becomes a contact, the way the native sync does it: the lead is qualified.
 */
import type { SourceRecord } from "../core/change.ts";
import type { SyncError } from "../core/errors.ts";
import { ERROR_CODES } from "../core/errors.ts";
import { outValue } from "../core/out-value.ts";
import type { RequestFate, SyncRequest } from "../core/request-port.ts";
import { concernsOne } from "./concern.ts";
import type { Made, Making } from "./create-make.ts";
import { NOTHING_MADE, settle, together } from "./create-make.ts";
import { planRecords } from "./page-plan.ts";
import type { PersonKind } from "./people.ts";
import { recordValues } from "./people.ts";

/**
 * Qualifies leads, one after the other: each changes several records in Dynamics. Repeating it after a crash finds the
 * contact that came of the first try.
 * @throws SyncError what concerns the whole connection
 */
export async function qualifyPeople(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const all: Made[] = [];
  for (const request of requests) all.push(await qualifyOne(making, request));
  return together(...all);
}

async function qualifyOne(making: Making, request: SyncRequest): Promise<Made> {
  const kind = making.kinds.get("lead");
  if (kind === undefined) return NOTHING_MADE;
  const { sink } = making.parts;
  try {
    if (isLead(request)) {
      const contactId = await sink.qualify(request.recordId, making.signal);
      await takeContact(making, request, contactId);
    }
    const outcome = request.person === "gone" ? "gone" : "created";
    return await settle(making, kind, [{ request, fate: { kind: "over", outcome } }]);
  } catch (error) {
    if (!concernsOne(error)) throw error;
    const fate = fateOf(error);
    const settled = await settle(making, kind, [{ request, fate }]);
    const trouble = { entity: "lead", code: error.code, message: error.message } as const;
    return together(settled, fate.kind === "later" ? { ...NOTHING_MADE, trouble } : NOTHING_MADE);
  }
}

/** False once the feed has told that the lead became a contact, or when nobody is there any more to become one. */
function isLead({ person }: SyncRequest): boolean {
  return typeof person === "object" && person.entity === "lead";
}

/** What does not pass by itself leaves the person a lead, and says why. */
function fateOf(error: SyncError): RequestFate {
  const { code, message: detail, retryAfterMs: afterMs = 0 } = error;
  if (ERROR_CODES[code].retry === "later" && code !== "record_gone") {
    return { kind: "later", state: "qualifying", code, detail, afterMs };
  }
  return { kind: "parked", code, field: null, detail };
}

/**
 * Makes the contact the person's at once, as the feed would. What Dynamics did not take over from the lead travels to the
 * contact; so does an opt-out.
 */
async function takeContact(making: Making, { rowId }: SyncRequest, contactId: string): Promise<void> {
  const kind = making.kinds.get("contact");
  if (kind === undefined) return;
  const { parts, lease } = making;
  const { entity } = kind;
  const record = await readContact(making, kind, contactId);
  if (record === undefined) return;
  const plan = await planRecords(parts.store, entity, {
    page: { phase: "changes", upserts: [record], deletes: [] },
    lane: "live",
    accept: "newer",
  });
  const values = recordValues(kind, record);
  if (plan.life.adopts.length === 0 || values === null) return;
  await parts.store.oweFirst(lease, entity.stored, {
    links: [{ rowId, record: { id: record.id, version: record.version, values }, sent: null, rule: null }],
    rules: kind.linking,
  });
  const { columns, policies } = entity.projections.live;
  const filterExit = entity.terms.filter.exit;
  await parts.store.applyRecords(lease, {
    entity: entity.stored,
    lane: "live",
    columns,
    policies,
    plan,
    filterExit,
  });
}

/** The contact as it is; one that the organization leaves out of the sync by default takes part first. */
async function readContact(
  { parts, signal }: Making,
  { entity, creation }: PersonKind,
  contactId: string,
): Promise<SourceRecord | undefined> {
  const { description, projections } = entity;
  const read = async (): Promise<SourceRecord | undefined> =>
    (await parts.sink.read(description, [contactId], projections.live.attributes, signal))[0];
  const record = await read();
  if (record === undefined || !projections.live.standing(record).excluded) return record;
  if (creation.filter === undefined) return record;
  const yes = outValue(creation.filter, "true");
  if ("refusal" in yes) return record;
  await parts.sink.write(
    description,
    [{ kind: "update", id: contactId, guard: null, values: [yes] }],
    signal,
  );
  return read();
}
