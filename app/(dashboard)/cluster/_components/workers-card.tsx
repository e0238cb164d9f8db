import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import { Table, TableBody, TableTitles } from "#components/ui/table.tsx";
import type { ListedWorkerWire } from "#lib/cluster/clusters-schema.ts";
import { type ClusterAddress, clusterHref } from "./cluster-address.ts";
import { WorkerFilters } from "./worker-filters.tsx";
import { WorkerRow } from "./worker-row.tsx";

/** The workers of all clusters, or those that the address asks for, page by page. */
export function WorkersCard(props: {
  workers: { items: readonly ListedWorkerWire[]; total: number; next_cursor: string | null };
  address: ClusterAddress;
  clusters: readonly { address: string; version: string | null }[];
}) {
  const t = useTranslations("cluster");
  const locale = useLocale();
  const { workers, address, clusters } = props;
  const { cursor, ...filters } = address;
  const isFiltered = Boolean(address.cluster || address.query || address.model);
  const versionOf = new Map(clusters.map((cluster) => [cluster.address, cluster.version]));
  return (
    <div id="workers" className="scroll-mt-4">
      <Card title={`${t("workers")} (${formatInteger(workers.total, locale)})`} bodyClassName="p-0">
        <WorkerFilters address={filters} clusters={clusters.map((cluster) => cluster.address)} />
        {workers.items.length === 0 ? (
          <p className="px-4 pb-4 text-muted">{t(isFiltered ? "noWorker" : "noneThere")}</p>
        ) : (
          <Table aria-label={t("workers")}>
            <TableTitles
              titles={[t("worker"), t("status"), t("memory"), t("cpu"), t("versions"), t("held")]}
            />
            <TableBody>
              {workers.items.map((worker) => (
                <WorkerRow
                  key={`${worker.scheduler_address} ${worker.address}`}
                  worker={worker}
                  schedulerVersion={versionOf.get(worker.scheduler_address) ?? null}
                  isOfSeveral={clusters.length > 1}
                />
              ))}
            </TableBody>
          </Table>
        )}
        <CardPager
          firstHref={cursor === undefined ? null : clusterHref(filters, "#workers")}
          firstLabel={t("firstPage")}
          nextHref={
            workers.next_cursor &&
            clusterHref({ ...filters, cursor: workers.next_cursor }, "#workers")
          }
        />
      </Card>
    </div>
  );
}
