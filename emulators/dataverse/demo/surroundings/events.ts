import type { WireRecord } from "../../record.ts";
import type { EntityFile } from "../../schema.ts";
import { customEntity } from "../custom-entity.ts";
import { choice, lookup, memo, moment, text, whole, yesNo } from "../definitions.ts";
import { DAY, instant } from "../moments.ts";
import { at } from "../random.ts";
import { FOUNDED, FROZEN_AT } from "../world.ts";
import type { People } from "./people.ts";

/** Where events take place: three steps from a person, by registration and event. */
const venue = customEntity({
  schemaName: "new_Venue",
  label: "Venue",
  labels: "Venues",
  objectTypeCode: 10_043,
  columns: [
    { ...text("new_Name", "Name", 100), isPrimaryName: true, requiredLevel: "ApplicationRequired" },
    text("new_City", "City", 80),
    whole("new_Seats", "Seats", 0, 100_000),
  ],
});

const event = customEntity({
  schemaName: "new_Event",
  label: "Event",
  labels: "Events",
  objectTypeCode: 10_044,
  columns: [
    { ...text("new_Name", "Name", 200), isPrimaryName: true, requiredLevel: "ApplicationRequired" },
    choice("new_Format", "Format", [
      { value: 100_000_000, label: "Seminar" },
      { value: 100_000_001, label: "Trade Fair" },
      { value: 100_000_002, label: "Factory Tour" },
    ]),
    moment("new_BeginsOn", "Begins On", "UserLocal"),
    memo("new_Agenda", "Agenda", 4000),
    lookup("new_VenueId", "Venue", ["new_venue"]),
  ],
  manyToMany: [
    {
      schemaName: "new_event_account_sponsor",
      entity1LogicalName: "new_event",
      entity1IntersectAttribute: "new_eventid",
      entity1NavigationPropertyName: "new_event_account_sponsor",
      entity2LogicalName: "account",
      entity2IntersectAttribute: "accountid",
      entity2NavigationPropertyName: "new_event_account_sponsor",
      intersectEntityName: "new_event_account",
    },
  ],
});

const registration = customEntity({
  schemaName: "new_EventRegistration",
  label: "Event Registration",
  labels: "Event Registrations",
  objectTypeCode: 10_045,
  columns: [
    { ...text("new_Name", "Name", 100), isPrimaryName: true, requiredLevel: "ApplicationRequired" },
    moment("new_RegisteredOn", "Registered On", "UserLocal"),
    yesNo("new_Attended", "Attended"),
    lookup("new_EventId", "Event", ["new_event"]),
    lookup("new_ContactId", "Contact", ["contact"]),
    lookup("new_LeadId", "Lead", ["lead"]),
  ],
});

/** What is referred to comes first. */
export const EVENT_ENTITIES: readonly EntityFile[] = [venue, event, registration];

const PLACES = [
  ["Messehalle 4", "Hamburg"],
  ["The Old Granary", "Leeds"],
  ["Palais des Congrès", "Lyon"],
  ["Harbor Hall", "Baltimore"],
  ["Cube Berlin", "Berlin"],
  ["Sala Verdi", "Milano"],
] as const;

const TOPICS = [
  "Warehouse Days",
  "Forging Tomorrow",
  "Cold Chain Forum",
  "Open House",
  "Automation Breakfast",
] as const;

/** A registration for every twentieth person, an event for every thirty registrations, and a few venues. */
function countsOf({ contacts, leads }: People) {
  const registrations = Math.ceil((contacts.length + leads.length) / 20);
  const events = Math.max(3, Math.ceil(registrations / 30));
  return { registrations, events, venues: Math.min(PLACES.length, Math.max(2, Math.ceil(events / 4))) };
}

/** Records by entity, in an order in which each refers only to what came before. */
export function* eventRecords(
  people: People,
): Generator<readonly [entity: string, records: readonly WireRecord[]]> {
  const counts = countsOf(people);
  yield ["new_venue", Array.from({ length: counts.venues }, (_, index) => venueRecord(people, index))];
  yield [
    "new_event",
    Array.from({ length: counts.events }, (_, index) => eventRecord(people, index, counts.venues)),
  ];
  yield [
    "new_eventregistration",
    Array.from({ length: counts.registrations }, (_, index) =>
      registrationRecord(people, index, counts.events),
    ),
  ];
}

function venueRecord(people: People, index: number): WireRecord {
  const random = people.random("venue", index);
  const [name, city] = at(PLACES, index);
  const born = instant(FOUNDED + index * DAY);
  return {
    new_venueid: people.id("venue", index),
    new_name: `${name}, ${city}`,
    new_city: city,
    new_seats: random.whole(40, 900),
    ownerid: people.owner(random),
    createdon: born,
    modifiedon: born,
  };
}

function eventRecord(people: People, index: number, venues: number): WireRecord {
  const random = people.random("event", index);
  const begins = FROZEN_AT + random.whole(-400, 120) * DAY;
  const born = instant(begins - 90 * DAY);
  const topic = random.pick(TOPICS);
  return {
    new_eventid: people.id("event", index),
    new_name: `${topic} ${new Date(begins).getUTCFullYear()}, no. ${index + 1}`,
    new_format: random.whole(100_000_000, 100_000_002),
    new_beginson: instant(begins),
    new_agenda: random.maybe(0.7, () => "09:00 Welcome\n10:00 Tour of the plant\n12:30 Lunch"),
    new_venueid: { entity: "new_venue", id: people.id("venue", random.whole(0, venues - 1)) },
    ownerid: people.owner(random),
    createdon: born,
    modifiedon: born,
  };
}

function registrationRecord(people: People, index: number, events: number): WireRecord {
  const random = people.random("registration", index);
  const ofContact = random.chance(0.7);
  const who = ofContact ? people.contacts : people.leads;
  const born = instant(FROZEN_AT - random.whole(1, 400) * DAY);
  return {
    new_eventregistrationid: people.id("registration", index),
    new_name: `R-${String(index + 1).padStart(6, "0")}`,
    new_registeredon: born,
    new_attended: random.maybe(0.8, () => random.chance(0.6)),
    new_eventid: { entity: "new_event", id: people.id("event", random.whole(0, events - 1)) },
    [ofContact ? "new_contactid" : "new_leadid"]: {
      entity: ofContact ? "contact" : "lead",
      id: random.pick(who),
    },
    ownerid: people.owner(random),
    createdon: born,
    modifiedon: born,
  };
}

/** Which accounts pay for which event: pairs of an event and an account, each once. */
export function sponsorships(people: People): readonly (readonly [event: string, account: string])[] {
  const { events } = countsOf(people);
  return Array.from({ length: events }, (_, index) => index).flatMap((index) => {
    const random = people.random("sponsor", index);
    const sponsors = new Set(Array.from({ length: random.whole(0, 3) }, () => random.pick(people.accounts)));
    return [...sponsors].map((account) => [people.id("event", index), account] as const);
  });
}
