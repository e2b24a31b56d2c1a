import { currentUser } from "./account.ts";
import type { Home } from "./home.ts";
import { boundLog } from "./log-file.ts";
import { socketAddress } from "./socket.ts";

const interval = 60_000;

/**
 * Looks every minute that the log stays short and that the socket can be reached: systems clean `/tmp`, where a long
 * path has its short name. Does not keep the process alive. Returns what stops it.
 */
export function startUpkeep(home: Home): () => void {
  const timer = setInterval(() => {
    tidy(home).catch((error: unknown) =>
      home.log(`The embedded server's folder cannot be kept tidy: ${String(error)}`),
    );
  }, interval);
  timer.unref();
  return () => clearInterval(timer);
}

async function tidy({ layout }: Home): Promise<void> {
  await boundLog(layout.log);
  if (process.platform !== "win32") await socketAddress(layout, currentUser().uid);
}
