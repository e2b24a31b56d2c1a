import "./connection-charts.css";
import { useMemo } from "react";
import type { ConnectionStatus } from "../../../../src/core/status.ts";
import { Card } from "../../components/card.tsx";
import { TimeChart } from "../../components/time-chart.tsx";
import { formatCount, formatDuration, formatMany, formatRate } from "../../format.ts";
import type { Sample } from "../../live/history.ts";

interface ConnectionChartsProps {
  readonly connection: ConnectionStatus;
  readonly samples: readonly Sample[];
  readonly now: number;
}

/** How fast it goes and how much is to come, over the last minutes. */
export function ConnectionCharts({ connection, samples, now }: ConnectionChartsProps) {
  const rates = useMemo(() => samples.map(({ at, rate }) => ({ at, value: rate })), [samples]);
  const backlogs = useMemo(() => samples.map(({ at, backlog }) => ({ at, value: backlog })), [samples]);
  const span = `over the last ${formatDuration((now - (samples[0]?.at ?? now)) / 1_000)}`;
  const last = samples.at(-1);
  const highest = (values: readonly (number | null)[]) => Math.max(0, ...values.map((value) => value ?? 0));
  return (
    <div className="connection-charts">
      <Card title="Throughput" aside="records per second">
        <TimeChart
          description={
            `Throughput ${span}: now ${formatRate(last?.rate ?? 0)} records per second, ` +
            `highest ${formatRate(highest(samples.map(({ rate }) => rate)))}.`
          }
          points={rates}
          colour="flow"
          format={(rate) => `${formatRate(rate)}/s`}
          now={now}
          group={`connection-${connection.id}`}
        />
      </Card>
      <Card title="Backlog" aside="records still to come">
        <TimeChart
          description={
            `Backlog ${span}: now ${formatMany(last?.backlog ?? 0, "record")}, ` +
            `highest ${formatCount(highest(samples.map(({ backlog }) => backlog)))}.`
          }
          points={backlogs}
          colour="backlog"
          format={formatCount}
          now={now}
          group={`connection-${connection.id}`}
        />
      </Card>
    </div>
  );
}
