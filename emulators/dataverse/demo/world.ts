import type { Lookup } from "../record.ts";
import { CURRENCIES } from "./amounts.ts";
import { brand, company } from "./company.ts";
import type { Company } from "./company.ts";
import { between, DAY } from "./moments.ts";
import { at, Random } from "./random.ts";

/** How many records of each entity there are. */
export interface Counts {
  readonly accounts: number;
  readonly contacts: number;
  readonly leads: number;
  readonly opportunities: number;
  readonly interests: number;
}

/** What every organization has, whatever its size: business units, currencies, users, teams. */
export const FIXED = { units: 3, currencies: CURRENCIES.length, users: 25, teams: 6 } as const;

/** The smallest organization in which every kind of record and relation still occurs. */
export const LEAST_RECORDS = 200;

/**
 * Divides a number of records among the entities: of every 100, about 15 accounts, 45 contacts, 30 leads, 7 or 8
 * opportunities and the rest product interests.
 *
 * @throws RangeError when the number is not whole or below {@link LEAST_RECORDS}.
 */
export function countsFor(records: number): Counts {
  if (!Number.isSafeInteger(records) || records < LEAST_RECORDS) {
    throw new RangeError(
      `A demo organization has a whole number of records, ${LEAST_RECORDS} or more; not ${records}.`,
    );
  }
  const rest = records - FIXED.units - FIXED.currencies - FIXED.users - FIXED.teams;
  const accounts = Math.floor(rest * 0.15);
  const contacts = Math.floor(rest * 0.45);
  const leads = Math.floor(rest * 0.3);
  const opportunities = Math.floor(rest * 0.075);
  return {
    accounts,
    contacts,
    leads,
    opportunities,
    interests: rest - accounts - contacts - leads - opportunities,
  };
}

/** One number per independent kind of draw; never renumber, or a seed means another organization. */
const STREAMS = {
  businessunit: 1,
  transactioncurrency: 2,
  systemuser: 3,
  team: 4,
  account: 5,
  contact: 6,
  lead: 7,
  opportunity: 8,
  new_productinterest: 9,
  company: 10,
  brand: 11,
  person: 12,
  owner: 13,
  membership: 14,
  birth: 15,
  deal: 16,
  identifier: 0x100,
} as const;

type Stream = keyof typeof STREAMS;

/** An entity that the demo organization fills. */
export type DemoEntity = Exclude<
  Stream,
  "company" | "brand" | "person" | "owner" | "membership" | "birth" | "deal" | "identifier"
>;

/** When the organization began. */
export const FOUNDED = Date.UTC(2018, 2, 1);

/** The moment the demo organization was frozen at; nothing in it happened later. */
export const FROZEN_AT = Date.UTC(2026, 9, 31, 18);

/** Every fifth lead has been qualified. */
const QUALIFIED_EVERY = 5;

/** Ids of records that the organization had before the demo filled it: its root business unit and base currency. */
export type Root = { readonly [entity in DemoEntity]?: string };

/** Who belongs to a contact: a firm, another contact, or nobody. */
export type Membership =
  | { readonly kind: "account"; readonly account: number }
  | { readonly kind: "contact"; readonly contact: number }
  | { readonly kind: "none" };

/**
 * The relations of a demo organization, worked out from record numbers alone: any record can be made without the
 * others, so a million of them take no more memory than one.
 */
export class World {
  readonly seed: number;
  readonly counts: Counts;
  readonly #stride: number;
  readonly #qualified: number;
  readonly #root: Root;
  readonly #units: readonly Lookup[];
  readonly #currencies: readonly Lookup[];
  readonly #users: readonly Lookup[];
  readonly #teams: readonly Lookup[];

  constructor(seed: number, counts: Counts, root: Root = {}) {
    this.seed = seed;
    this.counts = counts;
    this.#root = root;
    this.#units = this.#all("businessunit", FIXED.units);
    this.#currencies = this.#all("transactioncurrency", FIXED.currencies);
    this.#users = this.#all("systemuser", FIXED.users);
    this.#teams = this.#all("team", FIXED.teams);
    this.#qualified = Math.ceil(counts.leads / QUALIFIED_EVERY);
    this.#stride = Math.floor(counts.contacts / this.#qualified);
  }

  random(stream: Stream, index: number): Random {
    return new Random(this.seed, STREAMS[stream], index);
  }

  id(entity: DemoEntity, index: number): string {
    const given = index === 0 ? this.#root[entity] : undefined;
    if (given !== undefined) return given;
    return new Random(this.seed, STREAMS.identifier + STREAMS[entity], index).guid();
  }

  lookup(entity: DemoEntity, index: number): Lookup {
    return { entity, id: this.id(entity, index) };
  }

  unit(index: number): Lookup {
    return at(this.#units, index);
  }

  currency(index: number): Lookup {
    return at(this.#currencies, index);
  }

  user(index: number): Lookup {
    return at(this.#users, index);
  }

  team(index: number): Lookup {
    return at(this.#teams, index);
  }

  #all(entity: DemoEntity, count: number): Lookup[] {
    return Array.from({ length: count }, (_, index) => this.lookup(entity, index));
  }

  /** The firm behind an account. */
  company(account: number): Company {
    const head = this.groupHead(account);
    const group = head === null ? null : brand(this.random("brand", head));
    return company(this.random("company", account), group);
  }

  /**
   * The account an account belongs to, or null. Every sixth account may head a group of the five after it, and every
   * thirty-sixth may head the five heads after it: three levels, never a circle.
   */
  parentAccount(account: number): number | null {
    if (account % 36 === 0) return null;
    const random = this.random("membership", -1 - account);
    if (account % 6 === 0) return random.chance(0.5) ? account - (account % 36) : null;
    return random.chance(0.22) ? account - (account % 6) : null;
  }

  /** The topmost account of a group, or null for a firm that stands alone. Heads carry the group's brand too. */
  groupHead(account: number): number | null {
    const parent = this.parentAccount(account);
    if (parent === null) return account % 6 === 0 ? account : null;
    return this.parentAccount(parent) ?? parent;
  }

  /** The contact with an account's number is its first; the others are spread, a few accounts having very many. */
  membership(contact: number): Membership {
    if (contact < this.counts.accounts) return { kind: "account", account: contact };
    const random = this.random("membership", contact);
    const draw = random.fraction();
    if (draw < 0.1) return { kind: "none" };
    if (draw < 0.15) return { kind: "contact", contact: random.whole(0, contact - 1) };
    return {
      kind: "account",
      account: Math.floor(random.fraction() * random.fraction() * this.counts.accounts),
    };
  }

  /** The contact that a lead became when it was qualified, or null while it was not. */
  contactOfLead(lead: number): number | null {
    return lead % QUALIFIED_EVERY === 0 ? (lead / QUALIFIED_EVERY) * this.#stride : null;
  }

  /** The lead that a contact once was, or null. */
  leadOfContact(contact: number): number | null {
    const turn = contact / this.#stride;
    return Number.isInteger(turn) && turn < this.#qualified ? turn * QUALIFIED_EVERY : null;
  }

  /** The lead whose qualification made an opportunity, or null. Four in five qualified leads made one. */
  leadOfOpportunity(opportunity: number): number | null {
    if (opportunity >= this.#qualified) return null;
    return this.random("deal", opportunity).chance(0.8) ? opportunity * QUALIFIED_EVERY : null;
  }

  /** When a lead came in. */
  leadBorn(lead: number): number {
    return between(this.random("birth", -1 - lead), FOUNDED, FROZEN_AT - 90 * DAY);
  }

  /** When a lead was qualified: within two months, or when the account that its contact joined was made. */
  leadQualified(lead: number): number {
    const born = this.leadBorn(lead);
    const decided = between(this.random("deal", -1 - lead), born, born + 60 * DAY);
    const contact = this.contactOfLead(lead);
    // The first contact of an account makes the account; only the others join one.
    if (contact === null || contact < this.counts.accounts) return decided;
    const membership = this.membership(contact);
    return membership.kind === "account" ? Math.max(decided, this.accountBorn(membership.account)) : decided;
  }

  /** When an account was made: with its first contact when that came from a lead. */
  accountBorn(account: number): number {
    const lead = this.leadOfContact(account);
    if (lead !== null) return this.leadQualified(lead);
    return between(this.random("birth", account), FOUNDED, FROZEN_AT - 30 * DAY);
  }

  /** When a contact was made: never before its account. */
  contactBorn(contact: number): number {
    const lead = this.leadOfContact(contact);
    if (lead !== null) return this.leadQualified(lead);
    const membership = this.membership(contact);
    const earliest = membership.kind === "account" ? this.accountBorn(membership.account) : FOUNDED;
    return between(this.random("birth", 0x4000_0000 + contact), earliest, FROZEN_AT - DAY);
  }

  /** The place of a currency among the organization's, by its ISO code; the base currency's when it is none of them. */
  currencyIndex(code: string): number {
    return Math.max(
      0,
      CURRENCIES.findIndex((currency) => currency.code === code),
    );
  }
}
