import type { Layout } from "./folder.ts";
import { isPostmaster, recordedPostmaster } from "./postmaster.ts";
import { greet } from "./session.ts";
import { socketDirectoryOf } from "./socket.ts";

/**
 * Whether the server of a folder is there. `busy`: its process runs and does not talk yet, or no longer. `absent` with
 * a `stalePid`: the record of a server that was killed.
 */
export type Presence =
  | {
      readonly state: "answers";
      readonly pid: number;
      readonly version: string;
      readonly socketDirectory: string;
    }
  | { readonly state: "busy"; readonly pid: number; readonly refusal: unknown }
  | { readonly state: "absent"; readonly stalePid: number | undefined };

/** Looks for the server of a folder without changing anything. */
export async function presenceOf(layout: Layout): Promise<Presence> {
  const pid = await recordedPostmaster(layout.cluster);
  if (pid === undefined) return { state: "absent", stalePid: undefined };
  const socketDirectory = await socketDirectoryOf(layout);
  const greeting = await greet(socketDirectory, layout.cluster);
  if (greeting && "version" in greeting) {
    return { state: "answers", pid, version: greeting.version, socketDirectory };
  }
  if (await isPostmaster(pid, layout.cluster)) return { state: "busy", pid, refusal: greeting?.refusal };
  return { state: "absent", stalePid: pid };
}
