/**
 * The entity sets of the entities that lookups refer to. They are asked of the metadata, never made up as a plural.
 */
import * as z from "zod";

import { SyncError } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { Write } from "../../core/sink-port.ts";
import type { DataverseClient } from "./client.ts";
import { reader } from "./metadata.ts";
import type { EntitySets } from "./write-body.ts";

const readSet = reader(z.object({ EntitySetName: z.string().min(1) }), "the name of an entity set");

/** Asks once for each entity; sets keep their names for as long as the entity lives. */
export class TargetSets {
  readonly #client: DataverseClient;
  readonly #known = new Map<string, string>();

  constructor(client: DataverseClient) {
    this.#client = client;
  }

  /**
   * The sets of all entities that the writes refer to, by logical name. Entities that the organization does not have,
   * or does not show us, are absent.
   * @throws SyncError as every read
   */
  async of(entity: Entity, writes: readonly Write[], signal: AbortSignal): Promise<EntitySets> {
    this.#known.set(entity.name, entity.set);
    const targets = new Set(
      writes.flatMap(({ values }) =>
        values.flatMap((value) => (value.kind === "reference" && value.id !== null ? [value.target] : [])),
      ),
    );
    const unknown = [...targets].filter((name) => !this.#known.has(name));
    await Promise.all(unknown.map(async (name) => this.#ask(name, signal)));
    return this.#known;
  }

  async #ask(name: string, signal: AbortSignal): Promise<void> {
    const path = `EntityDefinitions(LogicalName='${encodeURIComponent(name)}')?$select=EntitySetName`;
    try {
      const { body } = await this.#client.get(path, { entity: name, read: readSet }, signal);
      this.#known.set(name, body.EntitySetName);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof SyncError && (error.code === "entity_missing" || error.code === "permission_missing")
  );
}
