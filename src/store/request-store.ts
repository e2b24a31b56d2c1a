/**
 * The store's side of bringing people to Dynamics, behind the engine's port.
 */
import type pg from "pg";
import type { RequestStore } from "../core/request-port.ts";
import type { Lease } from "../core/store-port.ts";
import {
  countUnlinked,
  hasUnlinked,
  noteMatches,
  readBeingMade,
  readLinked,
  readOwners,
  readUnderWay,
  readUnlinked,
  readUnlinkedKeys,
} from "./candidates.ts";
import type { PeoplePlace } from "./candidates.ts";
import type { Database, Queryable } from "./database.ts";
import { asSyncError, transaction } from "./database.ts";
import { requireLease } from "./lease.ts";
import { linkPeople } from "./link-people.ts";
import { oweFirst } from "./owe-first.ts";
import { tableRefused } from "./refusal.ts";
import { PEOPLE, noteCreating, readRequests, settleRequests } from "./requests.ts";
import { followRules } from "./sync-rules.ts";

/** Opens it on a database that has been migrated. */
export function openRequestStore(database: Database): RequestStore {
  const { workspace } = database;
  const placed = ({ connectionId }: Pick<Lease, "connectionId">): PeoplePlace => ({
    workspace,
    connectionId,
  });
  const read = async <T>(work: (client: Queryable) => Promise<T>): Promise<T> => {
    try {
      return await work(database.pool);
    } catch (error) {
      throw tableRefused(asSyncError(error), workspace, { table: PEOPLE, columns: [] });
    }
  };
  const leased = <T>(lease: Lease, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    transaction(database, async (client) => {
      await requireLease(client, lease);
      return work(client);
    });
  return {
    followRules: (lease) => leased(lease, (client) => followRules(client, workspace, lease)),
    requests: (lease, wish) => read((client) => readRequests(client, workspace, lease, wish)),
    noteCreating: (lease, creations) =>
      leased(lease, (client) => noteCreating(client, workspace, lease, creations)),
    settleRequests: (lease, entity, { settlements, cycle }) =>
      leased(lease, (client) => settleRequests(client, { workspace, lease, entity, cycle }, settlements)),
    linkPeople: (lease, entity, linking) => linkPeople(database, lease, entity, linking),
    oweFirst: (lease, entity, linking) =>
      leased(lease, (client) => oweFirst(client, { workspace, lease, entity }, linking)),
    countUnlinked: (lease) => read((client) => countUnlinked(client, placed(lease))),
    unlinkedKeys: (lease, columns, page) =>
      read((client) => readUnlinkedKeys(client, placed(lease), columns, page)),
    hasUnlinked: (lease) => read((client) => hasUnlinked(client, placed(lease))),
    unlinked: (lease, columns, values) =>
      read((client) => readUnlinked(client, placed(lease), { columns, values })),
    peopleUnderWay: (lease, columns) => read((client) => readUnderWay(client, placed(lease), columns)),
    linked: (lease, columns, values) =>
      read((client) => readLinked(client, placed(lease), { columns, values })),
    owners: (lease, ids) => read((client) => readOwners(client, placed(lease), ids)),
    beingMade: (lease, ids) => read((client) => readBeingMade(client, placed(lease), ids)),
    noteMatches: (lease, matches) => leased(lease, (client) => noteMatches(client, placed(lease), matches)),
  };
}
