import { importRecords } from "./import.ts";
import type { RecordStore, WireRecord, WireValue } from "./record.ts";
import { deleteRecord } from "./record-deletes.ts";
import { createRecord, updateRecord } from "./record-writes.ts";
import type { Writer } from "./record-writes.ts";

/** The in-process way into the organization. `writer` says as whom to write. */
export class OrganizationStore implements RecordStore {
  readonly #writer: (caller?: string) => Writer;

  constructor(writer: (caller?: string) => Writer) {
    this.#writer = writer;
  }

  entities(): string[] {
    return Array.from(this.#writer().organization.entities(), ({ logicalName }) => logicalName);
  }

  insertMany(entity: string, records: Iterable<WireRecord>): number {
    return importRecords(this.#writer().organization, entity, records);
  }

  create(entity: string, record: WireRecord, caller?: string): string {
    const writer = this.#writer(caller);
    return createRecord(writer, writer.organization.table(entity), record).id;
  }

  update(entity: string, id: string, changes: WireRecord, caller?: string): void {
    const writer = this.#writer(caller);
    updateRecord(writer, writer.organization.table(entity), id, changes);
  }

  remove(entity: string, id: string): void {
    const writer = this.#writer();
    deleteRecord(writer, writer.organization.table(entity), id);
  }

  get(entity: string, id: string): Record<string, WireValue> | undefined {
    const table = this.#writer().organization.table(entity);
    const row = table.row(id.toLowerCase());
    return row === undefined ? undefined : table.record(row);
  }

  ids(entity: string): string[] {
    return Array.from(this.#writer().organization.table(entity).inIdOrder(), ({ id }) => id);
  }

  count(entity: string): number {
    return this.#writer().organization.table(entity).size;
  }
}
