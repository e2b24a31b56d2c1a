import "./time-chart.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { formatShort, formatTime } from "../format.ts";
import { PALETTES, theme } from "../theme.ts";

export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Null leaves a gap. */
  readonly value: number | null;
}

interface TimeChartProps {
  /** What the chart shows, as a whole sentence: what a screen reader says in its place. */
  readonly description: string;
  readonly points: readonly Point[];
  readonly colour: "flow" | "backlog";
  readonly format: (value: number) => string;
  /** The right edge, milliseconds since 1970. */
  readonly now: number;
  /** Charts of the same group move their cursors together. */
  readonly group: string;
}

const HEIGHT_PX = 168;

/** Time shown at the least: a young history is not stretched over the whole width. */
const LEAST_SPAN_MS = 60_000;

/** A live line over the last minutes, drawn on a canvas; hovering tells the value and the time. */
export function TimeChart({ description, points, colour, format, now, group }: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    if (host.current === null) return undefined;
    const made = new uPlot(optionsOf(PALETTES[scheme], colour, group, setHovered), [[], []], host.current);
    chart.current = made;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry !== undefined) made.setSize({ width: entry.contentRect.width, height: HEIGHT_PX });
    });
    watcher.observe(host.current);
    return () => {
      watcher.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [scheme, colour, group]);

  useEffect(() => {
    const from = Math.min(points[0]?.at ?? now, now - LEAST_SPAN_MS);
    const drawn = chart.current;
    drawn?.batch(() => {
      drawn.setData([points.map(({ at }) => at / 1_000), points.map(({ value }) => value)], false);
      drawn.setScale("x", { min: from / 1_000, max: now / 1_000 });
    });
  }, [points, now, scheme, colour, group]);

  const told = hovered === null ? undefined : points[hovered];
  return (
    <figure className="time-chart">
      <div role="img" aria-label={description} ref={host} className="time-chart__canvas" />
      <figcaption className="time-chart__told" aria-hidden="true">
        {told !== undefined && told.value !== null && `${format(told.value)} at ${formatTime(told.at, now)}`}
      </figcaption>
    </figure>
  );
}

function optionsOf(
  palette: (typeof PALETTES)["light"],
  colour: TimeChartProps["colour"],
  group: string,
  onHover: (index: number | null) => void,
): uPlot.Options {
  const axis = {
    stroke: palette.muted,
    font: `11px ${theme.fontFamily ?? "sans-serif"}`,
    ticks: { show: false },
    grid: { stroke: palette.grid, width: 1 },
  } satisfies uPlot.Axis;
  return {
    width: 300,
    height: HEIGHT_PX,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: group },
      drag: { x: false, y: false },
      y: false,
      points: { size: 7 },
    },
    hooks: { setCursor: [(drawn) => onHover(drawn.cursor.idx ?? null)] },
    scales: { y: { range: (_drawn, _least, most) => [0, Math.max(10, (most ?? 0) * 1.08)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 70,
        values: (_drawn, splits) => splits.map(clockOf),
      },
      { ...axis, size: 44, space: 26, values: (_drawn, splits) => splits.map(formatShort) },
    ],
    series: [
      {},
      {
        stroke: palette[colour],
        fill: `color-mix(in srgb, ${palette[colour]} 14%, transparent)`,
        width: 1.75,
        points: { show: false },
      },
    ],
  };
}

function clockOf(seconds: number): string {
  const time = new Date(seconds * 1_000);
  const parts = [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, "0"));
  return time.getSeconds() === 0
    ? parts.join(":")
    : `${parts.join(":")}:${String(time.getSeconds()).padStart(2, "0")}`;
}
