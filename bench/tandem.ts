import { join } from "node:path";
import packageFile from "../package.json" with { type: "json" };

/** Tandem as `npm run tandem` starts it, with the same flags. */
export const TANDEM: readonly string[] = packageFile.scripts.tandem
  .split(" ")
  .slice(1)
  .map((word) => (word.endsWith(".ts") ? join(import.meta.dirname, "..", word) : word));
