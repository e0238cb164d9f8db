"use client";

import { useTranslations } from "next-intl";
import { LinesCard } from "#components/charts/lines-card.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { useChartParts } from "./use-chart-parts.ts";

/** Rate, errors and duration, and the bytes that go with them. */
export function RequestCharts({ data }: { data: MonitoringWire }) {
  const t = useTranslations("monitoring.chart");
  const { common, line, amount, seconds, bytesPerSecond } = useChartParts(data);
  return (
    <>
      <LinesCard
        {...common}
        {...amount}
        title={t("requests")}
        hint={t("perSecond")}
        lines={data.operations.map(({ operation, series }) => ({
          key: operation,
          label: operation === "other" ? t("other") : operation,
          values: series,
        }))}
      />
      <LinesCard
        {...common}
        {...amount}
        title={t("errors")}
        hint={t("perSecond")}
        lines={[line("server_errors"), line("client_errors")]}
      />
      <LinesCard
        {...common}
        {...seconds}
        title={t("durations")}
        hint={t("durationsHint")}
        lines={[line("duration_p50"), line("duration_p95"), line("duration_p99")]}
      />
      <LinesCard
        {...common}
        {...bytesPerSecond}
        title={t("traffic")}
        hint={t("trafficHint")}
        lines={[line("bytes_out"), line("bytes_in")]}
      />
    </>
  );
}
