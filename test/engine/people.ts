/** Leads and contacts that are qualified, merged and left out by the sync filter. */
import type { WireValue } from "../../src/core/change.ts";
import { attribute, entity, guid } from "../support/entity.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const SHARED = [
  attribute("firstname", "String", { maxLength: 50 }),
  attribute("lastname", "String", { maxLength: 50 }),
  attribute("emailaddress1", "String", { maxLength: 100 }),
  attribute("telephone1", "String", { maxLength: 50 }),
  attribute("donotemail", "Boolean"),
  attribute("merged", "Boolean", { updatable: false }),
  attribute("new_synctomkto", "Boolean"),
];

export const PERSON_CONTACT = entity("contact", [
  ...SHARED,
  attribute("originatingleadid", "Lookup", { targets: ["lead"], updatable: false }),
  attribute("masterid", "Lookup", { targets: ["contact"], updatable: false }),
]);

export const PERSON_LEAD = entity("lead", [
  ...SHARED,
  attribute("subject", "String", { maxLength: 300 }),
  attribute("statecode", "State", {
    choices: [
      { value: 0, label: "Open" },
      { value: 1, label: "Qualified" },
      { value: 2, label: "Disqualified" },
    ],
  }),
  attribute("parentcontactid", "Lookup", { targets: ["contact"] }),
  attribute("masterid", "Lookup", { targets: ["lead"], updatable: false }),
]);

/** Contacts are read before leads, as they are by default. */
export function openPeople(): Promise<World> {
  return openWorld(PERSON_CONTACT, PERSON_LEAD);
}

type Fields = Readonly<Record<string, WireValue>>;

/** What a seller makes of a lead: a contact with its values, and a closed lead that points to it. */
export function qualify({ source }: World, lead: number, contact: number, changes: Fields = {}): void {
  const { fields = {} } = source.records("lead").get(guid(lead)) ?? {};
  const copied = ["firstname", "lastname", "emailaddress1", "telephone1", "donotemail"];
  const values = Object.fromEntries(
    copied.flatMap((name) => (name in fields ? [[name, fields[name] ?? null]] : [])),
  );
  source.put("contact", contact, { ...values, ...changes, _originatingleadid_value: guid(lead) });
  source.put("lead", lead, { statecode: 1, _parentcontactid_value: guid(contact) });
}

/** Merges two records: the winner has the given values, the loser is closed. */
export function merge(
  { source }: World,
  entityName: "lead" | "contact",
  {
    winner,
    loser,
    content = {},
  }: { readonly winner: number; readonly loser: number; readonly content?: Fields },
): void {
  source.put(entityName, winner, content);
  source.put(entityName, loser, { merged: true, _masterid_value: guid(winner) });
}

export interface PersonRow {
  readonly id: string;
  readonly crm_id: string | null;
  readonly crm_type: string | null;
  readonly crm_deleted: boolean;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly topic: string | null;
  readonly do_not_email: boolean | null;
}

/** Rows of people, in the order in which they were made. */
export function peopleRows(world: Pick<World, "rows">): Promise<PersonRow[]> {
  return world.rows<PersonRow>(
    `select id, crm_id, crm_type, crm_deleted, first_name, last_name, email, phone, topic, do_not_email
       from marketing.people order by id`,
  );
}

/** The same as `contact 1 Ada`, with what is unusual behind it. */
export async function people(world: Pick<World, "rows">): Promise<string[]> {
  const rows = await peopleRows(world);
  return rows.map(({ crm_id: crmId, crm_type: type, crm_deleted: deleted, first_name: name }) => {
    const number = crmId === null ? "nobody" : String(Number.parseInt(crmId.slice(-12), 16));
    return [type, number, name, ...(deleted ? ["(deleted)"] : [])].join(" ");
  });
}

/** State of each link, by entity and number: `{ "lead 1": "m" }`. */
export async function linkStates(world: Pick<World, "rows">): Promise<Readonly<Record<string, string>>> {
  const rows = await world.rows<{ name: string; crm_id: string; state: string }>(
    "select e.name, l.crm_id, l.state from links l join entities e on e.id = l.entity_id order by e.name, l.crm_id",
  );
  return Object.fromEntries(
    rows.map(({ name, crm_id: crmId, state }) => [`${name} ${Number.parseInt(crmId.slice(-12), 16)}`, state]),
  );
}

/** Runs cycles until one brings nothing; with other entities, or in another order, as another process. */
export async function quiet(world: World, settings: Parameters<World["cycle"]>[0] = {}): Promise<void> {
  if (settings.entities !== undefined) world.restart();
  for (;;) {
    const { counts, outcome } = await world.cycle(settings);
    if (outcome !== "done") throw new Error(`the cycle ended as ${outcome}`);
    if (counts.created + counts.updated + counts.deleted + counts.pushed + counts.unchanged === 0) return;
  }
}
