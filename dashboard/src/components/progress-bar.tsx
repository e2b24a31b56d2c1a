import "./progress-bar.css";
import { formatCount, formatMany, formatShare } from "../format.ts";
import { shareOf } from "../status/totals.ts";
import type { Progress } from "../status/totals.ts";
import type { Tone } from "../status/words.ts";

interface ProgressBarProps {
  /** What makes progress, for screen readers: `Contacts`. */
  readonly label: string;
  readonly progress: Progress;
  readonly tone: Tone;
  readonly size?: "thin" | "thick";
}

/** How much is read of a whole, known or not. */
export function ProgressBar({ label, progress, tone, size = "thin" }: ProgressBarProps) {
  const share = shareOf(progress);
  const fill = share === null ? {} : { width: `${share * 100}%` };
  return (
    <div
      className={`progress-bar progress-bar--${size} tone-${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.floor(share * 100)}
      aria-valuetext={progressText(progress)}
    >
      <div
        className={`progress-bar__fill ${share === null ? "progress-bar__fill--unknown" : ""}`}
        style={fill}
      />
    </div>
  );
}

/** `12,400 of 50,000 records, 24.8%`. */
function progressText(progress: Progress): string {
  const share = shareOf(progress);
  if (progress.expected === null || share === null) return `${formatMany(progress.read, "record")} so far`;
  return `${formatCount(progress.read)} of ${formatMany(progress.expected, "record")}, ${formatShare(share)}`;
}
