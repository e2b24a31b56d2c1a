import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EntityFile } from "../schema.ts";

const FOLDER = join(import.meta.dirname, "../schema");

/** The stock schema as its files hold it, read anew. */
export function schemaFiles(): EntityFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as EntityFile);
}
