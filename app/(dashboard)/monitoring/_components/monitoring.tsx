"use client";

import { Activity } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useErrorText } from "#components/api/use-error-text.ts";
import { RangeSwitch } from "#components/charts/range-switch.tsx";
import { LiveSwitch } from "#components/live/live-switch.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { MONITORING_RANGES, type MonitoringWire } from "#lib/monitoring/schema.ts";
import { AlertMarks } from "./alert-marks.tsx";
import { MonitoringCharts } from "./monitoring-charts.tsx";
import { MonitoringTiles } from "./monitoring-tiles.tsx";
import { OperationsCard } from "./operations-card.tsx";
import { PastMoment } from "./past-moment.tsx";
import { ServerSelect } from "./server-select.tsx";
import { ServersCard } from "./servers-card.tsx";
import { useMonitoring } from "./use-monitoring.ts";

/** The monitoring page, kept current; `initial` is what the server knew when it rendered it. */
export function Monitoring(props: { initial: MonitoringWire; initialUntil: string | null }) {
  const t = useTranslations("monitoring");
  const errorText = useErrorText();
  const [isPaused, setIsPaused] = useState(false);
  const { asked, ask, data, error } = useMonitoring(props.initial, props.initialUntil, isPaused);
  const isNew = data.since === null;
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={
          <>
            {asked.until === null && (
              <LiveSwitch
                state={isPaused ? "paused" : error ? "reconnecting" : "live"}
                isPaused={isPaused}
                onPausedChange={setIsPaused}
              />
            )}
            <ServerSelect
              servers={data.servers}
              value={asked.server}
              onChange={(server) => ask({ server })}
            />
            <RangeSwitch
              label={t("range.label")}
              value={asked.range}
              options={MONITORING_RANGES.map((value) => ({ value, label: t(`range.${value}`) }))}
              onChange={(range) => ask({ range })}
            />
          </>
        }
      />
      {error && (
        <p role="status" className="mb-3 rounded-md bg-warn-soft px-3 py-2 text-warn">
          {t("stale", { reason: errorText(error) })}
        </p>
      )}
      {asked.until !== null && <PastMoment to={data.to} onNow={() => ask({ until: null })} />}
      {isNew ? (
        <Card>
          <EmptyState icon={Activity} title={t("emptyTitle")} description={t("emptyText")} />
        </Card>
      ) : (
        <div className="grid gap-4">
          <MonitoringTiles data={data} />
          <AlertMarks marks={data.marks} onOpen={(until) => ask({ until, range: "1h" })} />
          <MonitoringCharts data={data} />
          <OperationsCard operations={data.operations} />
          <ServersCard servers={data.servers} onOpen={(server) => ask({ server })} />
        </div>
      )}
    </>
  );
}
