import type { Account } from "./account.ts";
import { accountFor, currentUser } from "./account.ts";
import type { Layout } from "./folder.ts";
import { settleFolder } from "./folder.ts";

/** A folder that is Tandem's to use, who runs its server, and whom to tell what is being done. */
export type Home = {
  readonly layout: Layout;
  readonly account: Account;
  readonly log: (line: string) => void;
};

/**
 * Makes the folder when it is missing and finds out who runs its server.
 * @throws EmbeddedError `foreign-folder`, `wrong-owner`
 */
export async function settleHome(folder: string, log: (line: string) => void): Promise<Home> {
  const layout = await settleFolder(folder);
  return { layout, account: await accountFor(layout, currentUser()), log };
}
