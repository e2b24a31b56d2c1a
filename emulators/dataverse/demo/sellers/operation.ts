import type { WireRecord, WireValue } from "../../record.ts";
import type { Random } from "../random.ts";
import type { Shape } from "../shape.ts";

/** One thing that a seller does to one record. */
export interface Operation {
  readonly kind: "create" | "update" | "assign" | "delete";
  readonly entity: string;
  /** The record's id; for a create, chosen by the seller and also in the record. */
  readonly id: string;
  /** What is written: only columns that a caller may write. The new owner for an assign; nothing for a delete. */
  readonly record: WireRecord;
  /** The id of the user who does it, when there is one who can. */
  readonly by?: string;
}

/** What sellers see of the organization. */
export interface LiveRecords {
  /**
   * The id of a record that exists now, or undefined when the entity has none. `fraction` is from 0 up to 1 and says
   * which: the same fraction of the same records gives the same id, so that a seed repeats a day.
   */
  pick(entity: string, fraction: number): string | undefined;
  /** The record as it is now, or undefined when it is gone. */
  get(entity: string, id: string): WireRecord | undefined;
}

/** A record that a seller has open. */
export interface Open {
  readonly entity: string;
  readonly id: string;
  readonly record: WireRecord;
}

/** Everything that a seller needs to decide what to do. */
export interface Desk {
  readonly random: Random;
  readonly live: LiveRecords;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The user at the desk. */
  readonly by: string | undefined;
}

/** A record chosen by chance, with what it holds; undefined when there is none. */
export function open(desk: Desk, entity: string): Open | undefined {
  const id = desk.live.pick(entity, desk.random.fraction());
  const record = id === undefined ? undefined : desk.live.get(entity, id);
  return id === undefined || record === undefined ? undefined : { entity, id, record };
}

/** An operation by the user at the desk, its record cut to the schema; what the organization does not have is left out. */
export function operation(desk: Desk, kind: Operation["kind"], target: Open): Operation {
  const { entity, id, record } = target;
  const fitting = desk.shapes.get(entity)?.fit({ ...record }) ?? record;
  return { kind, entity, id, record: fitting, ...(desk.by === undefined ? {} : { by: desk.by }) };
}

/** The text that a record holds, or an empty one. */
export function textOf(record: WireRecord, name: string): string {
  const value: WireValue | undefined = record[name];
  return typeof value === "string" ? value : "";
}
