import "./link-banner.css";
import { Notice } from "../components/notice.tsx";
import { formatTime } from "../format.ts";
import { useLive } from "../live/use-live.ts";

/** Says when what the page shows is not the present, and why. */
export function LinkBanner() {
  const { link, problem, heardAt, now } = useLive();
  const values = heardAt === null ? undefined : `What you see is from ${formatTime(heardAt, now)}.`;
  return (
    <div className="link-banner" role="status">
      {link === "lost" && (
        <Notice tone="attention" icon="unplugged" title="Connection lost, retrying.">
          Tandem does not answer, so it may have been stopped. {values}
        </Notice>
      )}
      {link === "live" && problem !== null && heardAt !== null && (
        <Notice tone="attention" icon="alert" title={problem.detail}>
          {problem.remedy} {values}
        </Notice>
      )}
    </div>
  );
}
