"use client";

import { useTranslations } from "next-intl";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";

/** An alert in words: its kind and what it is about. */
export function useAlertLabel() {
  const t = useTranslations("monitoring.alerts");
  const alerts = useTranslations("alerts");
  return ({ kind, subject }: Pick<MonitoringWire["marks"][number], "kind" | "subject">) =>
    t("label", { kind: alerts(`kinds.${kind}`), subject });
}
