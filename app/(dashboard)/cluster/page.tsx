import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { requestOrigin } from "#app/(dashboard)/_components/request-origin.ts";
import { pageContext } from "#app/page-context.ts";
import { LoadDialog } from "#components/cluster/load-dialog.tsx";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { listClusters } from "#lib/cluster/list-clusters.ts";
import { listLoads } from "#lib/cluster/list-loads.ts";
import { listWorkers } from "#lib/cluster/list-workers.ts";
import { isRegistryError } from "#lib/errors.ts";
import {
  type ClusterAddress,
  type ClusterParams,
  clusterHref,
  parseClusterAddress,
} from "./_components/cluster-address.ts";
import { ClusterCard } from "./_components/cluster-card.tsx";
import { LoadsCard } from "./_components/loads-card.tsx";
import { NoCluster } from "./_components/no-cluster.tsx";
import { WorkersCard } from "./_components/workers-card.tsx";

export const dynamic = "force-dynamic";

const WORKERS_PER_PAGE = 25;
/** More at a time are waited for by nobody who looks at a page; the list of all is behind it. */
const ACTIVE_MAX = 100;
const HISTORY_PER_PAGE = 10;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("cluster");
  return { title: t("title") };
}

/** Dask clusters as their agents report them, and the loads onto them. */
export default async function ClusterPage(props: { searchParams: Promise<ClusterParams> }) {
  const address = parseClusterAddress(await props.searchParams);
  const [t, page] = await Promise.all([getTranslations("cluster"), readClusters(address)]);
  const { clusters, workers, active, history, mayLoad, accountsOn } = page;
  const { loads: _, ...withoutLoads } = address;
  return (
    <>
      <LiveRefresh isFrequent />
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={mayLoad && <LoadDialog clusters={clusters.map((cluster) => cluster.address)} />}
      />
      <div className="flex flex-col gap-4">
        {clusters.length === 0 ? (
          <NoCluster origin={requestOrigin(await headers())} accountsOn={accountsOn} />
        ) : (
          clusters.map((cluster) => (
            <ClusterCard key={cluster.address} cluster={cluster} mayLoad={mayLoad} />
          ))
        )}
        {active.items.length > 0 && (
          <LoadsCard title={t("active")} loads={active} mayCancel={mayLoad} />
        )}
        {(history.total > 0 || address.loads) && (
          <LoadsCard
            title={t("history")}
            loads={history}
            mayCancel={false}
            firstHref={address.loads ? clusterHref(withoutLoads, "#history") : null}
            nextHref={
              history.next_cursor &&
              clusterHref({ ...address, loads: history.next_cursor }, "#history")
            }
            id="history"
          />
        )}
        {clusters.length > 0 && (
          <WorkersCard
            workers={workers}
            address={address}
            clusters={clusters.map(({ address: name, scheduler }) => ({
              address: name,
              version: scheduler.version,
            }))}
          />
        )}
      </div>
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readClusters(address: ClusterAddress) {
  const ctx = await pageContext();
  const { cluster, query, model, version, cursor, loads } = address;
  try {
    const [{ items: clusters }, workers, active, history] = await Promise.all([
      listClusters(ctx),
      listWorkers(ctx, {
        ...{ scheduler_address: cluster, query, model, version, cursor },
        limit: WORKERS_PER_PAGE,
      }),
      listLoads(ctx, { states: ["queued", "running"], limit: ACTIVE_MAX }),
      listLoads(ctx, {
        states: ["succeeded", "failed", "cancelled"],
        limit: HISTORY_PER_PAGE,
        cursor: loads,
      }),
    ]);
    return {
      ...{ clusters, workers, active, history },
      mayLoad: may(ctx, "load.write"),
      accountsOn: ctx.config.api.authRequired,
    };
  } catch (error) {
    if (!isRegistryError(error) || error.code !== "invalid_cursor") throw error;
    const { cursor: _cursor, loads: _loads, ...filters } = address;
    return redirect(clusterHref(filters));
  }
}
