import type { Cell } from "../../src/core/cell.ts";
import { NO_LIFE } from "../../src/core/life-plan.ts";
import type { Column, EntityMapping, Row } from "../../src/core/mapping.ts";
import type { PagePlan } from "../../src/core/plan.ts";
import type { Applied, PageEffects, StoredEntity } from "../../src/core/store-port.ts";
import { guid } from "../support/entity.ts";
import type { TestWorkspace } from "../support/workspace.ts";
import { openWorkspace } from "../support/workspace.ts";

export const COLUMNS: readonly Column[] = [
  { name: "first_name", type: "text" },
  { name: "score", type: "integer" },
  { name: "tags", type: "text[]" },
];

export const CONTACT: EntityMapping = {
  entity: "contact",
  table: "people",
  crmType: "contact",
  fields: COLUMNS.map(({ name }) => ({ attribute: name, column: name, direction: "pull", enabled: true })),
};

/** A workspace with `contact` connected and its table made. */
export interface StoreScene extends TestWorkspace {
  readonly entity: StoredEntity;
  /** Applies a page under the scene's lease. */
  apply(changes: Partial<PagePlan>, effects?: Partial<PageEffects>): Promise<Applied>;
  /** What is in `people`, in the order of ids of Dynamics. */
  people(): Promise<Person[]>;
  /** The entity as it is stored now. */
  stored(): Promise<StoredEntity>;
}

export interface Person {
  readonly crm_id: string;
  readonly first_name: string | null;
  readonly score: number | null;
  readonly tags: readonly string[] | null;
  readonly crm_type: string | null;
  readonly crm_deleted: boolean;
  /** Where the row is on disk: another place means that it was written. */
  readonly written: string;
}

const NO_CHANGES: PagePlan = {
  creates: [],
  updates: [],
  deletes: [],
  life: NO_LIFE,
  parked: [],
  unchanged: 0,
};

export async function openStoreScene(mapping: EntityMapping = CONTACT): Promise<StoreScene> {
  const workspace = await openWorkspace();
  const { store, tables, lease } = workspace;
  await tables.prepare(mapping.table, COLUMNS);
  const entity = await store.saveEntity(lease, {
    mapping,
    label: "Contact",
    changeTracking: true,
    attributes: new Map(),
    choices: [],
    relabellings: [],
  });
  return {
    ...workspace,
    entity,
    apply: (changes, effects = {}) =>
      store.apply(lease, {
        entity,
        lane: "live",
        columns: COLUMNS,
        policies: new Map(),
        plan: { ...NO_CHANGES, ...changes },
        filterExit: "freeze",
        page: { phase: "changes", upserts: [], deletes: changes.deletes ?? [], next: "p1", last: true },
        seen: [],
        read: 0,
        rate: 0,
        allowedDeletes: 100,
        ...effects,
      }),
    people: () =>
      workspace.rows<Person>(
        `select crm_id, first_name, score, tags, crm_type, crm_deleted, ctid::text as written
           from marketing.people order by crm_id`,
      ),
    async stored() {
      const all = await store.entities(lease.connectionId);
      return all.find(({ id }) => id === entity.id) ?? entity;
    },
  };
}

/** A row as a page brings it. */
export function person(id: number, cells: readonly Cell[] = [`Person ${id}`, "1", null], version = "1"): Row {
  return { id: guid(id), version, cells };
}
