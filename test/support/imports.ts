import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path/posix";

/** An import or re-export as it is written. */
export interface Import {
  /** File that imports, from the root of the repository. */
  readonly from: string;
  /** Imported file from the root of the repository; a package's name where it is not relative. */
  readonly to: string;
  /** True when it is gone at run time. */
  readonly typeOnly: boolean;
}

const STATEMENT =
  /^(?:import|export)\s+(type\s)?[^;"']*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm;
const CALL = /\bimport\(\s*(?:["'`]([^"'`$]+)["'`]\s*[,)])?/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** Every import of a file: static ones, types, re-exports, and calls. A call of something computed leads to `?`. */
export function importsIn(from: string, text: string): Import[] {
  const code = withoutComments(text);
  const statements = [...code.matchAll(STATEMENT)].map(([, type, specifier, bare]) => ({
    from,
    to: resolved(from, specifier ?? bare ?? "?"),
    typeOnly: type !== undefined,
  }));
  const calls = [...code.matchAll(CALL)].map(([, specifier]) => ({
    from,
    to: resolved(from, specifier ?? "?"),
    typeOnly: false,
  }));
  return [...statements, ...calls];
}

/** Comments that stand on lines of their own, taken out: what they say is not done. */
export function withoutComments(text: string): string {
  return text.replaceAll(COMMENT, "");
}

/** Files below a folder whose name ends in one of the given ways, from the root of the repository. */
export async function filesBelow(folder: string, endings: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(new URL(`../../${folder}/`, import.meta.url), {
    recursive: true,
    withFileTypes: true,
  });
  const root = new URL("../../", import.meta.url).pathname;
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .toSorted();
}

export function textOf(file: string): Promise<string> {
  return readFile(new URL(`../../${file}`, import.meta.url), "utf8");
}

function resolved(from: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(from), specifier) : specifier;
}
