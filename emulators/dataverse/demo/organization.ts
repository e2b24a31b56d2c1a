import type { WireRecord } from "../record.ts";
import type { EntityFile } from "../schema.ts";
import { withMarketingColumns } from "./marketing-columns.ts";
import { productInterest } from "./product-interest.ts";
import { account } from "./records/account.ts";
import { contact } from "./records/contact.ts";
import { lead } from "./records/lead.ts";
import { opportunity } from "./records/opportunity.ts";
import { businessUnit, systemUser, team, transactionCurrency } from "./records/organization-wide.ts";
import { interest } from "./records/product-interest.ts";
import type { Writer } from "./records/writer.ts";
import { Shape } from "./shape.ts";
import { countsFor, FIXED, World } from "./world.ts";
import type { DemoEntity, Root } from "./world.ts";

const BATCH = 500;

/** What a demo organization is made from. */
export interface DemoSettings {
  /** Any whole number; the same seed and size give the same records, to the byte. */
  readonly seed: number;
  /** How many records in all, 200 or more; those named in `root` are counted among them. */
  readonly records: number;
  /** The definitions of the stock entities, as the files in `schema/` hold them. */
  readonly schema: Iterable<EntityFile>;
  /**
   * Ids of the root business unit (`businessunit`) and the base currency (`transactioncurrency`) when the organization
   * has them already: they are referred to, and left out of the batches.
   */
  readonly root?: Root;
}

/** Records of one entity. */
export interface DemoBatch {
  readonly entity: string;
  readonly records: readonly WireRecord[];
}

export interface DemoOrganization {
  /**
   * Definitions that the organization adds or extends: a custom entity, and lead and contact with the marketing
   * columns. Register each under its logical name before the batches are inserted.
   */
  readonly entities: readonly EntityFile[];
  /**
   * All records, entity by entity, what is referred to first where that is possible: an account's primary contact, an
   * originating lead and a lead's contact come later or earlier, since they point at each other. Each call starts anew.
   * Made while it is read: memory stays at one batch, whatever the size.
   */
  batches(): Iterable<DemoBatch>;
}

/**
 * A made-up organization: plausible, consistent, valid by the schema, with the odd edge case, and the same every time.
 *
 * @throws RangeError when the size is too small or no whole number, or when the schema lacks an entity.
 */
export function demoOrganization(settings: DemoSettings): DemoOrganization {
  const { entities, shapes } = demoSchema(settings.schema);
  const world = new World(settings.seed, countsFor(settings.records), settings.root);
  return {
    entities,
    batches: () => batches(world, shapes, settings.root ?? {}),
  };
}

/** The stock schema with the demo's own definitions laid over it. */
export function demoSchema(schema: Iterable<EntityFile>) {
  const stock = new Map([...schema].map((entity) => [entity.logicalName, entity]));
  const stockEntity = (name: string): EntityFile => {
    const entity = stock.get(name);
    if (entity === undefined)
      throw new RangeError(`The schema has no entity "${name}", which the demo fills.`);
    return entity;
  };
  const extended = [withMarketingColumns(stockEntity("lead")), withMarketingColumns(stockEntity("contact"))];
  const entities = [productInterest, ...extended];
  const own = new Map(entities.map((entity) => [entity.logicalName, entity]));
  const shapes = new Map(
    SECTIONS.map(({ entity }) => [entity, new Shape(own.get(entity) ?? stockEntity(entity))] as const),
  );
  return { entities, shapes };
}

interface Section {
  readonly entity: DemoEntity;
  readonly writer: Writer;
  readonly count: (world: World) => number;
}

const SECTIONS: readonly Section[] = [
  { entity: "businessunit", writer: businessUnit, count: () => FIXED.units },
  { entity: "transactioncurrency", writer: transactionCurrency, count: () => FIXED.currencies },
  { entity: "systemuser", writer: systemUser, count: () => FIXED.users },
  { entity: "team", writer: team, count: () => FIXED.teams },
  { entity: "account", writer: account, count: ({ counts }) => counts.accounts },
  { entity: "contact", writer: contact, count: ({ counts }) => counts.contacts },
  { entity: "lead", writer: lead, count: ({ counts }) => counts.leads },
  { entity: "opportunity", writer: opportunity, count: ({ counts }) => counts.opportunities },
  { entity: "new_productinterest", writer: interest, count: ({ counts }) => counts.interests },
];

function* batches(world: World, shapes: ReadonlyMap<string, Shape>, root: Root): Generator<DemoBatch> {
  for (const { entity, writer, count } of SECTIONS) {
    const shape = shapes.get(entity);
    if (shape === undefined) continue;
    const total = count(world);
    for (let from = root[entity] === undefined ? 0 : 1; from < total; from += BATCH) {
      const length = Math.min(BATCH, total - from);
      yield { entity, records: Array.from({ length }, (_, place) => writer(world, shape, from + place)) };
    }
  }
}
