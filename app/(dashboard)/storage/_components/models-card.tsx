import { ArrowDown } from "lucide-react";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { CardPager } from "#components/ui/card-pager.tsx";
import { cn } from "#components/ui/cn.ts";
import { Bytes, Count } from "#components/ui/format.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { StorageModelWire } from "#lib/blobs/schema.ts";
import { type ModelSort, storageHref } from "./storage-address.ts";

/** Which model takes how much. */
export function ModelsCard(props: {
  models: { items: readonly StorageModelWire[]; next_cursor: string | null; total: number };
  sort: ModelSort;
  isFirstPage: boolean;
}) {
  const t = useTranslations("storage.models");
  const locale = useLocale();
  const { models, sort } = props;
  const heading = (key: ModelSort, label: string, className?: string) => (
    <TableHeading
      className={className}
      aria-sort={sort === key ? (key === "name" ? "ascending" : "descending") : undefined}
    >
      <Link
        href={storageHref({ sort: key })}
        scroll={false}
        className="inline-flex min-h-target items-center gap-1 rounded hover:text-ink"
      >
        {label}
        {sort === key && (
          <ArrowDown aria-hidden className={cn("size-3", key === "name" && "rotate-180")} />
        )}
      </Link>
    </TableHeading>
  );
  return (
    <Card title={`${t("title")} (${formatInteger(models.total, locale)})`} bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableHead>
          <tr>
            {heading("name", t("name"))}
            <TableHeading className="text-right">{t("versions")}</TableHeading>
            {heading("-logical_bytes", t("logical"), "text-right")}
            {heading("-stored_bytes", t("stored"), "text-right")}
            <TableHeading className="text-right">{t("shared")}</TableHeading>
            {heading("-trash_bytes", t("trash"), "text-right")}
          </tr>
        </TableHead>
        <TableBody>
          {models.items.map((model) => (
            <ModelRow key={model.model} model={model} />
          ))}
        </TableBody>
      </Table>
      <CardPager
        firstHref={props.isFirstPage ? null : storageHref({ sort })}
        firstLabel={t("firstPage")}
        nextHref={
          models.next_cursor === null ? null : storageHref({ sort, cursor: models.next_cursor })
        }
      />
    </Card>
  );
}

function ModelRow({ model }: { model: StorageModelWire }) {
  const t = useTranslations("storage.models");
  const bytes = (label: string, value: number) => (
    <TableCell label={label} className="sm:text-right">
      <Bytes value={value} />
    </TableCell>
  );
  return (
    <TableRow>
      <TableCell className="w-full max-w-0 min-w-48 max-sm:max-w-none max-sm:min-w-0 max-sm:basis-full">
        <span className="flex min-w-0 items-center gap-2">
          {model.in_trash ? (
            <>
              <span className="truncate font-medium">{model.model}</span>
              <Badge>{t("inTrash")}</Badge>
            </>
          ) : (
            <Link
              href={`/models/${encodeURIComponent(model.model)}`}
              className="truncate font-medium hover:underline"
            >
              {model.model}
            </Link>
          )}
        </span>
      </TableCell>
      <TableCell label={t("versions")} className="sm:text-right">
        <Count value={model.versions} />
      </TableCell>
      {bytes(t("logical"), model.logical_bytes)}
      {bytes(t("stored"), model.stored_bytes)}
      {bytes(t("shared"), model.shared_bytes)}
      {bytes(t("trash"), model.trash_bytes)}
    </TableRow>
  );
}
