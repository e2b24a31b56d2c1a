/**
 * What actions need to know of the organization beside leads and contacts: tasks, and whether an owner is a user or a
 * team. Asked when it is needed, and kept for one cycle.
 */
import type { NamedOwner } from "../core/action-port.ts";
import { SyncError } from "../core/errors.ts";
import type { Entity } from "../core/organization.ts";
import type { Source } from "../core/ports.ts";
import type { Owner } from "../core/request-port.ts";

export class ActionTargets {
  readonly #source: Pick<Source, "describe" | "existing">;
  readonly #described = new Map<string, Entity | SyncError>();

  constructor(source: Pick<Source, "describe" | "existing">) {
    this.#source = source;
  }

  /**
   * The description of an entity.
   * @throws SyncError `entity_missing`, `permission_missing`, and as `Source.describe`
   */
  async entity(name: string, signal: AbortSignal): Promise<Entity> {
    const known = this.#described.get(name) ?? (await this.#describe(name, signal));
    this.#described.set(name, known);
    if (known instanceof SyncError) throw known;
    return known;
  }

  async #describe(name: string, signal: AbortSignal): Promise<Entity | SyncError> {
    const { entities, missing } = await this.#source.describe([name], signal);
    const { code, detail } = missing.get(name) ?? {
      code: "entity_missing",
      detail: `Dynamics has no table ${name}.`,
    };
    return entities.get(name) ?? new SyncError(code, detail, { entity: name });
  }

  /** What the given owners are, by id; those that are neither user nor team are absent. Throws as `entity`. */
  async owners(asked: readonly NamedOwner[], signal: AbortSignal): Promise<ReadonlyMap<string, Owner>> {
    const known = new Map<string, Owner>();
    for (const { id, entity } of asked) if (entity !== null) known.set(id, { id, entity });
    for (const entity of ["systemuser", "team"] as const) {
      const unknown = [...new Set(asked.map(({ id }) => id).filter((id) => !known.has(id)))];
      if (unknown.length === 0) break;
      const found = await this.#source.existing(await this.entity(entity, signal), unknown, signal);
      for (const id of found) known.set(id, { id, entity });
    }
    return known;
  }
}
