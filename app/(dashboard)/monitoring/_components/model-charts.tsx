"use client";

import { useTranslations } from "next-intl";
import { LinesCard } from "#components/charts/lines-card.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { useChartParts } from "./use-chart-parts.ts";

/** How models are used: how long they take to come, how many come and go, and from where. */
export function ModelCharts({ data }: { data: MonitoringWire }) {
  const t = useTranslations("monitoring.chart");
  const common = useTranslations("common");
  const { common: shared, line, amount, seconds, share } = useChartParts(data);
  return (
    <>
      <LinesCard
        {...shared}
        {...seconds}
        title={t("load")}
        hint={t("loadHint")}
        emptyText={t("loadEmpty")}
        lines={data.loads.map(({ framework, series }) => ({
          key: framework,
          label: common(`framework.${framework}`),
          values: series,
        }))}
      />
      <LinesCard
        {...shared}
        {...amount}
        title={t("transfers")}
        hint={t("perMinute")}
        lines={[line("downloads"), line("uploads")]}
      />
      <LinesCard
        {...shared}
        {...share}
        title={t("cache")}
        hint={t("cacheHint")}
        emptyText={t("cacheEmpty")}
        least={1}
        lines={[line("cache_hit_rate")]}
      />
    </>
  );
}
