import { SyncError } from "../core/errors.ts";
import type { Lease } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

/** Raises the connection's epoch, which fences every worker that claimed it before. */
export async function claim(client: Queryable, connectionId: number): Promise<Lease> {
  const { rows } = await client.query<{ epoch: string }>(
    "update connections set epoch = epoch + 1 where id = $1 returning epoch",
    [connectionId],
  );
  const [row] = rows;
  if (row === undefined)
    throw new SyncError("configuration_invalid", `There is no connection ${connectionId}.`);
  return { connectionId, epoch: row.epoch };
}

/**
 * Fails unless the lease is the newest one. The row stays locked to the end of the transaction, so that a claim in
 * between waits until this transaction is through: a stale worker can commit before it, never after. To the end of the
 * transaction it counts as the connection's own: its edits of marketing rows are not captured for it.
 * @throws SyncError `fenced`
 */
export async function requireLease(client: Queryable, { connectionId, epoch }: Lease): Promise<void> {
  const { rows } = await client.query(
    `select set_config('tandem.connection', id::text, true) from connections where id = $1 and epoch = $2 for share`,
    [connectionId, epoch],
  );
  if (rows.length === 0) {
    throw new SyncError("fenced", `Another worker has taken over connection ${connectionId}.`);
  }
}

/** Writes as the connection itself, without a lease, what is never committed: the capture passes it by. */
export async function writeAs(
  client: Queryable,
  { connectionId }: Pick<Lease, "connectionId">,
): Promise<void> {
  await client.query("select set_config('tandem.connection', $1, true)", [String(connectionId)]);
}
