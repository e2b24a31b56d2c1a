/**
 * The expression that SQL's LIKE stands for: `%`, `_`, `[…]` and `[^…]` are wildcards, case does not count.
 * @param before what must stand in front of the pattern: `^`, or nothing
 * @param after what must stand behind it: `$`, or nothing
 */
export function textPattern(text: string, before: string, after: string): RegExp {
  const source = text.replaceAll(/\[[^\]]*\]|[%_]|[\\^$.*+?()|{}[\]]/g, (part) => {
    if (part === "%") return ".*";
    if (part === "_") return ".";
    return part.length > 1 ? part : `\\${part}`;
  });
  return new RegExp(`${before}${source}${after}`, "isu");
}
