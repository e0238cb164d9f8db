import { ExternalLink } from "lucide-react";
import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import { Count, RelativeTime } from "#components/ui/format.tsx";
import type { ClusterState, ClusterWire } from "#lib/cluster/clusters-schema.ts";
import { HeldModels } from "./held-models.tsx";
import { CpuUse, MemoryUse } from "./use-of.tsx";

const TONES: Record<ClusterState, Tone> = {
  connected: "ok",
  scheduler_lost: "danger",
  agent_lost: "warn",
};

/** A scheduler with its sums, and the models on it. */
export function ClusterCard({ cluster, mayLoad }: { cluster: ClusterWire; mayLoad: boolean }) {
  const t = useTranslations("cluster");
  const { state, scheduler, agent, summary } = cluster;
  const isEmpty = summary.workers === 0;
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          <span className="[overflow-wrap:anywhere]">{cluster.address}</span>
          <Badge tone={TONES[state]}>{t(`state.${state}`)}</Badge>
        </span>
      }
      actions={
        scheduler.dashboard_url && (
          <a
            href={scheduler.dashboard_url}
            target="_blank"
            rel="noopener noreferrer"
            className="inline-flex min-h-target items-center gap-1 underline"
          >
            {t("dashboard")}
            <ExternalLink aria-hidden className="size-3.5" />
          </a>
        )
      }
      bodyClassName="p-0"
    >
      {state !== "connected" && (
        <p role="status" className="border-line border-b bg-warn-soft px-4 py-2 text-warn">
          {state === "agent_lost"
            ? t("agentLost", { host: agent.host })
            : t("schedulerLost", { host: agent.host })}
          {state === "scheduler_lost" && scheduler.error && (
            <span className="block text-xs [overflow-wrap:anywhere]">{scheduler.error}</span>
          )}
        </p>
      )}
      <div className="grid gap-x-8 gap-y-1.5 p-4 md:grid-cols-2">
        <FactList
          facts={[
            {
              label: t("workers"),
              value:
                summary.workers === 0
                  ? t("noneThere")
                  : t("workersValue", {
                      workers: summary.workers,
                      hosts: summary.hosts,
                      threads: summary.threads,
                    }),
            },
            summary.unavailable_workers > 0
              ? { label: t("unavailable"), value: <Count value={summary.unavailable_workers} /> }
              : null,
            isEmpty
              ? null
              : {
                  label: t("memory"),
                  value: (
                    <MemoryUse used={summary.memory_bytes} limit={summary.memory_limit_bytes} />
                  ),
                },
            isEmpty
              ? null
              : {
                  label: t("cpu"),
                  value: (
                    <>
                      <CpuUse percent={summary.cpu_percent} />{" "}
                      <span className="text-muted">{t("perWorker")}</span>
                    </>
                  ),
                },
          ]}
        />
        <FactList
          facts={[
            { label: "Dask", value: scheduler.version ?? t("unknown") },
            {
              label: t("agent"),
              value: t("agentValue", { host: agent.host, sdk: agent.sdk_version }),
            },
            { label: t("reported"), value: <RelativeTime value={cluster.reported_at} /> },
          ]}
        />
      </div>
      {!(isEmpty && state !== "connected") && <HeldModels cluster={cluster} mayLoad={mayLoad} />}
    </Card>
  );
}
