import type { Backfill, BackfillAnswer, BackfillWish } from "../../src/core/backfill.ts";
import type { FieldsChange, SampledField } from "../../src/core/field-list.ts";
import type { Approved, Rested, SyncDesk } from "../../src/core/sync-desk.ts";
import { SyncError } from "../../src/core/errors.ts";

/** A field with two values. */
export const FIELD: SampledField = {
  entity: "contact",
  attribute: "jobtitle",
  label: "Job Title",
  type: "String",
  table: "people",
  column: "job_title",
  direction: "both",
  enabled: true,
  filling: false,
  setAside: null,
  clash: null,
  samples: ["Buyer", "Owner"],
};

/** A backfill that is under way. */
export const BACKFILL: Backfill = {
  id: "3",
  entity: "contact",
  attributes: ["jobtitle", "fax"],
  way: "filter",
  conditions: { created: { from: "2026-01-01T00:00:00.000Z" } },
  state: "running",
  read: 1_500,
  expected: 4_500,
  rate: 100,
  secondsLeft: 30,
  requestedAt: "2026-11-24T05:58:00.000Z",
  requestedBy: "ada",
  startedAt: "2026-11-24T05:59:00.000Z",
  finishedAt: null,
  outcome: null,
};

/** A desk with one connection, 7, of two entities, that notes what it is asked. */
export class ScriptedSyncDesk implements SyncDesk {
  readonly asked: string[] = [];

  async pause(connectionId: number, entities: readonly string[]): Promise<readonly Rested[]> {
    return this.#rest("pause", { connectionId, entities });
  }

  async resume(connectionId: number, entities: readonly string[]): Promise<readonly Rested[]> {
    return this.#rest("resume", { connectionId, entities });
  }

  async approve(connectionId: number, entities: readonly string[]): Promise<readonly Approved[]> {
    this.#rest("approve", { connectionId, entities });
    return entities.map((entity) => ({
      connection: "dynamics",
      entity,
      fromDynamics: entity === "contact" ? 412 : 0,
      toDynamics: 0,
    }));
  }

  readonly wishes: BackfillWish[] = [];

  changed: FieldsChange | null = null;

  async fields(entity: string): Promise<readonly SampledField[]> {
    if (entity !== "contact")
      throw new SyncError("configuration_invalid", `There is no entity ${entity} here.`);
    return [FIELD];
  }

  async changeFields(change: FieldsChange): Promise<void> {
    if (change.on?.includes("nonsense") === true)
      throw new SyncError("configuration_invalid", "contact has no field nonsense.");
    this.changed = change;
  }

  async backfills(): Promise<readonly Backfill[]> {
    return [BACKFILL];
  }

  async backfill(wish: BackfillWish): Promise<BackfillAnswer> {
    if (wish.entity !== "contact")
      throw new SyncError("configuration_invalid", `There is no entity ${wish.entity} here.`);
    this.wishes.push(wish);
    return { backfills: [BACKFILL], unknown: { count: 1, first: ["17"] } };
  }

  async cancelBackfill(id: string): Promise<Backfill | null> {
    return id === BACKFILL.id ? { ...BACKFILL, state: "cancelled" } : null;
  }

  async connections(): Promise<readonly number[]> {
    return [7];
  }

  #rest(
    verb: "pause" | "resume" | "approve",
    { connectionId, entities }: { readonly connectionId: number; readonly entities: readonly string[] },
  ): readonly Rested[] {
    const strange = entities.find((name) => name !== "contact" && name !== "lead");
    if (strange !== undefined)
      throw new SyncError("configuration_invalid", `There is no entity ${strange} here.`);
    this.asked.push([verb, connectionId, ...entities].join(" "));
    const paused = verb === "pause" ? { since: "2026-11-24T06:00:00.000Z", by: "ada" } : null;
    const names = entities.length === 0 ? [null] : entities;
    return names.map((entity) => ({ connection: "dynamics", entity, paused }));
  }
}
