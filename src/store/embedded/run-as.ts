import type { Account } from "./account.ts";
import { ownWorkingDirectory } from "./account.ts";

/** How one of PostgreSQL's programs is run in a directory that it works on. */
export type Run = {
  /** What to name the directory on its command line. */
  readonly directory: string;
  /** For `spawn` and `execFile`. */
  readonly options: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number };
};

/**
 * Runs a program as the account, in `directory`. A new process enters its working directory while it is still Tandem's
 * user; so a confined account gets where it could not go by path, and names the place by Linux's own link to it.
 */
export function runAs(account: Account, directory: string): Run {
  const { uid, gid, switched, confined } = account;
  return {
    directory: confined ? ownWorkingDirectory : directory,
    options: { cwd: directory, env: plainEnvironment(), ...(switched ? { uid, gid } : {}) },
  };
}

/** No `PG*` variable of Tandem's own environment reaches the server; messages stay English, as Tandem reads them. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, LC_ALL: "C", TZ: "UTC", ...(SystemRoot ? { SystemRoot } : {}), ...(TEMP ? { TEMP } : {}) };
}
