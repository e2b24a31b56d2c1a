import type pg from "pg";
import type { Entity } from "../../src/core/organization.ts";
import type { Applied, PageEffects, StoredEntity, SyncStore } from "../../src/core/store-port.ts";
import type { Connection } from "../../src/engine/connection.ts";
import { openConnection } from "../../src/engine/connection.ts";
import type { CycleReport } from "../../src/engine/cycle.ts";
import type { CycleSettings, EngineParts } from "../../src/engine/ports.ts";
import type { Sending, Settling } from "../../src/core/push-port.ts";
import type { MatchPreview } from "../../src/core/person-desk.ts";
import type { SyncFilter } from "../../src/core/sync-filter.ts";
import { NATIVE_FILTER } from "../../src/core/sync-filter.ts";
import { mappingFor } from "../../src/marketing/default-mapping.ts";
import type { ConnectionStatus, EntityStatus } from "../../src/core/status.ts";
import { readConnectionStatuses } from "../../src/store/status.ts";
import { attribute, entity } from "../support/entity.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { openWorkspace } from "../support/workspace.ts";
import { ScriptedSink } from "./scripted-sink.ts";
import { ScriptedSource } from "./scripted-source.ts";

export const CONTACT: Entity = entity("contact", [
  attribute("firstname", "String"),
  attribute("lastname", "String"),
  attribute("numberofchildren", "Integer"),
]);

export const LEAD: Entity = entity("lead", [
  attribute("firstname", "String"),
  attribute("lastname", "String"),
]);

/** A custom entity: every attribute is copied, under its own name. */
export const ORDER: Entity = entity("new_order", [
  attribute("new_name", "String"),
  attribute("new_count", "Integer"),
  attribute("new_stage", "Picklist", {
    choices: [
      { value: 1, label: "Open" },
      { value: 2, label: "Won" },
    ],
  }),
]);

/** A scripted organization on one side, a real workspace on the other, and the engine between them. */
export interface World extends TestWorkspace {
  readonly source: ScriptedSource;
  readonly sink: ScriptedSink;
  /** Milliseconds; moves only when a test moves it. */
  readonly clock: { now: number };
  readonly settings: CycleSettings;
  /** Pages that were committed, in order. */
  readonly committed: readonly PageEffects[];
  /** What goes wrong with the store's next calls. */
  faults: Faults;
  /** Read when the connection is opened. */
  filter: SyncFilter;
  /** Runs a cycle with the connection as it is, or after changes of the settings. */
  cycle(changes?: Partial<CycleSettings>, signal?: AbortSignal): Promise<CycleReport>;
  /** What matching people would do. */
  preview(people?: Partial<CycleSettings["people"]>): Promise<MatchPreview>;
  /** Another process: nothing is known but what is stored. */
  restart(): void;
  /** A second worker for the same connection, with a memory of its own. */
  another(): Connection;
  /** Rows of a table, in the order of ids of Dynamics. */
  table<T extends pg.QueryResultRow>(name: string): Promise<T[]>;
  stored(name: string): Promise<StoredEntity>;
  status(): Promise<ConnectionStatus>;
  entityStatus(name: string): Promise<EntityStatus>;
}

export interface Faults {
  readonly beforeApply?: (effects: PageEffects) => Promise<void> | void;
  readonly afterApply?: (effects: PageEffects) => Promise<void> | void;
  readonly beforeNote?: (sendings: readonly Sending[]) => Promise<void> | void;
  readonly afterNote?: (sendings: readonly Sending[]) => Promise<void> | void;
  readonly beforeSettle?: (settling: Settling) => Promise<void> | void;
  readonly afterSettle?: (settling: Settling) => Promise<void> | void;
  /** Around the steps in which a person is linked. */
  readonly person?: (step: PersonStep, when: "before" | "after") => Promise<void> | void;
}

export type PersonStep = "noteCreating" | "linkPeople" | "settleRequests" | "oweFirst" | "applyRecords";

export async function openWorld(...entities: readonly Entity[]): Promise<World> {
  const workspace = await openWorkspace();
  const source = new ScriptedSource(...entities);
  const sink = new ScriptedSink(source);
  const clock = { now: Date.UTC(2026, 10, 24) };
  const committed: PageEffects[] = [];
  const settings: CycleSettings = {
    entities: entities.map(({ name }) => name),
    pageSize: 2,
    livePollMs: 1_000,
    wholeReads: 2,
    pushSize: 500,
    guardWrites: true,
    checkHistory: false,
    guard: { count: 1_000, share: 1 },
    people: { matchBy: ["email"], contactsBy: "qualify", optionalFields: new Set(["subject"]) },
  };
  const world: Pick<World, "faults" | "filter"> = { faults: {}, filter: NATIVE_FILTER };
  const parts: EngineParts = {
    source,
    sink,
    store: watched(workspace.store, committed, () => world.faults),
    tables: workspace.tables,
    mappingFor,
    get filter() {
      return world.filter;
    },
    clock: { now: () => clock.now },
    log: () => undefined,
  };
  const open = (): Connection => openConnection(parts, workspace.lease.connectionId);
  let connection = open();
  const status = async (): Promise<ConnectionStatus> => {
    const [shown] = await readConnectionStatuses(workspace.database, new Date());
    if (shown === undefined) throw new Error("the connection has no status");
    return shown;
  };
  return Object.assign(world, {
    ...workspace,
    source,
    sink,
    clock,
    settings,
    committed,
    status,
    cycle: (changes: Partial<CycleSettings> = {}, signal = new AbortController().signal) =>
      connection.cycle({ ...settings, ...changes }, signal),
    preview: (people: Partial<CycleSettings["people"]> = {}) =>
      connection.previewMatches(
        { ...settings, people: { ...settings.people, ...people } },
        new AbortController().signal,
      ),
    restart: () => {
      connection = open();
    },
    another: open,
    table: <T extends pg.QueryResultRow>(name: string) =>
      workspace.rows<T>(`select * from marketing.${name} order by crm_id`),
    async stored(name: string) {
      const all = await workspace.store.entities(workspace.lease.connectionId);
      return required(all.find(({ mapping }) => mapping.entity === name));
    },
    async entityStatus(name: string) {
      return required((await status()).entities.find((one) => one.entity === name));
    },
  });
}

function required<T>(found: T | undefined): T {
  if (found === undefined) throw new Error("there is no such entity");
  return found;
}

/** The store, with a list of what it committed and a place for faults around it. */
function watched(store: SyncStore, committed: PageEffects[], faults: () => Faults): SyncStore {
  const around = async <T>(step: PersonStep, call: () => Promise<T>): Promise<T> => {
    await faults().person?.(step, "before");
    const result = await call();
    await faults().person?.(step, "after");
    return result;
  };
  return {
    ...store,
    noteCreating: (...given) => around("noteCreating", () => store.noteCreating(...given)),
    linkPeople: (...given) => around("linkPeople", () => store.linkPeople(...given)),
    settleRequests: (...given) => around("settleRequests", () => store.settleRequests(...given)),
    oweFirst: (...given) => around("oweFirst", () => store.oweFirst(...given)),
    applyRecords: (...given) => around("applyRecords", () => store.applyRecords(...given)),
    async apply(lease, effects): Promise<Applied> {
      await faults().beforeApply?.(effects);
      const applied = await store.apply(lease, effects);
      committed.push(effects);
      await faults().afterApply?.(effects);
      return applied;
    },
    async noteSent(lease, stored, sendings) {
      await faults().beforeNote?.(sendings);
      const noted = await store.noteSent(lease, stored, sendings);
      await faults().afterNote?.(sendings);
      return noted;
    },
    async settle(lease, stored, settling) {
      await faults().beforeSettle?.(settling);
      const settled = await store.settle(lease, stored, settling);
      await faults().afterSettle?.(settling);
      return settled;
    },
  };
}
