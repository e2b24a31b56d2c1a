import { setFlagsFromString } from "node:v8";

/**
 * Lets the heap grow by a third before it is collected, instead of doubling it: pages are large and short-lived, and
 * the process shares its machine with PostgreSQL. With the young generation bounded at start
 * (`--max-semi-space-size=8` in `package.json` and `bin/`) the process stays near 250 MB whatever the number of
 * records; without both it goes to 440 MB (`npm run bench -- snapshot` prints the peak).
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=33");
}
