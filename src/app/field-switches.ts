/**
 * Switching fields on and off, and asking for their values again.
 */
import type { BackfillAnswer, BackfillWish } from "../core/backfill.ts";
import type { FieldsChange, SampledField } from "../core/field-list.ts";
import { openMarketingTables } from "../marketing/tables.ts";
import { fieldsToSwitchOn, fileBackfill, listBackfills } from "../store/backfills.ts";
import { changeTravelling } from "../store/capture.ts";
import type { Database } from "../store/database.ts";
import { placeField, placeForField } from "../store/field-columns.ts";
import type { FieldPlace } from "../store/field-columns.ts";
import { readSamples } from "../store/field-samples.ts";
import { columnsToSwitch, listFields, switchFields } from "../store/fields.ts";
import type { Switches } from "../store/fields.ts";

/** The columns come first: a field that is on always has a place for its values. */
export async function setSwitches(database: Database, switches: Switches): Promise<void> {
  const { table, columns } = await columnsToSwitch(database.pool, switches);
  await openMarketingTables(database).prepare(table, columns);
  await changeTravelling(database, switches.entity, (client) => switchFields(client, switches));
}

/**
 * Changes fields of an entity: columns first, then switches. What is not asked for stays.
 * @throws SyncError `configuration_invalid` with what cannot be done
 */
export async function changeFields(database: Database, change: FieldsChange): Promise<void> {
  const { entity, on = [], off = [], columns = new Map<string, string>(), asText = [] } = change;
  const { pool, workspace } = database;
  const places: FieldPlace[] = [];
  for (const attribute of new Set([...columns.keys(), ...asText])) {
    const column = columns.get(attribute) ?? null;
    const wish = { entity, attribute, column, asText: asText.includes(attribute) };
    places.push(await placeForField(pool, workspace, wish));
  }
  if (on.length + off.length > 0) await columnsToSwitch(pool, { entity, on, off });
  for (const place of places) {
    await openMarketingTables(database).prepare(place.table, place.columns);
    await changeTravelling(database, entity, (client) => placeField(client, place));
  }
  if (on.length + off.length > 0) await setSwitches(database, { entity, on, off });
}

/** The fields of an entity with a few values of each. */
export async function sampledFields(database: Database, entity: string): Promise<readonly SampledField[]> {
  const fields = await listFields(database, entity);
  const samples = await readSamples(database, entity, fields);
  return fields.map((field) => ({ ...field, samples: samples.get(field) ?? [] }));
}

/**
 * Asks for the values of fields, those that are off included: they are switched on, which fills them for every record,
 * since a feed has to be read whole for them. Chosen records have them sooner.
 * @throws SyncError `configuration_invalid` with what cannot be fulfilled; nothing is changed then
 */
export async function askBackfill(
  database: Database,
  wish: BackfillWish,
  by: string,
): Promise<BackfillAnswer> {
  const on = await fieldsToSwitchOn(database.pool, wish);
  if (on.length > 0) await setSwitches(database, { entity: wish.entity, on, off: [] });
  const { id, unknown } = await fileBackfill(database, wish, by);
  const open = await listBackfills(database.pool, { open: true });
  const wished = new Set(wish.attributes);
  const backfills = open.filter(
    ({ id: own, entity, way, attributes }) =>
      own === id || (way === "feed" && entity === wish.entity && attributes.some((name) => wished.has(name))),
  );
  return { backfills, unknown };
}
