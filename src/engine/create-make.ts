/**
 * Records are made of people: noted, written, looked up where nobody knows, and linked.
 */
import { planCreation } from "../core/create-plan.ts";
import { ERROR_CODES } from "../core/errors.ts";
import type { FirstLink } from "../core/first-link.ts";
import type { Cells } from "../core/pending.ts";
import type {
  Creation,
  PersonEntity,
  RequestFate,
  RequestSettlement,
  SyncRequest,
} from "../core/request-port.ts";
import type { Outcome, Write } from "../core/sink-port.ts";
import type { EntityTrouble, Lease } from "../core/store-port.ts";
import type { PeopleKinds, PersonKind } from "./people.ts";
import { recordAttributes, recordValues } from "./people.ts";
import type { EngineParts, PeopleSettings } from "./ports.ts";

/** What requests are carried out with. */
export interface Making {
  readonly parts: Pick<EngineParts, "sink" | "store">;
  readonly lease: Lease;
  readonly kinds: PeopleKinds;
  readonly settings: PeopleSettings;
  /** The cycle, for the history. */
  readonly cycle: string;
  readonly signal: AbortSignal;
}

/** What a step has done. */
export interface Made {
  /** People of whom a record was made. */
  readonly created: number;
  /** People who were linked to a record that was there. */
  readonly linked: number;
  /** Requests that were refused, or wait for a decision. */
  readonly refused: number;
  /** Why people wait, as far as an outcome says so. */
  readonly trouble: (EntityTrouble & { readonly entity: PersonEntity }) | null;
}

export const NOTHING_MADE: Made = { created: 0, linked: 0, refused: 0, trouble: null };

export function together(...all: readonly Made[]): Made {
  const sum = (count: "created" | "linked" | "refused"): number =>
    all.reduce((total, made) => total + made[count], 0);
  const trouble = all.find((made) => made.trouble !== null)?.trouble ?? null;
  return { created: sum("created"), linked: sum("linked"), refused: sum("refused"), trouble };
}

/** What a person is made as: a contact by way of a lead where the settings say so. */
export function madeAs({ as }: Pick<SyncRequest, "as">, { contactsBy }: PeopleSettings): PersonEntity {
  return as === "contact" && contactsBy === "direct" ? "contact" : "lead";
}

/** Makes records of people nobody was found to be like. What cannot be sent is parked with its reason. */
export async function makePeople(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const all: Made[] = [];
  const byKind = Map.groupBy(requests, (request) => madeAs(request, making.settings));
  for (const [name, asked] of byKind) {
    const kind = making.kinds.get(name);
    all.push(kind === undefined ? NOTHING_MADE : await makeKind(making, kind, asked));
  }
  return together(...all);
}

interface Planned extends Creation {
  readonly write: Write;
}

async function makeKind(making: Making, kind: PersonKind, requests: readonly SyncRequest[]): Promise<Made> {
  const planned: Planned[] = [];
  const refused: RequestSettlement[] = [];
  for (const request of requests) {
    const plan = planCreation(
      { id: request.recordId, now: request.now, owner: request.owner },
      kind.creation,
    );
    if (plan.kind === "create")
      planned.push({ request, entity: kind.name, write: plan.write, sent: plan.sent });
    else {
      const { field, detail } = plan;
      refused.push({ request, fate: { kind: "parked", code: "value_invalid", field, detail } });
    }
  }
  const settled = await settle(making, kind, refused);
  if (planned.length === 0) return settled;
  const noted = await making.parts.store.noteCreating(making.lease, planned);
  const sending = planned.filter(({ request }) => noted.has(request.id));
  return together(settled, await send(making, kind, sending));
}

/**
 * Goes on with records that were being made when a process ended, or an answer was lost: those that are there are linked,
 * and the others are made with what was noted, under the id that was noted. Whichever of two tries arrives, there is one
 * record, and what both sides agree on is known.
 */
export async function makeAgain(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const all: Made[] = [];
  const byKind = Map.groupBy(requests, ({ making: made }) => made?.entity);
  for (const [name, asked] of byKind) {
    const kind = name === undefined ? undefined : making.kinds.get(name);
    if (kind === undefined) continue;
    const { made, absent } = await lookUp(making, kind, asked);
    const gone = absent.filter(({ person }) => person === "gone");
    const over = gone.map((request) => ({ request, fate: { kind: "over", outcome: "gone" } as const }));
    const again = absent
      .filter((request) => request.person !== "gone")
      .flatMap((request) => replan(kind, request));
    all.push(made, await settle(making, kind, over), await send(making, kind, again));
  }
  return together(...all);
}

function replan(kind: PersonKind, request: SyncRequest): readonly Planned[] {
  const sent = request.making?.sent ?? new Map();
  const plan = planCreation({ id: request.recordId, now: sent, owner: request.owner }, kind.creation);
  return plan.kind === "create" ? [{ request, entity: kind.name, write: plan.write, sent }] : [];
}

async function send(making: Making, kind: PersonKind, planned: readonly Planned[]): Promise<Made> {
  if (planned.length === 0) return NOTHING_MADE;
  const { parts, signal } = making;
  const writes = planned.map(({ write }) => write);
  const outcomes = await parts.sink.write(kind.entity.description, writes, signal);
  const links: FirstLink[] = [];
  const open: SyncRequest[] = [];
  const settlements: RequestSettlement[] = [];
  let trouble: Made["trouble"] = null;
  for (const { request, sent } of planned) {
    const outcome = outcomes.get(request.recordId);
    const fate = fateOf(outcome, kind);
    if (fate === "made" && outcome?.kind === "written" && outcome.version !== null) {
      links.push(linkOf(request, { version: outcome.version, values: sentValues(kind, sent), sent }));
    } else if (typeof fate === "string") {
      open.push({ ...request, making: { entity: kind.name, sent } });
    } else {
      settlements.push({ request, fate });
    }
    if (typeof fate !== "string" && fate.kind === "later") {
      trouble ??= { entity: kind.name, code: fate.code, message: fate.detail };
    }
  }
  const requests = planned.map(({ request }) => request);
  const linked = await linkMade(making, kind, { requests, links });
  const settled = await settle(making, kind, settlements);
  const { made, absent } = await lookUp(making, kind, open);
  const unknown = await settle(making, kind, absent.map(unheard));
  return together(linked, settled, made, unknown, { ...NOTHING_MADE, trouble });
}

/** What an outcome says; `look` where only the record itself can tell. */
function fateOf(outcome: Outcome | undefined, { creation }: PersonKind): RequestFate | "made" | "look" {
  if (outcome?.kind === "written") return outcome.version === null ? "look" : "made";
  if (outcome?.kind === "later") {
    const { code, detail, afterMs } = outcome;
    return { kind: "later", state: "queued", code, detail, afterMs };
  }
  if (outcome?.kind !== "refused") return "look";
  const { code, detail } = outcome;
  if (ERROR_CODES[code].retry === "later")
    return { kind: "later", state: "queued", code, detail, afterMs: 0 };
  const field = creation.fields.find(({ attribute }) => attribute.name === outcome.field)?.column;
  return { kind: "parked", code, field: field ?? outcome.field, detail };
}

/** A request whose answer was lost a moment ago may still be on its way. */
function unheard(request: SyncRequest): RequestSettlement {
  const detail = "Whether the record was made is not known yet; it is looked up.";
  return { request, fate: { kind: "later", state: "creating", code: "unavailable", detail, afterMs: 0 } };
}

interface Found {
  readonly made: Made;
  /** Requests whose record is not there. */
  readonly absent: readonly SyncRequest[];
}

async function lookUp(making: Making, kind: PersonKind, requests: readonly SyncRequest[]): Promise<Found> {
  if (requests.length === 0) return { made: NOTHING_MADE, absent: [] };
  const { parts, signal } = making;
  const ids = requests.map(({ recordId }) => recordId);
  const { description } = kind.entity;
  const records = await parts.sink.read(description, ids, recordAttributes(kind), signal);
  const found = new Map(records.map((record) => [record.id, record]));
  const links = requests.flatMap((request): FirstLink[] => {
    const record = found.get(request.recordId);
    if (record === undefined) return [];
    const sent = request.making?.sent ?? new Map();
    const values = recordValues(kind, record) ?? sentValues(kind, sent);
    return [linkOf(request, { version: record.version, values, sent })];
  });
  const made = await linkMade(making, kind, { requests, links });
  return { made, absent: requests.filter(({ recordId }) => !found.has(recordId)) };
}

function linkOf(
  { rowId, recordId }: SyncRequest,
  { version, values, sent }: Omit<FirstLink["record"], "id"> & { readonly sent: Cells },
): FirstLink {
  return { rowId, record: { id: recordId, version, values }, sent, rule: null };
}

/** What a record holds that was made a moment ago, as far as edits of marketing are concerned. */
function sentValues({ linking }: PersonKind, sent: Cells): Cells {
  return new Map(linking.pushed.map(({ name }) => [name, sent.get(name) ?? null]));
}

/**
 * Links people to the records that were made of them. Where the row refuses what Dynamics made of a value, it keeps its
 * own: the feed will say what is wrong with it.
 */
async function linkMade(
  making: Making,
  kind: PersonKind,
  { requests, links }: { readonly requests: readonly SyncRequest[]; readonly links: readonly FirstLink[] },
): Promise<Made> {
  const { parts, lease, cycle } = making;
  const { stored } = kind.entity;
  const common = { rules: kind.linking, qualifying: rowsToQualify(requests, kind), cycle };
  const linked = await parts.store.linkPeople(lease, stored, { ...common, links });
  const refused = links
    .filter(({ rowId }) => linked.refused.has(rowId))
    .map((link) => ({
      ...link,
      record: { ...link.record, values: sentValues(kind, link.sent ?? new Map()) },
    }));
  const again = await parts.store.linkPeople(lease, stored, { ...common, links: refused });
  return { ...NOTHING_MADE, created: linked.rows.size + again.rows.size };
}

/** A lead that shall be a contact is not all that was asked for. */
function rowsToQualify(requests: readonly SyncRequest[], { name }: PersonKind): ReadonlySet<string> {
  const wanted = requests.filter(({ as }) => as === "contact" && name === "lead");
  return new Set(wanted.map(({ rowId }) => rowId));
}

/** Makes fates take effect. */
export async function settle(
  { parts, lease, cycle }: Making,
  { entity }: PersonKind,
  settlements: readonly RequestSettlement[],
): Promise<Made> {
  if (settlements.length === 0) return NOTHING_MADE;
  await parts.store.settleRequests(lease, entity.stored, { settlements, cycle });
  const refused = settlements.filter(({ fate }) => fate.kind === "parked" || fate.kind === "waiting").length;
  return { ...NOTHING_MADE, refused };
}

/** As `settle`, for requests that have come to nothing yet: any kind will do to tell of them. */
export async function settleAny(making: Making, settlements: readonly RequestSettlement[]): Promise<Made> {
  const [kind] = making.kinds.values();
  return kind === undefined ? NOTHING_MADE : settle(making, kind, settlements);
}
