"use client";

import { useLocale } from "next-intl";
import {
  Bar,
  BarChart,
  CartesianGrid,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatCount, formatInteger } from "#components/ui/format-values.ts";
import { type ChartPoint, formatBucket, formatTick } from "./time-buckets.ts";

const HEIGHT = 200;

/**
 * Counts per interval as bars. `label` says all of it in words; the time before the first record is
 * shaded and named, because it is not zero. Never animated: the numbers move by themselves often enough.
 */
export function BarTimeChart(props: {
  points: readonly ChartPoint[];
  bucketSeconds: number;
  label: string;
  unknownLabel: string;
}) {
  const locale = useLocale();
  const firstKnown = props.points.findIndex(({ value }) => value !== null);
  const lastUnknown = props.points[(firstKnown === -1 ? props.points.length : firstKnown) - 1];
  const tick = { fill: "var(--muted)", fontSize: 12 };
  return (
    <div role="img" aria-label={props.label} style={{ height: HEIGHT }}>
      <ResponsiveContainer
        width="100%"
        height="100%"
        initialDimension={{ width: 320, height: HEIGHT }}
      >
        <BarChart
          data={[...props.points]}
          accessibilityLayer={false}
          margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
          barCategoryGap="18%"
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            tickFormatter={(at: number) => formatTick(at, props.bucketSeconds, locale)}
            tick={tick}
            tickLine={false}
            axisLine={{ stroke: "var(--line-strong)" }}
            minTickGap={24}
          />
          <YAxis
            width={40}
            allowDecimals={false}
            domain={[0, (highest: number) => Math.max(4, highest)]}
            tickFormatter={(value: number) => formatCount(value, locale)}
            tick={tick}
            tickLine={false}
            axisLine={false}
          />
          {lastUnknown && (
            <ReferenceArea
              x1={props.points[0]?.at}
              x2={lastUnknown.at}
              fill="var(--sunken)"
              fillOpacity={1}
              label={{ value: props.unknownLabel, fill: "var(--muted)", fontSize: 12 }}
            />
          )}
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: "var(--accent-soft)", fillOpacity: 0.6 }}
            content={({ active, payload }) => {
              const point = payload?.[0]?.payload as ChartPoint | undefined;
              if (!active || !point || point.value === null) return null;
              return (
                <div className="rounded-md border border-line bg-surface px-2.5 py-1.5 text-xs shadow-sm">
                  <p className="text-muted">
                    {formatBucket(point.at, props.bucketSeconds, locale)}
                  </p>
                  <p className="font-semibold tabular-nums">{formatInteger(point.value, locale)}</p>
                </div>
              );
            }}
          />
          <Bar
            dataKey="value"
            fill="var(--accent)"
            radius={[2, 2, 0, 0]}
            isAnimationActive={false}
            maxBarSize={40}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
