/**
 * Leads and contacts of a connection, compiled for whatever links people of marketing to them.
 */
import { UnstorableValue } from "../core/cell.ts";
import type { SourceRecord } from "../core/change.ts";
import type { CreationRules } from "../core/create-plan.ts";
import { creationRules } from "../core/create-plan.ts";
import type { FirstLinkRules } from "../core/first-link.ts";
import type { Column } from "../core/mapping.ts";
import type { EntityMatch, MatchColumns } from "../core/match-key.ts";
import { entityMatch } from "../core/match-key.ts";
import type { Cells } from "../core/pending.ts";
import { pushFields } from "../core/push-plan.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import type { PeopleSettings } from "./ports.ts";

/** What a person can become, and how. */
export interface PersonKind {
  readonly name: PersonEntity;
  readonly entity: ConnectedEntity;
  readonly creation: CreationRules;
  readonly linking: FirstLinkRules;
  /** Null where the entity's records cannot be compared with people. */
  readonly match: EntityMatch | null;
}

/** Contacts first: whoever is one is not looked for among leads. Kinds that are not connected are absent. */
export type PeopleKinds = ReadonlyMap<PersonEntity, PersonKind>;

export function peopleKinds(entities: readonly ConnectedEntity[], settings: PeopleSettings): PeopleKinds {
  return new Map(
    (["contact", "lead"] as const).flatMap((name): [PersonEntity, PersonKind][] => {
      const entity = entities.find(({ description }) => description.name === name);
      return entity === undefined ? [] : [[name, personKind(name, entity, settings)]];
    }),
  );
}

function personKind(name: PersonEntity, entity: ConnectedEntity, settings: PeopleSettings): PersonKind {
  const { description, stored, projections, terms } = entity;
  const creation = { optional: settings.optionalFields, filterColumn: terms.filter.column };
  const pulled = projections.live.columns;
  const comes = new Set(pulled.map((column) => column.name));
  const oneWay = new Set(
    stored.mapping.fields.filter(({ direction }) => direction === "push").map(({ column }) => column),
  );
  const pushed = pushFields(stored.mapping, description).flatMap(({ column, columns, policy }) =>
    columns.map((one) => ({
      ...one,
      policy,
      unread: !comes.has(one.name) && !oneWay.has(column),
    })),
  );
  return {
    name,
    entity,
    creation: creationRules(stored.mapping, description, creation),
    linking: { entity: name, pulled, pushed },
    match: entityMatch(stored.mapping, description, settings.matchBy),
  };
}

/**
 * Why nobody can be matched as the settings want it; null when all is well. Then nobody is made either: they would be
 * made twice.
 */
export function matchProblem(kinds: PeopleKinds, { matchBy }: PeopleSettings): string | null {
  const mapped = new Set(
    [...kinds.values()].flatMap(({ entity }) =>
      entity.stored.mapping.fields.flatMap(({ enabled, column }) => (enabled ? [column] : [])),
    ),
  );
  const unknown = matchBy.filter((column) => !mapped.has(column));
  if (unknown.length > 0)
    return `people has no synced column ${unknown.join(", ")} to match by (TANDEM_MATCH).`;
  if (matchBy.length === 0 || [...kinds.values()].some(({ match }) => match !== null)) return null;
  return `Neither leads nor contacts have all of ${matchBy.join(", ")} to match by (TANDEM_MATCH).`;
}

/** Columns that a request's person is read with: what may be sent, and what people are compared by. */
export function personColumns(kinds: PeopleKinds, matchBy: MatchColumns): readonly Column[] {
  const sent = [...kinds.values()].flatMap(({ creation }) =>
    creation.fields.flatMap(({ columns }) => columns),
  );
  const compared = matchBy.map((name): Column => ({ name, type: "text" }));
  return [...new Map([...compared, ...sent].map((column) => [column.name, column])).values()];
}

/** Attributes that a record is read with before somebody is linked to it. */
export function recordAttributes({ entity, match }: PersonKind): readonly string[] {
  return [...new Set([...entity.projections.live.attributes, ...(match?.attributes ?? [])])];
}

/** The values of a record by column; null where one of them cannot be kept. */
export function recordValues({ entity }: PersonKind, record: SourceRecord): Cells | null {
  const { columns, row } = entity.projections.live;
  try {
    const { cells } = row(record);
    return new Map(columns.map(({ name }, at) => [name, cells[at] ?? null]));
  } catch (error) {
    if (error instanceof UnstorableValue) return null;
    throw error;
  }
}
