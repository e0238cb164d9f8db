"use client";

import { useTranslations } from "next-intl";
import { LinesCard } from "#components/charts/lines-card.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { useChartParts } from "./use-chart-parts.ts";

/** What is in progress, what waits, and the room that there is for it. */
export function WorkCharts({ data }: { data: MonitoringWire }) {
  const t = useTranslations("monitoring.chart");
  const { common, line, amount, seconds, bytes } = useChartParts(data);
  return (
    <>
      <LinesCard
        {...common}
        {...amount}
        title={t("progress")}
        hint={t("progressHint")}
        least={4}
        lines={[
          line("active_requests"),
          line("active_uploads"),
          line("open_uploads"),
          line("jobs_running"),
        ]}
      />
      <LinesCard
        {...common}
        {...amount}
        title={t("queue")}
        hint={t("queueHint")}
        least={4}
        lines={[line("jobs_waiting"), line("jobs_failed")]}
      />
      <LinesCard
        {...common}
        {...seconds}
        title={t("age")}
        hint={t("ageHint")}
        least={1}
        lines={[line("oldest_job")]}
      />
      <LinesCard
        {...common}
        {...bytes}
        title={t("disk")}
        hint={t("diskHint")}
        emptyText={t("diskEmpty")}
        lines={[line("disk_used"), line("stored_bytes"), line("disk_bytes")]}
      />
    </>
  );
}
