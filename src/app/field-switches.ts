/**
 * Switching fields on and off, and asking for their values again.
 */
import type { BackfillAnswer, BackfillWish } from "../core/backfill.ts";
import { openMarketingTables } from "../marketing/tables.ts";
import { fieldsToSwitchOn, fileBackfill, listBackfills } from "../store/backfills.ts";
import { changeTravelling } from "../store/capture.ts";
import type { Database } from "../store/database.ts";
import { columnsToSwitch, switchFields } from "../store/fields.ts";
import type { Switches } from "../store/fields.ts";

/** The columns come first: a field that is on always has a place for its values. */
export async function setSwitches(database: Database, switches: Switches): Promise<void> {
  const { table, columns } = await columnsToSwitch(database.pool, switches);
  await openMarketingTables(database).prepare(table, columns);
  await changeTravelling(database, switches.entity, (client) => switchFields(client, switches));
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
