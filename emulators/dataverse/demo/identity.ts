import type { Company } from "./company.ts";
import { company } from "./company.ts";
import { streetLine } from "./culture.ts";
import type { Culture, Town } from "./culture.ts";
import { CULTURES } from "./cultures/all.ts";
import { email, jobTitle, person } from "./person.ts";
import type { Person } from "./person.ts";
import type { Random } from "./random.ts";
import type { Draft } from "./shape.ts";
import { FLOORS } from "./words.ts";
import type { World } from "./world.ts";

/** Everything about a person that a lead and the contact it becomes have in common. */
export interface Identity {
  readonly person: Person;
  readonly company: Company | null;
  readonly culture: Culture;
  readonly email: string | null;
  readonly jobTitle: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly fax: string | null;
  readonly address: Draft;
}

/** The person behind a contact; behind the lead it came from, too. */
export function identityOfContact(world: World, contact: number): Identity {
  const membership = world.membership(contact);
  const firm = membership.kind === "account" ? world.company(membership.account) : null;
  return identity(world.random("person", contact), firm);
}

/** The person behind a lead: the contact's when it was qualified, else someone of their own. */
export function identityOfLead(world: World, lead: number): Identity {
  const contact = world.contactOfLead(lead);
  if (contact !== null) return identityOfContact(world, contact);
  const random = world.random("person", -1 - lead);
  return identity(
    random,
    random.maybe(0.9, () => company(random, null)),
  );
}

/** A person of a firm, or a private one. */
export function identity(random: Random, firm: Company | null): Identity {
  const culture = firm !== null && random.chance(0.88) ? firm.culture : random.weighted(CULTURES);
  const whom = person(random, culture);
  const place = firm?.culture ?? culture;
  return {
    person: whom,
    company: firm,
    culture,
    email: email(random, whom, firm?.domain ?? null),
    jobTitle: firm === null ? null : random.maybe(0.82, () => jobTitle(random)),
    phone: random.maybe(0.75, () => random.pattern(random.pick(place.phones))),
    mobile: random.maybe(0.5, () => random.pattern(random.pick(culture.mobiles))),
    fax: random.maybe(0.12, () => random.pattern(random.pick(place.phones))),
    address: random.chance(0.85) ? address(random, place, firm?.town ?? random.pick(place.towns)) : {},
  };
}

/** The first address of a record. */
export function address(random: Random, culture: Culture, town: Town): Draft {
  return {
    address1_line1: streetLine(random, culture),
    address1_line2: random.maybe(0.2, () => random.pick(FLOORS)),
    address1_line3: random.maybe(0.03, () => random.pick(FLOORS)),
    address1_city: town.city,
    address1_stateorprovince: town.region,
    address1_postalcode: random.pattern(town.postalCode),
    address1_country: culture.country,
    address1_latitude: random.maybe(0.1, () => near(random, town.latitude)),
    address1_longitude: random.maybe(0.1, () => near(random, town.longitude)),
  };
}

/** Within a few kilometres, with five decimals as the schema has it. */
function near(random: Random, degrees: number): number {
  return Math.round(degrees * 100_000 + random.whole(-4000, 4000)) / 100_000;
}
