import { encode, timeText } from "./codec.ts";
import { compute } from "./computed.ts";
import type { Organization } from "./organization.ts";
import { fillOwner, lookupIn } from "./ownership.ts";
import type { Lookup, WireRecord } from "./record.ts";
import type { Entity } from "./schema.ts";
import { Draft } from "./table.ts";
import { defaultStatus } from "./value-rules.ts";

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
    if (entity.attributes.has("ownerid"))
      fillOwner(organization, draft, lookupIn(draft, "ownerid") ?? administrator);
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
