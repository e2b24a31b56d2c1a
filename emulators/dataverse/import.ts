import { encode, timeText } from "./codec.ts";
import { compute } from "./computed.ts";
import type { Organization } from "./organization.ts";
import type { Lookup, WireRecord } from "./record.ts";
import type { Entity } from "./schema.ts";
import { Draft } from "./table.ts";
import { defaultStatus } from "./value-rules.ts";

/** Owner columns that follow from `ownerid`, for entities that have owners. */
export function fillOwner(organization: Organization, draft: Draft, owner: Lookup): void {
  draft.fill("ownerid", owner);
  const [user, team] = owner.entity === "team" ? [null, owner] : [owner, null];
  draft.fill("owninguser", user);
  draft.fill("owningteam", team);
  draft.fill("owningbusinessunit", { entity: "businessunit", id: businessUnitOf(organization, owner) });
}

/** The business unit of a user or team; the root one when it is not known. */
export function businessUnitOf(organization: Organization, owner: Lookup): string {
  const table = organization.findTable(owner.entity);
  const row = table?.row(owner.id);
  const text = row && table?.text(row, "businessunitid");
  return text?.slice(1, 37) ?? organization.standard.businessUnit;
}

/** State and status where absent: the first state, and the state's default or first status. */
export function fillState(entity: Entity, draft: Draft): void {
  const states = entity.attributes.get("statecode")?.optionSet?.options;
  if (states === undefined) return;
  const status = entity.attributes.get("statuscode")?.optionSet?.options ?? [];
  const given = draft.get("statuscode");
  const implied = status.find((option) => String(option.value) === given)?.state;
  draft.fill("statecode", implied ?? states[0]?.value ?? 0);
  const state = Number(draft.get("statecode"));
  draft.fill("statuscode", defaultStatus(entity, state));
}

/** Inserts records as a database import does; see `RecordStore.insertMany` for what is promised. */
export function importRecords(
  organization: Organization,
  entityName: string,
  records: Iterable<WireRecord>,
): number {
  const table = organization.table(entityName);
  const { entity } = table;
  const now = timeText(organization.clock());
  const administrator: Lookup = { entity: "systemuser", id: organization.standard.administrator };
  let inserted = 0;
  for (const record of records) {
    const draft = new Draft(table);
    let id: string | undefined;
    for (const name of Object.keys(record)) {
      const value = record[name] ?? null;
      if (name === entity.primaryIdAttribute)
        id = typeof value === "string" ? value.toLowerCase() : undefined;
      else if (name !== "versionnumber") setAttribute(entity, draft, name, value);
    }
    draft.fill("createdon", now);
    const created = draft.get("createdon");
    if (entity.attributes.has("modifiedon") && !draft.has("modifiedon")) draft.setText("modifiedon", created);
    draft.fill("createdby", administrator);
    draft.fill("modifiedby", administrator);
    if (entity.attributes.has("ownerid")) fillOwner(organization, draft, ownerOf(draft) ?? administrator);
    fillState(entity, draft);
    compute(organization, draft);
    table.put(id ?? organization.newId(), organization.nextVersion(), draft.texts);
    inserted += 1;
  }
  return inserted;
}

function setAttribute(entity: Entity, draft: Draft, name: string, value: WireRecord[string]): void {
  const attribute = entity.attributes.get(name);
  if (attribute === undefined) throw new Error(`${entity.logicalName} has no attribute ${name}.`);
  const text = encode(attribute, value);
  if (text !== undefined) draft.setText(name, text);
}

function ownerOf(draft: Draft): Lookup | undefined {
  const text = draft.get("ownerid");
  return text === undefined ? undefined : { id: text.slice(1, 37), entity: text.slice(38) };
}
