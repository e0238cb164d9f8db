import Link from "next/link";
import { useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { Bytes, Count } from "#components/ui/format.tsx";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { ClusterWire } from "#lib/cluster/clusters-schema.ts";
import { clusterHref } from "./cluster-address.ts";
import { UnloadButton } from "./unload-button.tsx";

/** A cluster keeps a few large models; whoever has more finds the rest by the filter of the workers. */
const SHOWN_MAX = 50;

/** Which versions are ready on the workers of a cluster. */
export function HeldModels({ cluster, mayLoad }: { cluster: ClusterWire; mayLoad: boolean }) {
  const t = useTranslations("cluster.models");
  const { address, models } = cluster;
  if (models.length === 0)
    return <p className="border-line border-t px-4 py-3 text-muted">{t("none")}</p>;
  return (
    <div className="border-line border-t">
      <Table aria-label={t("label", { address })}>
        <TableHead>
          <tr>
            <TableHeading>{t("model")}</TableHeading>
            <TableHeading>{t("workers")}</TableHeading>
            <TableHeading>{t("bytes")}</TableHeading>
            {mayLoad && (
              <TableHeading>
                <span className="sr-only">{t("action")}</span>
              </TableHeading>
            )}
          </tr>
        </TableHead>
        <TableBody>
          {models.slice(0, SHOWN_MAX).map((held) => (
            <TableRow key={`${held.model} ${held.version}`}>
              <TableCell className="max-sm:basis-full">
                <Link
                  href={versionHref(held.model, held.version)}
                  prefetch={false}
                  className="inline-flex min-h-target items-center font-medium hover:underline [overflow-wrap:anywhere]"
                >
                  {held.model} {held.version}
                </Link>
              </TableCell>
              <TableCell label={t("workers")}>
                <Link
                  href={clusterHref(
                    { cluster: address, model: held.model, version: held.version },
                    "#workers",
                  )}
                  className="inline-flex min-h-target items-center underline"
                >
                  {t("workersValue", { workers: held.workers, total: cluster.summary.workers })}
                </Link>
              </TableCell>
              <TableCell label={t("bytes")}>
                <Bytes value={held.bytes} />
              </TableCell>
              {mayLoad && (
                <TableCell className="text-right max-sm:ml-auto">
                  <UnloadButton
                    model={held.model}
                    version={held.version}
                    scheduler={address}
                    workers={held.workers}
                  />
                </TableCell>
              )}
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {models.length > SHOWN_MAX && (
        <p className="border-line border-t px-4 py-2 text-muted">
          {t("more")} <Count value={models.length - SHOWN_MAX} />
        </p>
      )}
    </div>
  );
}
