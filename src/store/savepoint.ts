import type { Queryable } from "./database.ts";

/**
 * Runs `work` inside a transaction so that a failure of the expected kind undoes only itself. Returns that failure, or
 * null. Any other failure is thrown, and the transaction is at its end.
 */
export async function attempt<E>(
  client: Queryable,
  isExpected: (error: unknown) => error is E,
  work: () => Promise<void>,
): Promise<E | null> {
  await client.query("savepoint attempt");
  try {
    await work();
  } catch (error) {
    if (!isExpected(error)) throw error;
    await client.query("rollback to savepoint attempt");
    await client.query("release savepoint attempt");
    return error;
  }
  await client.query("release savepoint attempt");
  return null;
}
