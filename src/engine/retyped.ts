/**
 * Fields whose column got another type in Dynamics while the sync runs: their values have a shape that nobody expected.
 */
import { columnTypeOf } from "../core/cell.ts";
import { SyncError } from "../core/errors.ts";
import type { Entity } from "../core/organization.ts";
import type { Source } from "../core/ports.ts";

/**
 * Asks what the fields are now, after values of them could not be read. Null when they are what they were: then it is
 * the values that are to blame.
 * @returns `field_missing`, naming the first field that is another one now
 * @throws SyncError as `Source.describe`
 */
export async function retypedField(
  source: Pick<Source, "describe">,
  known: Entity,
  fields: readonly string[],
  signal: AbortSignal,
): Promise<SyncError | null> {
  const now = (await source.describe([known.name], signal)).entities.get(known.name);
  if (now === undefined) return null;
  for (const field of fields) {
    const [before, after] = [known, now].map(({ attributes }) =>
      attributes.find(({ name }) => name === field),
    );
    if (before === undefined || (after !== undefined && columnTypeOf(after) === columnTypeOf(before)))
      continue;
    const became = after === undefined ? "has no such column any more" : `keeps it as ${after.type} now`;
    return new SyncError("field_missing", `${field} was ${before.type}, and Dynamics ${became}.`, {
      entity: known.name,
      field,
    });
  }
  return null;
}
