import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import { Bytes, Digest, RelativeTime } from "#components/ui/format.tsx";
import type { LoadDetailWire } from "#lib/cluster/schema.ts";
import { LoadError } from "../../../_components/load-error.tsx";
import { LoadProgress } from "../../../_components/load-progress.tsx";
import { LoadState } from "../../../_components/load-state.tsx";

export function LoadFacts({ load }: { load: LoadDetailWire }) {
  const t = useTranslations("cluster.load");
  const loads = useTranslations("cluster.loads");
  const common = useTranslations("common");
  const { agent } = load;
  return (
    <Card>
      <div className="grid gap-x-8 gap-y-1.5 md:grid-cols-2">
        <FactList
          facts={[
            { label: loads("state"), value: <LoadState load={load} /> },
            {
              label: loads("progress"),
              value: (
                <>
                  <LoadProgress load={load} />
                  <LoadError error={load.error} />
                </>
              ),
            },
            {
              label: t("scheduler"),
              value: load.scheduler_address ?? t("anyScheduler"),
            },
            {
              label: t("workers"),
              value: load.workers === null ? t("allWorkers") : load.workers.join(", "),
            },
            load.action === "load"
              ? { label: t("mode"), value: loads(`modes.${load.mode}`) }
              : null,
          ]}
        />
        <FactList
          facts={[
            { label: t("by"), value: load.created_by },
            { label: t("created"), value: <RelativeTime value={load.created_at} /> },
            load.started_at
              ? { label: t("started"), value: <RelativeTime value={load.started_at} /> }
              : null,
            load.finished_at
              ? { label: t("finished"), value: <RelativeTime value={load.finished_at} /> }
              : null,
            agent ? { label: t("agent"), value: `${agent.host} (${agent.pid})` } : null,
            { label: t("size"), value: <Bytes value={load.size_bytes} /> },
            {
              label: t("digest"),
              value: <Digest value={load.digest} copyLabel={common("copyDigest")} />,
            },
          ]}
        />
      </div>
    </Card>
  );
}
