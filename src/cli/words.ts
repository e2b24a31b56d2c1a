/**
 * Numbers, times and verdicts as people read them on a terminal.
 */
import { styleText } from "node:util";

const INTEGER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12,345` */
export function integer(value: number): string {
  return INTEGER.format(value);
}

/** `1,234/s`, or `–` when nothing flows. */
export function rate(perSecond: number): string {
  return perSecond <= 0 ? "–" : `${integer(perSecond)}/s`;
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined([Math.floor(whole / 60), "min"], [whole % 60, "s"]);
  return joined([Math.floor(whole / 3600), "h"], [Math.floor((whole % 3600) / 60), "min"]);
}

/** `12 s ago`, `in 4 min`; `–` for null. */
export function relative(iso: string | null, now: Date): string {
  if (iso === null) return "–";
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

/** Text in a colour where the terminal shows colours (and NO_COLOR is unset), plain elsewhere. */
export function coloured(colour: "green" | "yellow" | "red" | "cyan" | "dim" | "bold", text: string): string {
  return styleText(colour, text, { stream: process.stdout });
}

/** Columns aligned by their widest cell; numbers to the right. */
export function aligned(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const fill = " ".repeat((widths[column] ?? 0) - width(cell));
        return right.has(column) ? fill + cell : cell + fill;
      })
      .join("  ")
      .trimEnd(),
  );
}

function joined(large: readonly [number, string], small: readonly [number, string]): string {
  return [large, small]
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** Visible width: escape sequences take no room. */
function width(text: string): number {
  // oxlint-disable-next-line no-control-regex -- an escape sequence begins with a control character
  return text.replaceAll(/\u001B\[[0-9;]*m/g, "").length;
}
