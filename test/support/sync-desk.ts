import type { Rested, SyncDesk } from "../../src/core/sync-desk.ts";
import { SyncError } from "../../src/core/errors.ts";

/** A desk with one connection, 7, of two entities, that notes what it is asked. */
export class ScriptedSyncDesk implements SyncDesk {
  readonly asked: string[] = [];

  async pause(connectionId: number, entities: readonly string[]): Promise<readonly Rested[]> {
    return this.#rest("pause", { connectionId, entities });
  }

  async resume(connectionId: number, entities: readonly string[]): Promise<readonly Rested[]> {
    return this.#rest("resume", { connectionId, entities });
  }

  async connections(): Promise<readonly number[]> {
    return [7];
  }

  #rest(
    verb: "pause" | "resume",
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
