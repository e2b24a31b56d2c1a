import type { SourceRecord, WireValue } from "../../src/core/change.ts";
import type { PersonEntity } from "../../src/core/request-port.ts";
import { attribute, entity } from "../support/entity.ts";
import type { World } from "./world.ts";
import { openWorld } from "./world.ts";

const STATES = {
  choices: [
    { value: 0, label: "Open" },
    { value: 1, label: "Closed" },
  ],
  updatable: false,
};

const COMMON = [
  attribute("firstname", "String"),
  attribute("lastname", "String", { label: "Last Name", required: "ApplicationRequired" }),
  attribute("emailaddress1", "String"),
  attribute("jobtitle", "String", { maxLength: 20 }),
  attribute("donotbulkemail", "Boolean"),
  attribute("statecode", "State", STATES),
  attribute("fullname", "String", { creatable: false, updatable: false }),
  attribute("ownerid", "Owner", { navigation: { systemuser: "ownerid", team: "ownerid" } }),
  attribute("new_synctomkto", "Boolean"),
  attribute("merged", "Boolean", { creatable: false, updatable: false }),
];

export const LEAD = entity(
  "lead",
  [
    ...COMMON,
    attribute("subject", "String", { label: "Topic", required: "ApplicationRequired" }),
    attribute("parentcontactid", "Lookup", { navigation: { contact: "parentcontactid" } }),
  ],
  { primaryName: "fullname" },
);

export const CONTACT = entity(
  "contact",
  [...COMMON, attribute("originatingleadid", "Lookup", { navigation: { lead: "originatingleadid" } })],
  { primaryName: "fullname" },
);

/** An organization of leads and contacts, followed by a workspace whose people may be synced. */
export interface PeopleWorld extends World {
  /** Adds a person of marketing alone. Returns the row's id. */
  add(values?: Readonly<Record<string, string | null>>): Promise<string>;
  edit(person: string, values: Readonly<Record<string, string | null>>): Promise<void>;
  sync(person: string, as?: PersonEntity): Promise<string>;
  person(id: string): Promise<Person>;
  request(person: string): Promise<StoredRequest>;
  leads(): readonly SourceRecord[];
  contacts(): readonly SourceRecord[];
  /** Runs cycles until one has nothing left to do, letting the time pass that requests and edits wait for. */
  untilQuiet(): Promise<void>;
}

export interface Person {
  readonly crm_id: string | null;
  readonly crm_type: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly job_title: string | null;
  readonly unsubscribed: boolean | null;
}

export interface StoredRequest {
  readonly state: string;
  readonly outcome: string | null;
  readonly origin: string;
  readonly crm_id: string;
  readonly code: string | null;
  readonly field: string | null;
  readonly detail: string | null;
  readonly candidates: readonly { readonly id: string; readonly rowId: string | null }[];
}

export const ANN = { first_name: "Ann", last_name: "Lee", email: "ann@example.com" };

export async function openPeople(): Promise<PeopleWorld> {
  const world = await openWorld(CONTACT, LEAD);
  await world.cycle();
  await world.cycle();
  const one = async <T extends object>(sql: string, id: string): Promise<T> => {
    const [row] = await world.rows<T>(sql, [id]);
    if (row === undefined) throw new Error(`there is no row of ${id}`);
    return row;
  };
  const records = (name: string): readonly SourceRecord[] => [...world.source.records(name).values()];
  return Object.assign(world, {
    async add(values: Readonly<Record<string, string | null>> = ANN) {
      const names = Object.keys(values);
      const places = names.map((_, at) => `$${at + 1}`).join(", ");
      const [row] = await world.rows<{ id: string }>(
        `insert into marketing.people (${names.join(", ")}) values (${places}) returning id`,
        Object.values(values),
      );
      return row?.id ?? "";
    },
    async edit(person: string, values: Readonly<Record<string, string | null>>) {
      for (const [column, value] of Object.entries(values)) {
        await world.rows(`update marketing.people set ${column} = $2 where id = $1`, [person, value]);
      }
    },
    async sync(person: string, as: PersonEntity = "lead") {
      const [row] = await world.rows<{ answer: string }>("select marketing.sync_person($1, $2) as answer", [
        person,
        as,
      ]);
      return row?.answer ?? "";
    },
    person: (id: string) => one<Person>("select * from marketing.people where id = $1", id),
    request: (person: string) =>
      one<StoredRequest>("select * from sync_requests where row_id = $1 order by id desc limit 1", person),
    leads: () => records("lead"),
    contacts: () => records("contact"),
    async untilQuiet() {
      for (let cycle = 0; cycle < 8; cycle += 1) {
        await passTime(world);
        const { counts } = await world.cycle();
        const { created, updated, pushed, unchanged } = counts;
        if (cycle > 1 && created + updated + pushed + unchanged === 0) return;
      }
      throw new Error("it never became quiet");
    },
  });
}

/** Lets the time pass that requests and edits wait for. */
export async function passTime(world: Pick<World, "rows">): Promise<void> {
  await world.rows("update sync_requests set retry_at = now() where retry_at is not null");
  await world.rows("update pending_changes set retry_at = now() where retry_at is not null");
}

/** A record's values that people and Dynamics share. */
export function shared({ fields }: SourceRecord): Readonly<Record<string, WireValue>> {
  const { firstname = null, lastname = null, emailaddress1 = null } = fields;
  return { firstname, lastname, emailaddress1 };
}
