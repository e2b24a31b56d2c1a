import type { Emulator } from "./emulator.ts";
import type { PlugIn, PlugInEvent, PlugInMessage } from "./plug-ins.ts";
import type { WireRecord } from "./record.ts";

/** A plug-in that can be told over the control API: what it strikes, and what it then does. */
export interface PlugInRule {
  readonly entity: string;
  /** Default: creates and updates. */
  readonly message?: PlugInMessage;
  /** Only writes that name this attribute. */
  readonly attribute?: string;
  /** Refuse the write with this message. */
  readonly refuse?: string;
  /** Write these values: together with the write, or later. */
  readonly set?: WireRecord;
  /** Write them so many milliseconds later, as the SYSTEM user does. */
  readonly laterMilliseconds?: number;
}

/** The plug-in that does what a rule says. A write of nothing but the rule's own values does not strike it again. */
export function plugInFrom({ store, organization }: Emulator, rule: PlugInRule): PlugIn {
  const { refuse, set, laterMilliseconds: milliseconds } = rule;
  if (refuse === undefined && set === undefined)
    throw new Error("A plug-in rule says what it does: 'refuse' or 'set'.");
  const before = (event: PlugInEvent): void => {
    if (!strikes(rule, event)) return;
    if (refuse !== undefined) throw new Error(refuse);
    Object.assign(event.changes, set);
  };
  if (milliseconds === undefined || set === undefined) return { before };
  const run = (event: PlugInEvent): void => {
    const there = store.get(event.entity, event.id) !== undefined;
    if (there && strikes(rule, event))
      store.update(event.entity, event.id, set, organization.standard.system);
  };
  return { later: { milliseconds, run } };
}

function strikes({ entity, message, attribute, set }: PlugInRule, event: PlugInEvent): boolean {
  if (event.entity !== entity) return false;
  if (message === undefined ? event.message === "Delete" : event.message !== message) return false;
  if (attribute !== undefined && !(attribute in event.changes)) return false;
  const names = Object.keys(event.changes);
  return set === undefined || names.length === 0 || names.some((name) => event.changes[name] !== set[name]);
}
