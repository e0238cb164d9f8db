"use client";

import { useLocale } from "next-intl";
import { useSyncExternalStore } from "react";
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { type ChartLine, formatMoment, formatTimeTick, type Mark, strokeOf } from "./lines.ts";
import { LinesTooltip } from "./lines-tooltip.tsx";
import { type Measure, timeTicks, valueTicks } from "./nice-ticks.ts";

const HEIGHT = 190;
const MOST_TICKS = 6;

const nothing = () => () => {};
/** The server knows neither the reader's clock nor the width: it leaves the place free. */
const useIsInBrowser = () =>
  useSyncExternalStore(
    nothing,
    () => true,
    () => false,
  );

/**
 * Values over time as lines. Where nothing was measured the line is interrupted. `label` says all of it in words. Never
 * animated: the numbers move by themselves often enough.
 */
export function LineTimeChart(props: {
  times: readonly number[];
  bucketSeconds: number;
  lines: readonly ChartLine[];
  marks: readonly Mark[];
  measure: Measure;
  format: (value: number) => string;
  label: string;
  /** The top of the axis is at least this. */
  least?: number | undefined;
}) {
  const locale = useLocale();
  const isInBrowser = useIsInBrowser();
  if (!isInBrowser) return <div style={{ height: HEIGHT }} />;
  const { times, lines, bucketSeconds } = props;
  const from = times[0] ?? 0;
  const to = (times.at(-1) ?? 0) + bucketSeconds * 1000;
  const offsetMs = -new Date(to).getTimezoneOffset() * 60_000;
  const data = times.map((at, index) => ({ at, index }));
  let highest = 0;
  for (const { values } of lines)
    for (const value of values) highest = Math.max(highest, value ?? 0);
  const yTicks = valueTicks(highest, props.measure, props.least);
  const tick = { fill: "var(--muted)", fontSize: 12 };
  return (
    <div role="img" aria-label={props.label} style={{ height: HEIGHT }}>
      <ResponsiveContainer
        width="100%"
        height="100%"
        initialDimension={{ width: 320, height: HEIGHT }}
      >
        <LineChart
          data={data}
          accessibilityLayer={false}
          margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            domain={[from, to]}
            ticks={timeTicks(from, to, { most: MOST_TICKS, offsetMs })}
            tickFormatter={(at: number) => formatTimeTick(at, to - from, locale)}
            tick={tick}
            tickLine={false}
            axisLine={{ stroke: "var(--line-strong)" }}
            minTickGap={16}
          />
          <YAxis
            width={64}
            ticks={yTicks}
            domain={[0, yTicks.at(-1) ?? 1]}
            tickFormatter={props.format}
            tick={tick}
            tickLine={false}
            axisLine={false}
          />
          {props.marks.map((mark) => (
            <ReferenceLine
              key={`${mark.at} ${mark.label}`}
              x={mark.at}
              stroke={mark.isCritical ? "var(--danger)" : "var(--warn)"}
              strokeDasharray="4 3"
              strokeWidth={1.5}
            />
          ))}
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: "var(--line-strong)" }}
            content={({ active, payload }) => {
              const point = payload?.[0]?.payload as { at: number; index: number } | undefined;
              if (!active || !point) return null;
              return (
                <LinesTooltip
                  title={formatMoment(point.at, locale)}
                  lines={lines}
                  index={point.index}
                  format={props.format}
                  marks={props.marks.filter(
                    ({ at }) => at >= point.at && at < point.at + bucketSeconds * 1000,
                  )}
                />
              );
            }}
          />
          {lines.map((line, index) => (
            <Line
              key={line.key}
              name={line.label}
              dataKey={(point: { index: number }) => line.values[point.index] ?? null}
              type="linear"
              {...strokeOf(index)}
              strokeWidth={1.75}
              // A value between two gaps would be no line at all.
              dot={isAlone(line.values) ? { r: 1.5, fill: strokeOf(index).stroke } : false}
              activeDot={{ r: 3 }}
              connectNulls={false}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Whether some value has no neighbour. */
function isAlone(values: readonly (number | null)[]): boolean {
  return values.some(
    (value, index) => value !== null && values[index - 1] == null && values[index + 1] == null,
  );
}
