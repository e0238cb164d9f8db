"use client";

import { useMutation } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { BlobLink } from "#components/storage/blob-link.tsx";
import { Button } from "#components/ui/button.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import { formatBytes } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { CollectionPlanWire } from "#lib/blobs/schema.ts";

/** The largest blobs show what it is about; the link of each leads to the reason. */
const SHOWN_MAX = 20;

/** The blobs that a collection would free now, without freeing them. */
export function DryRun() {
  const t = useTranslations("storage.collection");
  const locale = useLocale();
  const errorText = useErrorText();
  const plan = useMutation({
    mutationFn: () =>
      request<CollectionPlanWire>("/storage/collections", {
        method: "POST",
        body: { dry_run: true },
      }),
  });
  const { data } = plan;
  return (
    <div className="mt-4 flex flex-col gap-3">
      <Button
        size="sm"
        className="self-start"
        isLoading={plan.isPending}
        onClick={() => plan.mutate()}
      >
        {t("dryRun")}
      </Button>
      <div role="status">
        {plan.isError && <p className="text-danger">{errorText(plan.error)}</p>}
        {data &&
          (data.blobs === 0
            ? t("planNothing")
            : t("plan", { blobs: data.blobs, bytes: formatBytes(data.bytes, locale) }))}
      </div>
      {data && data.blobs > 0 && (
        <div className="rounded-md border border-line">
          <Table aria-label={t("planTable")}>
            <TableHead>
              <tr>
                <TableHeading>{t("digest")}</TableHeading>
                <TableHeading className="text-right">{t("size")}</TableHeading>
                <TableHeading className="text-right">{t("used")}</TableHeading>
              </tr>
            </TableHead>
            <TableBody>
              {data.items.slice(0, SHOWN_MAX).map((blob) => (
                <TableRow key={blob.digest}>
                  <TableCell>
                    <BlobLink digest={blob.digest} />
                  </TableCell>
                  <TableCell label={t("size")} className="sm:text-right">
                    <Bytes value={blob.stored_bytes} />
                  </TableCell>
                  <TableCell label={t("used")} className="text-muted sm:text-right">
                    <RelativeTime value={blob.claimed_at} />
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </div>
      )}
      {data && data.blobs > SHOWN_MAX && (
        <p className="text-muted">{t("planMore", { count: data.blobs - SHOWN_MAX })}</p>
      )}
    </div>
  );
}
