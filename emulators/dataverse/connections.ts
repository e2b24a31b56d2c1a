import type { Organization } from "./organization.ts";
import { lookupIn } from "./ownership.ts";
import type { Lookup } from "./record.ts";
import { Draft } from "./table.ts";
import type { Row, Table } from "./table.ts";

/**
 * A connection is kept twice, once from each of its ends; each of the two rows names the other one. Whoever writes or
 * deletes one of them finds the same of the other.
 */

/** Columns, and those that hold the same in the other row. */
const MIRRORED: readonly (readonly [own: string, other: string])[] = [
  ["record1id", "record2id"],
  ["record2id", "record1id"],
  ["record1roleid", "record2roleid"],
  ["record2roleid", "record1roleid"],
  ...[
    "description",
    "effectivestart",
    "effectiveend",
    "statecode",
    "statuscode",
    "ownerid",
    "owninguser",
    "owningteam",
    "owningbusinessunit",
    "createdon",
    "createdby",
    "modifiedon",
    "modifiedby",
  ].map((name) => [name, name] as const),
];

/** Brings the other row of a connection in line with this one, or makes it. Gives this row as it is then. */
export function mirrorConnection(organization: Organization, table: Table, row: Row): Row {
  const draft = new Draft(table, row);
  const known = lookupIn(draft, "relatedconnectionid");
  const id = known?.id ?? organization.newId();
  const mirror = new Draft(table, table.row(id));
  for (const [own, other] of MIRRORED) mirror.setText(other, draft.get(own));
  point(mirror, row.id);
  mirror.fill("ismaster", false);
  entitle(organization, mirror);
  table.put(id, organization.nextVersion(), mirror.texts);
  point(draft, id);
  draft.fill("ismaster", true);
  entitle(organization, draft);
  return table.put(row.id, organization.nextVersion(), draft.texts);
}

/** The id of a connection's other row. */
export function mirrorOf(table: Table, row: Row): string | undefined {
  return lookupIn(new Draft(table, row), "relatedconnectionid")?.id;
}

function point(draft: Draft, id: string): void {
  draft.setText("relatedconnectionid", `"${id}"connection`);
}

/** A connection is called as what it leads to. */
function entitle(organization: Organization, draft: Draft): void {
  const to = lookupIn(draft, "record2id");
  draft.setText("name", to === undefined ? undefined : nameOf(organization, to));
}

function nameOf(organization: Organization, { entity, id }: Lookup): string | undefined {
  const table = organization.findTable(entity);
  const row = table?.row(id);
  const column = table?.entity.primaryNameAttribute;
  if (table === undefined || row === undefined || typeof column !== "string") return undefined;
  return table.text(row, column);
}
