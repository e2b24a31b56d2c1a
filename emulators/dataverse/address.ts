import { badQuery } from "./errors.ts";
import { splitOutside } from "./metadata-query.ts";

/** One segment of a path: `leads(…)`, its name and what stands in the parentheses. */
export interface Segment {
  readonly name: string;
  readonly key: string | undefined;
}

/** The segments of a path, percent-decoded one by one. Empty ones (double slashes) are skipped. */
export function segments(path: string): Segment[] {
  return path
    .split("/")
    .filter((raw) => raw !== "")
    .map((raw) => {
      const text = decodedSegment(raw);
      const match = /^([^(]+)\((.*)\)$/s.exec(text);
      return match === null ? { name: text, key: undefined } : { name: match[1] ?? "", key: match[2] ?? "" };
    });
}

function decodedSegment(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw badQuery(`The path segment '${raw}' is not valid percent-encoding.`);
  }
}

/** The named parts of a key: `LogicalName='lead'` or `a=1,b='x'`; a bare value has the name "". */
export function keyParts(key: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of splitOutside(key, ",")) {
    const match = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/s.exec(part);
    if (match === null) parts.set("", part.trim());
    else parts.set(match[1] ?? "", match[2] ?? "");
  }
  return parts;
}

/** The text of a key value: without its quotes when it has them. */
export function keyText(value: string): string {
  return value.startsWith("'") && value.endsWith("'") && value.length > 1
    ? value.slice(1, -1).replaceAll("''", "'")
    : value;
}
