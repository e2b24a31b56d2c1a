import { formatAgo, formatTime, formatUtc } from "../format.ts";

interface MomentProps {
  /** ISO 8601. */
  readonly at: string;
  readonly now: number;
  /** Local clock time, or how long ago. */
  readonly as?: "time" | "ago";
}

/** A point in time in the person's own time zone; UTC on hover. */
export function Moment({ at, now, as = "time" }: MomentProps) {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={formatUtc(time)}>
      {as === "ago" ? formatAgo(time, now) : formatTime(time, now)}
    </time>
  );
}
