import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { attachEmbedded, openEmbedded } from "../../src/store/embedded/server.ts";
import { waitForEnd } from "../../src/store/embedded/postmaster.ts";
import { scratchPlace } from "../support/scratch-place.ts";

/** A folder for an embedded server. */
export interface ServerFolder {
  /** What `TANDEM_DATABASE_URL` is set to. */
  readonly path: string;
  /** Uses the server of the folder while no Tandem does. */
  withServer<T>(use: (connectionString: string) => Promise<T>): Promise<T>;
  /** Ends a server that was left running, and removes the folder. */
  remove(): Promise<void>;
}

export async function serverFolder(): Promise<ServerFolder> {
  const place = await mkdtemp(join(await scratchPlace(), "tandem-e2e-"));
  await chmod(place, 0o755);
  const path = join(place, "database");
  return {
    path,
    async withServer(use) {
      const server = await openEmbedded({ folder: path });
      try {
        return await use(server.connectionString);
      } finally {
        await server.stop();
      }
    },
    async remove() {
      const left = await attachEmbedded(path).catch(() => undefined);
      if (left !== undefined) {
        process.kill(left.pid, "SIGQUIT");
        await waitForEnd(left.pid, 30_000);
      }
      await rm(place, { recursive: true, force: true });
    },
  };
}
