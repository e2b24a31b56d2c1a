/**
 * What the engine asks of the store about choosing entities.
 */
import type { OrganizationMap } from "./entity-map.ts";
import type { EntityWishes } from "./entity-wish.ts";
import type { Lease } from "./store-port.ts";

/** A view that could not be made, since something of the people's own has its name. */
export interface RefusedView {
  readonly view: string;
  readonly reason: string;
}

export interface EntityStore {
  /** What people switched. */
  wishes(connectionId: number): Promise<EntityWishes>;

  /**
   * Lets go of entities that are no longer wanted: of those that were never read nothing stays, the others keep their
   * rows and their position, and are not followed.
   */
  letGo(lease: Lease, wanted: readonly string[]): Promise<void>;

  /** True when the map was never read, has grown old, or somebody asked for it since it was tried last. */
  mapIsDue(connectionId: number): Promise<boolean>;

  /** Stores the map with every path, in place of the one before. */
  saveMap(lease: Lease, map: OrganizationMap): Promise<void>;

  /** Notes why the map could not be read; the one before stays. */
  saveMapTrouble(lease: Lease, trouble: string): Promise<void>;

  /**
   * Makes the views that lead from rows of custom entities to people, by the entities that are followed now.
   * Returns those it could not make.
   */
  leadToPeople(lease: Lease): Promise<readonly RefusedView[]>;
}
