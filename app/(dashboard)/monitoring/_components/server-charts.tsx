"use client";

import { useTranslations } from "next-intl";
import { LinesCard } from "#components/charts/lines-card.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { useChartParts } from "./use-chart-parts.ts";

/** How the processes are: of one server, or of all together. */
export function ServerCharts({ data }: { data: MonitoringWire }) {
  const t = useTranslations("monitoring.chart");
  const { common, line, amount, seconds, bytes } = useChartParts(data);
  return (
    <>
      <LinesCard
        {...common}
        {...seconds}
        title={t("loop")}
        hint={t("loopHint")}
        least={0.02}
        lines={[line("loop_delay")]}
      />
      <LinesCard
        {...common}
        {...bytes}
        title={t("memory")}
        hint={t("memoryHint")}
        lines={[line("rss_bytes"), line("heap_bytes")]}
      />
      <LinesCard
        {...common}
        {...amount}
        title={t("cpu")}
        hint={t("cpuHint")}
        least={1}
        lines={[line("cpu")]}
      />
      <LinesCard
        {...common}
        {...amount}
        title={t("pool")}
        hint={t("poolHint")}
        least={4}
        lines={[line("pool_used"), line("pool_size"), line("pool_waiting")]}
      />
    </>
  );
}
