import { cascadeRule } from "./cascades.ts";
import { encode, QUOTED_GUID, timeText } from "./codec.ts";
import type { Organization } from "./organization.ts";
import type { Lookup, WireValue } from "./record.ts";
import type { Relationship } from "./schema.ts";
import { Draft } from "./table.ts";
import type { Row, Table } from "./table.ts";

/** Owner columns that follow from `ownerid`, for entities that have owners. */
export function fillOwner(organization: Organization, draft: Draft, owner: Lookup): void {
  draft.fill("ownerid", owner);
  const [user, team] = owner.entity === "team" ? [null, owner] : [owner, null];
  draft.fill("owninguser", user);
  draft.fill("owningteam", team);
  draft.fill("owningbusinessunit", { entity: "businessunit", id: businessUnitOf(organization, owner) });
}

/** The business unit of a user or team; the root one when it is not known. */
function businessUnitOf(organization: Organization, owner: Lookup): string {
  const table = organization.findTable(owner.entity);
  const row = table?.row(owner.id);
  const text = row && table?.text(row, "businessunitid");
  return text?.slice(1, 37) ?? organization.standard.businessUnit;
}

/** The lookup in a column of a draft. */
export function lookupIn(draft: Draft, name: string): Lookup | undefined {
  const text = draft.get(name);
  return text === undefined ? undefined : { id: text.slice(1, 37), entity: text.slice(QUOTED_GUID) };
}

/** The columns that follow from a new owner. */
export function moveOwner(organization: Organization, draft: Draft): void {
  const owner = lookupIn(draft, "ownerid");
  if (owner === undefined) return;
  const { attributes } = draft.table.entity;
  const set = (name: string, value: WireValue): void => {
    const attribute = attributes.get(name);
    if (attribute !== undefined) draft.setText(name, encode(attribute, value));
  };
  set("owninguser", owner.entity === "systemuser" ? owner : null);
  set("owningteam", owner.entity === "team" ? owner : null);
  set("owningbusinessunit", { entity: "businessunit", id: businessUnitOf(organization, owner) });
}

/** A record that was given to another owner. */
export interface Assignment {
  readonly table: Table;
  readonly id: string;
  readonly owner: Lookup;
  /** The id of the owner before. */
  readonly previous: string | undefined;
  /** Who assigns. */
  readonly caller: string;
}

/**
 * Gives the records that point to an assigned one to its new owner, as far as the schema's Assign rules say, and so on
 * from those. Each gets a row version and is modified now, by whoever assigned.
 */
export function cascadeOwner(organization: Organization, assignment: Assignment): void {
  for (const { table, id } of followers(organization, assignment)) {
    const row = table.row(id);
    const previous = row === undefined ? undefined : table.owned(row).owner;
    // A circle of relationships leads back to rows that have their new owner already.
    if (row === undefined || previous === assignment.owner.id) continue;
    assign(organization, table, row, assignment);
    cascadeOwner(organization, { ...assignment, table, id, previous });
  }
}

interface Follower {
  readonly table: Table;
  readonly id: string;
}

function followers(organization: Organization, assignment: Assignment): Follower[] {
  const { entity: assigned } = assignment.table;
  return [...organization.entities()]
    .filter(({ attributes }) => attributes.has("ownerid"))
    .flatMap(({ logicalName, manyToOne }) => {
      const table = organization.table(logicalName);
      return manyToOne
        .filter(({ referencedEntity }) => referencedEntity === assigned.logicalName)
        .flatMap((relationship) => {
          const rule = cascadeRule(assigned, relationship, "Assign");
          return rule === undefined ? [] : following(table, relationship, { ...assignment, rule });
        });
    });
}

function following(
  table: Table,
  { referencingAttribute, referencedEntity }: Relationship,
  { id, previous, rule }: Assignment & { readonly rule: string },
): Follower[] {
  const follows = FOLLOWS[rule];
  if (follows === undefined) return [];
  return table
    .find([referencingAttribute], [`"${id}"${referencedEntity}`])
    .filter((row) => follows(table, row, previous))
    .map((row) => ({ table, id: row.id }));
}

/** Which records an Assign rule takes along; every other rule leaves all of them. */
const FOLLOWS: Readonly<Record<string, (table: Table, row: Row, previous: string | undefined) => boolean>> = {
  Cascade: () => true,
  Active: (table, row) => table.text(row, "statecode") === "0",
  UserOwned: (table, row, previous) => table.owned(row).owner === previous,
};

function assign(organization: Organization, table: Table, row: Row, { owner, caller }: Assignment): void {
  const draft = new Draft(table, row);
  const values = {
    ownerid: owner,
    modifiedon: timeText(organization.clock()),
    modifiedby: { entity: "systemuser", id: caller },
  };
  for (const [name, value] of Object.entries(values)) {
    const attribute = table.entity.attributes.get(name);
    if (attribute !== undefined) draft.set(attribute, value);
  }
  moveOwner(organization, draft);
  table.put(row.id, organization.nextVersion(), draft.texts);
}
