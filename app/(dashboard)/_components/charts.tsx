"use client";

import { useTranslations } from "next-intl";
import { SeriesCard } from "#components/charts/series-card.tsx";
import type { STATS_RANGES, StatsWire } from "#lib/metrics/schema.ts";
import { Frameworks } from "./frameworks.tsx";

const RANGE_SECONDS: Record<(typeof STATS_RANGES)[number], number> = {
  "24h": 86_400,
  "7d": 7 * 86_400,
  "30d": 30 * 86_400,
  "90d": 90 * 86_400,
};

export function Charts({ stats }: { stats: StatsWire }) {
  const t = useTranslations("overview");
  const common = {
    // The range that is drawn, which lags behind the chosen one while its data are on their way.
    range: t(`range.${stats.range}`),
    bucketSeconds: stats.bucket_seconds,
    bucketCount: RANGE_SECONDS[stats.range] / stats.bucket_seconds,
  };
  return (
    <div className="grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
      <SeriesCard
        {...common}
        title={t("chart.registrations")}
        buckets={stats.series.map(({ at, registrations }) => ({ at, value: registrations }))}
      />
      <SeriesCard
        {...common}
        title={t("chart.downloads")}
        buckets={stats.series.map(({ at, downloads, downloaded_bytes }) => ({
          at,
          value: downloads,
          bytes: downloaded_bytes,
        }))}
      />
      <Frameworks rows={stats.by_framework} />
    </div>
  );
}
