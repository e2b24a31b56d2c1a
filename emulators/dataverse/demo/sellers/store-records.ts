import type { RecordStore, WireRecord } from "../../record.ts";
import type { LiveRecords, Operation } from "./operation.ts";

/** An emulated organization as sellers see it, and their hands in it. */
export class StoreRecords implements LiveRecords {
  readonly #store: RecordStore;
  /** Ids by entity: as the store gave them, with what the sellers did since. */
  readonly #ids = new Map<string, string[]>();

  constructor(store: RecordStore) {
    this.#store = store;
  }

  pick(entity: string, fraction: number): string | undefined {
    const ids = this.#idsOf(entity);
    return ids[Math.floor(fraction * ids.length)];
  }

  get(entity: string, id: string): WireRecord | undefined {
    return this.#store.get(entity, id);
  }

  /** Does an operation with all the rules of the service. @throws what the service refuses it with. */
  apply({ kind, entity, id, record, by }: Operation): void {
    switch (kind) {
      case "create":
        this.#store.create(entity, record, by);
        this.#ids.get(entity)?.push(id);
        break;
      case "update":
      case "assign":
        this.#store.update(entity, id, record, by);
        break;
      case "delete":
        this.#store.remove(entity, id);
        this.#forget(entity, id);
        break;
    }
  }

  /** Listing all ids is slow where there are many, so it is done again only when others have added or removed some. */
  #idsOf(entity: string): readonly string[] {
    const known = this.#ids.get(entity);
    if (known !== undefined && known.length === this.#store.count(entity)) return known;
    const ids = this.#store.ids(entity);
    this.#ids.set(entity, ids);
    return ids;
  }

  #forget(entity: string, id: string): void {
    const ids = this.#ids.get(entity);
    const place = ids?.indexOf(id) ?? -1;
    if (place >= 0) ids?.splice(place, 1);
  }
}
