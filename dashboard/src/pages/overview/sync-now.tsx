import "./sync-now.css";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ConnectionStatus } from "../../../../src/core/status.ts";
import { requestSync } from "../../api.ts";
import type { ApiError } from "../../api.ts";
import { Icon } from "../../components/icon.tsx";
import { formatCountdown } from "../../format.ts";
import { useLive } from "../../live/use-live.ts";
import { secondsToNextCycle } from "../../status/words.ts";

interface SyncNowProps {
  readonly connection: ConnectionStatus;
  readonly now: number;
}

/** Begins a cycle at once; says when the next would have begun. */
export function SyncNow({ connection, now }: SyncNowProps) {
  const { link } = useLive();
  const sync = useMutation<void, ApiError, number>({ mutationFn: requestSync });
  return (
    <div className="sync-now">
      <Button
        leftSection={<Icon name="sync" />}
        loading={sync.isPending}
        disabled={connection.state === "paused" || link === "lost"}
        onClick={() => sync.mutate(connection.id)}
      >
        Sync now
      </Button>
      <p className="sync-now__note">{noteOf(connection, now)}</p>
      <p className="sync-now__trouble" role="alert">
        {sync.error === null ? "" : `${sync.error.problem.detail} ${sync.error.problem.remedy}`}
      </p>
      <p className="unseen" role="status">
        {sync.isSuccess ? "A cycle was asked for." : ""}
      </p>
    </div>
  );
}

function noteOf(connection: ConnectionStatus, now: number): string {
  if (connection.cycle !== null) return `Cycle ${connection.cycle.number} is running`;
  const seconds = secondsToNextCycle(connection, now);
  if (seconds === null) return "No cycle is planned";
  return seconds === 0 ? "The next cycle begins" : `Next cycle in ${formatCountdown(seconds)}`;
}
