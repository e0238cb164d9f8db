"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ChartLine, Mark } from "#components/charts/lines.ts";
import {
  formatAmount,
  formatBytes,
  formatSeconds,
  formatShare,
} from "#components/ui/format-values.ts";
import type { MonitoringWire, SeriesName } from "#lib/monitoring/schema.ts";
import { useAlertLabel } from "./use-alert-label.ts";

/** What all charts of the page have in common, and how each kind of value is written. */
export function useChartParts(data: MonitoringWire) {
  const t = useTranslations("monitoring");
  const locale = useLocale();
  const alertLabel = useAlertLabel();
  const marks: Mark[] = data.marks.map((mark) => ({
    at: Date.parse(mark.at),
    label: alertLabel(mark),
    isCritical: mark.severity === "critical",
  }));
  return {
    common: {
      times: data.times.map((time) => Date.parse(time)),
      bucketSeconds: data.bucket_seconds,
      marks,
      emptyText: t("chart.empty"),
    },
    line: (name: SeriesName): ChartLine => ({
      key: name,
      label: t(`line.${name}`),
      values: data.series[name],
    }),
    amount: { measure: "amount", format: (value: number) => formatAmount(value, locale) },
    bytes: { measure: "bytes", format: (value: number) => formatBytes(value, locale) },
    bytesPerSecond: {
      measure: "bytes",
      format: (value: number) => t("bytesPerSecond", { bytes: formatBytes(value, locale) }),
    },
    seconds: { measure: "seconds", format: (value: number) => formatSeconds(value, locale) },
    share: { measure: "share", format: (value: number) => formatShare(value, locale) },
  } as const;
}
