import "./overview.css";
import { Button } from "@mantine/core";
import { useEffect } from "react";
import type { Status } from "../../../../src/core/status.ts";
import type { Problem } from "../../api.ts";
import { Notice } from "../../components/notice.tsx";
import { formatShare } from "../../format.ts";
import { useLive, useStatus } from "../../live/use-live.ts";
import { shareOf, totalsOf } from "../../status/totals.ts";
import { CONNECTION_WORDS, RESPONSIBLE_WORDS } from "../../status/words.ts";
import { ConnectionView } from "./connection-view.tsx";
import { LookInside } from "./look-inside.tsx";
import { NoConnection } from "./no-connection.tsx";
import { OverviewSkeleton } from "./overview-skeleton.tsx";

/** How every connection stands, at a glance and live. */
export function Overview() {
  const { data: status, error, refetch } = useStatus();
  const { problem } = useLive();
  useEffect(() => {
    document.title = titleOf(status);
  }, [status]);
  const trouble = problem ?? error?.problem ?? null;
  if (status !== undefined) return <Connections status={status} />;
  if (trouble !== null) return <Unknown problem={trouble} onRetry={() => void refetch()} />;
  return <OverviewSkeleton />;
}

function Connections({ status }: { readonly status: Status }) {
  return (
    <div className="overview">
      <h1 className="unseen">Overview</h1>
      {status.connections.length === 0 && <NoConnection />}
      {status.connections.map((connection) => (
        <ConnectionView key={connection.id} connection={connection} status={status} />
      ))}
      <LookInside database={status.database} />
    </div>
  );
}

interface UnknownProps {
  readonly problem: Problem;
  readonly onRetry: () => void;
}

/** In place of the page while nothing is known yet. */
function Unknown({ problem, onRetry }: UnknownProps) {
  const retry = (
    <Button variant="default" onClick={onRetry}>
      Try again
    </Button>
  );
  return (
    <div role="alert">
      <Notice
        tone="attention"
        icon="alert"
        title={problem.detail}
        facts={[RESPONSIBLE_WORDS[problem.who], <code key="code">{problem.code}</code>]}
        action={retry}
      >
        {problem.remedy}
      </Notice>
    </div>
  );
}

/** The title of the browser's tab: how the first connection stands. */
function titleOf(status: Status | undefined): string {
  const connection = status?.connections[0];
  if (connection === undefined) return "Tandem";
  const { progress } = totalsOf(connection);
  const share = progress === null ? null : shareOf(progress);
  const word = CONNECTION_WORDS[connection.state].word;
  return `${share === null ? word : `${word} ${formatShare(share)}`} · Tandem`;
}
