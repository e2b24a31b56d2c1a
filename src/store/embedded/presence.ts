import type { Address } from "./address.ts";
import { currentUser } from "./account.ts";
import { EmbeddedError } from "./error.ts";
import type { Layout } from "./folder.ts";
import { isPostmaster, recordedPostmaster } from "./postmaster.ts";
import { greet } from "./session.ts";
import { socketAddress } from "./socket.ts";
import { loopbackAddress } from "./windows.ts";

/**
 * Whether the server of a folder is there. `busy`: it does not talk yet, or no longer. `absent` with a `stalePid`: the
 * record of a server that was killed.
 */
export type Presence =
  | { readonly state: "answers"; readonly pid: number; readonly version: string; readonly address: Address }
  | { readonly state: "busy"; readonly pid: number }
  | { readonly state: "absent"; readonly stalePid: number | undefined };

/**
 * Looks for the server of a folder without changing the folder.
 * @throws EmbeddedError `foreign-folder` when the server there is not one that Tandem made
 */
export async function presenceOf(layout: Layout): Promise<Presence> {
  const pid = await recordedPostmaster(layout.cluster);
  if (pid === undefined) return { state: "absent", stalePid: undefined };
  const address = await addressOf(layout);
  const greeting = address && (await greet(address).catch((error: unknown) => stranger(layout, error)));
  if (address && greeting && greeting !== "busy") {
    return { state: "answers", pid, version: greeting.version, address };
  }
  if (greeting === "busy" || (await isPostmaster(pid, layout.cluster))) return { state: "busy", pid };
  return { state: "absent", stalePid: pid };
}

async function addressOf(layout: Layout): Promise<Address | undefined> {
  return process.platform === "win32" ? loopbackAddress(layout) : socketAddress(layout, currentUser().uid);
}

function stranger(layout: Layout, cause: unknown): never {
  throw new EmbeddedError(
    "foreign-folder",
    `The PostgreSQL server of ${layout.cluster} does not know Tandem: it was not made by Tandem.`,
    "Choose another folder, or set TANDEM_DATABASE_URL to that server.",
    cause,
  );
}
