import { duplicateId } from "./errors.ts";
import { importRecords } from "./import.ts";
import { manyToManyOf } from "./many-to-many.ts";
import type { Mutual, MutualEnd } from "./many-to-many.ts";
import type { Organization } from "./organization.ts";
import type { Entity } from "./schema.ts";
import type { Row, Table } from "./table.ts";

/** The two records that a link of an N:N relationship ties together. */
export interface Pair {
  readonly own: string;
  readonly other: string;
}

/** The stored text by which the intersect entity names a record. */
function textOf({ entity }: Table, end: MutualEnd, id: string): string {
  return entity.attributes.get(end.attribute)?.kind === "lookup" ? `"${id}"${end.entity}` : `"${id}"`;
}

/** The links of one record. Some intersect entities serve several relationships: those of others are left out. */
function linksOf(table: Table, { own, other }: Mutual, id: string): Row[] {
  return table.find([own.attribute], [textOf(table, own, id)]).filter((row) => {
    const stored = table.text(row, other.attribute) ?? "";
    return stored === textOf(table, other, stored.slice(1, 37));
  });
}

/** The ids of the records that a record is linked with, in order. */
export function linkedIds(organization: Organization, mutual: Mutual, id: string): string[] {
  const table = organization.table(mutual.intersect);
  return linksOf(table, mutual, id)
    .flatMap((row) => table.text(row, mutual.other.attribute)?.slice(1, 37) ?? [])
    .toSorted();
}

function linkBetween(table: Table, { own, other }: Mutual, pair: Pair): Row | undefined {
  const texts = [textOf(table, own, pair.own), textOf(table, other, pair.other)];
  return table.find([own.attribute, other.attribute], texts)[0];
}

/** Whether two records are linked. */
export function isLinked(organization: Organization, mutual: Mutual, pair: Pair): boolean {
  return linkBetween(organization.table(mutual.intersect), mutual, pair) !== undefined;
}

/** Links two records; refuses when they are linked already. Neither record changes by it. Gives the link's id. */
export function link(organization: Organization, mutual: Mutual, pair: Pair): string {
  const table = organization.table(mutual.intersect);
  if (linkBetween(table, mutual, pair) !== undefined) throw duplicateId();
  const id = organization.newId();
  const { own, other, intersect } = mutual;
  importRecords(organization, intersect, [
    {
      [table.entity.primaryIdAttribute]: id,
      [own.attribute]: { entity: own.entity, id: pair.own },
      [other.attribute]: { entity: other.entity, id: pair.other },
    },
  ]);
  return id;
}

/** Takes the link between two records away; false when there is none. */
export function unlink(organization: Organization, mutual: Mutual, pair: Pair): boolean {
  const table = organization.table(mutual.intersect);
  const row = linkBetween(table, mutual, pair);
  return row !== undefined && table.delete(row.id, organization.nextVersion());
}

/** Takes all links of a record away, as its deletion does. */
export function unlinkAll(organization: Organization, entity: Entity, id: string): void {
  for (const mutual of manyToManyOf(organization, entity)) {
    const table = organization.table(mutual.intersect);
    for (const row of linksOf(table, mutual, id)) table.delete(row.id, organization.nextVersion());
  }
}

/** Gives the links of one record to another, as a merge does; where that one has the same link, one remains. */
export function moveLinks(organization: Organization, entity: Entity, from: string, to: string): void {
  for (const mutual of manyToManyOf(organization, entity)) {
    for (const other of linkedIds(organization, mutual, from)) {
      unlink(organization, mutual, { own: from, other });
      const moved = { own: to, other };
      if (!isLinked(organization, mutual, moved)) link(organization, mutual, moved);
    }
  }
}
