"use client";

import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { useAlertLabel } from "./use-alert-label.ts";

const SHOWN_MAX = 5;
/** The charts go on for so long after the alert, so that it is not at their edge. */
const AFTER_MS = 15 * 60_000;

/** The alerts of the range: each is a mark in every chart, and leads to the charts of its hour. */
export function AlertMarks(props: {
  marks: MonitoringWire["marks"];
  onOpen: (until: string) => void;
}) {
  const t = useTranslations("monitoring.alerts");
  const severity = useTranslations("alerts.severities");
  const label = useAlertLabel();
  if (props.marks.length === 0) return null;
  const shown = props.marks.slice(0, SHOWN_MAX);
  return (
    <Card title={t("title")} bodyClassName="px-4 py-2">
      <ul className="divide-y divide-line">
        {shown.map((mark) => (
          <li
            key={`${mark.at} ${mark.kind} ${mark.subject}`}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5"
          >
            <Badge tone={mark.severity === "critical" ? "danger" : "warn"}>
              {severity(mark.severity)}
            </Badge>
            <span className="min-w-0 [overflow-wrap:anywhere]">{label(mark)}</span>
            <span className="text-muted">
              <RelativeTime value={mark.at} />
              {" · "}
              {mark.resolved_at === null ? t("open") : t("ended")}
            </span>
            <Button
              size="sm"
              variant="ghost"
              className="ml-auto"
              aria-label={`${label(mark)}: ${t("show")}`}
              onClick={() => props.onOpen(new Date(Date.parse(mark.at) + AFTER_MS).toISOString())}
            >
              {t("show")}
            </Button>
          </li>
        ))}
      </ul>
      {props.marks.length > shown.length && (
        <p className="py-1.5 text-muted">
          {t("more", { count: props.marks.length - shown.length })}
        </p>
      )}
    </Card>
  );
}
