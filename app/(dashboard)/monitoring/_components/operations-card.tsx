"use client";

import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Count } from "#components/ui/format.tsx";
import { formatSeconds } from "#components/ui/format-values.ts";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeading,
  TableRow,
} from "#components/ui/table.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";

/** Requests of the whole range by operation: how many, how they ended, how long they took. */
export function OperationsCard({ operations }: { operations: MonitoringWire["operations"] }) {
  const t = useTranslations("monitoring.operations");
  const chart = useTranslations("monitoring.chart");
  const locale = useLocale();
  if (operations.length === 0) return null;
  const seconds = (value: number | null) => (value === null ? "–" : formatSeconds(value, locale));
  return (
    <Card title={t("title")} bodyClassName="p-0">
      <Table aria-label={t("title")}>
        <TableHead>
          <tr>
            <TableHeading>{t("operation")}</TableHeading>
            <TableHeading className="text-right">{t("requests")}</TableHeading>
            <TableHeading className="text-right">{t("serverErrors")}</TableHeading>
            <TableHeading className="text-right">{t("clientErrors")}</TableHeading>
            <TableHeading className="text-right">{t("median")}</TableHeading>
            <TableHeading className="text-right">{t("p95")}</TableHeading>
          </tr>
        </TableHead>
        <TableBody>
          {operations.map((row) => (
            <TableRow key={row.operation}>
              <TableCell className="max-sm:w-full">
                {row.operation === "other" ? chart("other") : <code>{row.operation}</code>}
              </TableCell>
              <TableCell label={t("requests")} className="text-right">
                <Count value={row.requests} />
              </TableCell>
              <TableCell label={t("serverErrors")} className="text-right">
                <span className={row.server_errors > 0 ? "font-semibold text-danger" : undefined}>
                  <Count value={row.server_errors} />
                </span>
              </TableCell>
              <TableCell label={t("clientErrors")} className="text-right">
                <Count value={row.client_errors} />
              </TableCell>
              <TableCell label={t("median")} className="text-right">
                {seconds(row.p50)}
              </TableCell>
              <TableCell label={t("p95")} className="text-right">
                {seconds(row.p95)}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}
