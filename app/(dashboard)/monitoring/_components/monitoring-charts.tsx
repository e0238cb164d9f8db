"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "#components/ui/cn.ts";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { ModelCharts } from "./model-charts.tsx";
import { RequestCharts } from "./request-charts.tsx";
import { ServerCharts } from "./server-charts.tsx";
import { WorkCharts } from "./work-charts.tsx";

/** All charts, in the order in which somebody looks who wants to know what is wrong. */
export function MonitoringCharts({ data }: { data: MonitoringWire }) {
  const t = useTranslations("monitoring.section");
  return (
    <>
      <Section title={t("models")} className="lg:grid-cols-2 xl:grid-cols-3">
        <ModelCharts data={data} />
      </Section>
      <Section title={t("requests")}>
        <RequestCharts data={data} />
      </Section>
      <Section title={t("work")}>
        <WorkCharts data={data} />
      </Section>
      <Section title={t("servers")}>
        <ServerCharts data={data} />
      </Section>
    </>
  );
}

function Section(props: { title: string; className?: string; children: ReactNode }) {
  return (
    <section aria-label={props.title} className="grid gap-2">
      <h2 className="mt-2 font-semibold text-base">{props.title}</h2>
      <div className={cn("grid grid-cols-1 gap-4 lg:grid-cols-2", props.className)}>
        {props.children}
      </div>
    </section>
  );
}
