import "./connection-view.css";
import type { ConnectionStatus, Status } from "../../../../src/core/status.ts";
import { useLive } from "../../live/use-live.ts";
import { ConnectionCharts } from "./connection-charts.tsx";
import { ConnectionHeader } from "./connection-header.tsx";
import { CycleCard } from "./cycle-card.tsx";
import { EntityTable } from "./entity-table.tsx";
import { TotalsStrip } from "./totals-strip.tsx";
import { TroubleList } from "./trouble-list.tsx";

interface ConnectionViewProps {
  readonly connection: ConnectionStatus;
  readonly status: Status;
}

/** Everything about one connection, from the whole to the single entity. */
export function ConnectionView({ connection, status }: ConnectionViewProps) {
  const { now, history } = useLive();
  const samples = history.get(connection.id) ?? [];
  const rate = samples.at(-1)?.rate ?? 0;
  return (
    <article className="connection-view" aria-label={connection.name}>
      <ConnectionHeader connection={connection} workspace={status.workspace} rate={rate} now={now} />
      <TroubleList connection={connection} now={now} />
      <TotalsStrip connection={connection} samples={samples} now={now} />
      <ConnectionCharts connection={connection} samples={samples} now={now} />
      {connection.entities.length > 0 && <EntityTable entities={connection.entities} now={now} />}
      <CycleCard connection={connection} now={now} />
    </article>
  );
}
