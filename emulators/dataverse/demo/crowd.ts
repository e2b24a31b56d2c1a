import type { Lookup, WireRecord, WireValue } from "../record.ts";
import type { AttributeFile, EntityFile } from "../schema.ts";
import { amount, decimal } from "./amounts.ts";
import { withMarketingColumns } from "./marketing-columns.ts";
import { between, day, instant } from "./moments.ts";
import { demoSchema } from "./organization.ts";
import { at, Random } from "./random.ts";
import { contact } from "./records/contact.ts";
import { Shape } from "./shape.ts";
import type { Draft } from "./shape.ts";
import { DEPARTMENTS, FLOORS, PRODUCTS, REMARKS } from "./words.ts";
import { countsFor, FOUNDED, FROZEN_AT, World } from "./world.ts";

export interface CrowdSettings {
  readonly seed: number;
  readonly schema: Iterable<EntityFile>;
  /** How many columns every contact fills, its id among them; 60 by default, which is just under 2 KB of JSON. */
  readonly columns?: number;
}

/** Contacts for measurements: any number of them, all columns filled, made quickly. */
export interface Crowd {
  /** The filled columns, in order; always the same for the same schema. The first is the id. */
  readonly columns: readonly string[];
  /** The contact entity with the marketing columns, some of which are filled. */
  readonly definition: EntityFile;
  /**
   * That many contacts, made while they are read. Ids and e-mail addresses differ; the rest repeats after some hundred
   * contacts, far beyond the window of a compressor. Lookups point to records of the demo organization of the seed.
   */
  readonly contacts: (count: number) => Generator<WireRecord, void, void>;
}

/** Columns that every measurement should have: those of the default mapping, then common others. */
const FIRST = (
  "contactid lastname firstname emailaddress1 parentcustomerid ownerid statecode statuscode createdon modifiedon " +
  "salutation middlename jobtitle telephone1 mobilephone telephone2 fax address1_line1 address1_line2 address1_line3 " +
  "address1_city address1_stateorprovince address1_postalcode address1_country leadsourcecode description donotphone " +
  "donotbulkemail donotemail donotfax donotsendmm preferredcontactmethodcode mkt_lastinterestingmomentdate " +
  "mkt_lastinterestingmomentdesc mkt_leadinterestingmomentsource mkt_lastinterestingmomenttype mkt_relativescore " +
  "mkt_priority mkt_urgency mkt_leadscore new_synctomkto birthdate anniversary gendercode familystatuscode " +
  "numberofchildren creditlimit annualincome transactioncurrencyid department nickname suffix websiteurl " +
  "emailaddress2 emailaddress3 address1_latitude address1_longitude creditonhold lastusedincampaign managername"
).split(" ");

/** A prime, so that what is drawn per contact never falls into step with it. */
const TEMPLATES = 499;

/** @throws RangeError when the contact entity has fewer writable columns than asked for. */
export function crowd({ seed, schema, columns = 60 }: CrowdSettings): Crowd {
  const stock = [...schema];
  const definition = demoSchema(stock).entities.find((entity) => entity.logicalName === "contact");
  if (definition === undefined) throw new RangeError('The schema has no entity "contact".');
  const extended = withMarketingColumns(definition);
  const chosen = choose(extended, columns);
  const world = new World(seed, countsFor(20_000));
  return {
    columns: chosen,
    definition: extended,
    contacts: (count) => contacts(world, extended, chosen, count),
  };
}

function choose(definition: EntityFile, columns: number): string[] {
  const fillable = definition.attributes.filter(isFillable).map((attribute) => attribute.logicalName);
  const known = new Set([...fillable, "createdon", "modifiedon", "statecode"]);
  const chosen = [...new Set([...FIRST, ...fillable])].filter((name) => known.has(name)).slice(0, columns);
  if (!Number.isSafeInteger(columns) || columns < 1 || chosen.length < columns) {
    throw new RangeError(`A contact has 1 to ${known.size} columns that can be filled; not ${columns}.`);
  }
  return chosen;
}

const TARGETS = ["account", "contact", "systemuser", "team", "transactioncurrency", "lead"] as const;

function isFillable(attribute: AttributeFile): boolean {
  const { attributeTypeName, isValidODataAttribute, isValidForCreate, isPrimaryId, targets } = attribute;
  if (!isValidODataAttribute || !isValidForCreate || FILLERS[attributeTypeName] === undefined) return false;
  if (attributeTypeName === "UniqueidentifierType")
    return isPrimaryId && attribute.logicalName === "contactid";
  return targets === undefined || TARGETS.some((target) => targets.includes(target));
}

function* contacts(
  world: World,
  definition: EntityFile,
  columns: readonly string[],
  count: number,
): Generator<WireRecord, void, void> {
  const templates = Array.from({ length: TEMPLATES }, (_, index) =>
    template(world, definition, columns, index),
  );
  const filled = new Set(columns);
  for (let index = 0; index < count; index++) {
    const record = { ...at(templates, index % TEMPLATES) };
    if (filled.has("contactid")) record["contactid"] = world.id("contact", index);
    if (filled.has("emailaddress1")) record["emailaddress1"] = numbered(record["emailaddress1"], index);
    yield record;
  }
}

/** The address with a number that makes it unique, and short enough still. */
function numbered(address: WireValue | undefined, index: number): string {
  const [local = "", host = "mail.example"] = typeof address === "string" ? address.split("@") : [];
  return `${local.slice(0, 30)}.${index}@${host}`;
}

/** A contact as the demo makes it, with every chosen column filled. */
function template(world: World, definition: EntityFile, columns: readonly string[], index: number): Draft {
  const shape = new Shape(definition);
  const drawn = contact(world, shape, index);
  const random = new Random(world.seed, 0x200, index);
  const filled = columns.map((name): [string, WireValue] => {
    const attribute = shape.attribute(name);
    const value = drawn[name] ?? (attribute === undefined ? null : fill(random, shape, world, attribute));
    return [name, name === "description" ? random.pick(REMARKS) : value];
  });
  return { ...shape.fit(Object.fromEntries(filled)) };
}

function fill(random: Random, shape: Shape, world: World, attribute: AttributeFile): WireValue {
  return FILLERS[attribute.attributeTypeName]?.({ random, shape, world }, attribute) ?? null;
}

interface Source {
  readonly random: Random;
  readonly shape: Shape;
  readonly world: World;
}

type Filler = (source: Source, attribute: AttributeFile) => WireValue;

const PHRASES = [...DEPARTMENTS, ...FLOORS, ...PRODUCTS];

/** How a column is filled that the demo left empty, by its type. */
const FILLERS: Readonly<Record<string, Filler>> = {
  StringType: ({ random }, { logicalName, maxLength }) =>
    line(random, logicalName).slice(0, maxLength).trimEnd(),
  MemoType: ({ random }) => random.pick(REMARKS),
  IntegerType: ({ random }, { minValue = 0, maxValue = 100 }) =>
    random.whole(Math.max(minValue, 0), Math.min(maxValue, 100)),
  DoubleType: ({ random }, { minValue = 0, maxValue = 1000 }) =>
    random.whole(Math.max(minValue, -1000) * 100, Math.min(maxValue, 1000) * 100) / 100,
  DecimalType: ({ random }) => decimal(BigInt(random.whole(0, 1_000_000)), 4),
  MoneyType: ({ random }) => amount(random.whole(0, 100_000_000)),
  BooleanType: ({ random }) => random.chance(0.5),
  PicklistType: ({ random, shape }, { logicalName }) => shape.choice(random, logicalName),
  StatusType: ({ random, shape }) => shape.status(random, 0),
  DateTimeType: ({ random }, { dateTimeBehavior }) => {
    const moment = between(random, FOUNDED, FROZEN_AT);
    return dateTimeBehavior === "DateOnly" ? day(moment) : instant(moment);
  },
  LookupType: pointer,
  CustomerType: pointer,
  OwnerType: pointer,
  UniqueidentifierType: ({ random }) => random.guid(),
};

function line(random: Random, column: string): string {
  if (/phone|fax|pager/.test(column)) return random.pattern("+1 (614) 555-01##");
  if (/email/.test(column)) return random.pattern("person.####@mail.example");
  if (/url/.test(column)) return random.pattern("https://www.page-####.example");
  return `${random.pick(PHRASES)} ${random.whole(1, 99)}`;
}

function pointer({ random, world }: Source, { targets = [] }: AttributeFile): Lookup | null {
  const target = TARGETS.find((one) => targets.includes(one));
  return target === undefined ? null : world.lookup(target, random.whole(0, 2));
}
