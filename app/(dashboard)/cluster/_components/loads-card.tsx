import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { versionHref } from "#components/api/paths.ts";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { LoadWire } from "#lib/cluster/schema.ts";
import { CancelLoadButton } from "./cancel-load-button.tsx";
import { loadHref } from "./cluster-address.ts";
import { LoadError } from "./load-error.tsx";
import { LoadProgress } from "./load-progress.tsx";
import { LoadState } from "./load-state.tsx";

/** Loads with how far they are, or how they ended. */
export function LoadsCard(props: {
  title: string;
  loads: { items: readonly LoadWire[]; total: number };
  mayCancel: boolean;
  firstHref?: string | null;
  nextHref?: string | null;
  id?: string;
}) {
  const t = useTranslations("cluster.loads");
  const locale = useLocale();
  const { title, loads, mayCancel } = props;
  return (
    <div id={props.id} className="scroll-mt-4">
      <Card title={`${title} (${formatInteger(loads.total, locale)})`} bodyClassName="p-0">
        <Table aria-label={title}>
          <TableHead>
            <tr>
              <TableHeading>{t("model")}</TableHeading>
              <TableHeading>{t("state")}</TableHeading>
              <TableHeading>{t("progress")}</TableHeading>
              <TableHeading>{t("by")}</TableHeading>
              <TableHeading>{t("when")}</TableHeading>
              {mayCancel && (
                <TableHeading>
                  <span className="sr-only">{t("action")}</span>
                </TableHeading>
              )}
            </tr>
          </TableHead>
          <TableBody>
            {loads.items.map((load) => (
              <Row key={load.id} load={load} mayCancel={mayCancel} />
            ))}
          </TableBody>
        </Table>
        <CardPager
          firstHref={props.firstHref ?? null}
          firstLabel={t("firstPage")}
          nextHref={props.nextHref ?? null}
        />
      </Card>
    </div>
  );
}

function Row({ load, mayCancel }: { load: LoadWire; mayCancel: boolean }) {
  const t = useTranslations("cluster.loads");
  return (
    <TableRow>
      <TableCell className="min-w-44 max-sm:basis-full">
        <Link
          href={versionHref(load.model, load.version)}
          prefetch={false}
          className="inline-flex min-h-target items-center font-medium hover:underline [overflow-wrap:anywhere]"
        >
          {load.model} {load.version}
        </Link>
        <p className="text-muted text-xs [overflow-wrap:anywhere]">
          {t(`actions.${load.action}`)}
          {load.action === "load" && ` · ${t(`modes.${load.mode}`)}`}
          {load.scheduler_address && ` · ${load.scheduler_address}`}
        </p>
      </TableCell>
      <TableCell className="max-sm:order-first max-sm:basis-full">
        <LoadState load={load} />
      </TableCell>
      <TableCell className="min-w-56 max-sm:basis-full">
        <Link
          href={loadHref(load.id)}
          prefetch={false}
          aria-label={t("open", { model: load.model, version: load.version })}
          className="block hover:underline"
        >
          <LoadProgress load={load} />
        </Link>
        <LoadError error={load.error} isShort />
      </TableCell>
      <TableCell label={t("by")} className="max-w-40 truncate" title={load.created_by}>
        {load.created_by}
      </TableCell>
      <TableCell label={t("when")} className="text-muted">
        <RelativeTime value={load.finished_at ?? load.created_at} />
      </TableCell>
      {mayCancel && (
        <TableCell className="whitespace-nowrap text-right max-sm:ml-auto">
          <CancelLoadButton load={load} />
        </TableCell>
      )}
    </TableRow>
  );
}
