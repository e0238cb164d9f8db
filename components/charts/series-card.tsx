"use client";

import { ChartColumn, Table2 } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { formatInteger } from "#components/ui/format-values.ts";
import { BarTimeChart } from "./bar-time-chart.tsx";
import { SeriesTable } from "./series-table.tsx";
import { type Bucket, fillRange } from "./time-buckets.ts";

/** A time series as a chart, or as the table behind it. */
export function SeriesCard(props: {
  title: string;
  /** The range in words ("7 days"). */
  range: string;
  buckets: readonly (Bucket & { bytes?: number })[];
  bucketCount: number;
  bucketSeconds: number;
}) {
  const { title, range, buckets, bucketCount, bucketSeconds } = props;
  const t = useTranslations("overview.chart");
  const locale = useLocale();
  const [isTable, setIsTable] = useState(false);
  const total = formatInteger(
    buckets.reduce((sum, { value }) => sum + value, 0),
    locale,
  );
  const peak = formatInteger(Math.max(0, ...buckets.map(({ value }) => value)), locale);
  const hours = bucketSeconds / 3_600;
  const Icon = isTable ? ChartColumn : Table2;
  return (
    <Card
      title={title}
      actions={
        <Button
          variant="ghost"
          size="sm"
          aria-label={`${title}: ${t(isTable ? "showChart" : "showTable")}`}
          onClick={() => setIsTable(!isTable)}
        >
          <Icon aria-hidden className="size-4" />
          {t(isTable ? "showChart" : "showTable")}
        </Button>
      }
      bodyClassName={isTable ? "p-0" : "px-3 pt-3 pb-2"}
    >
      {isTable ? (
        <SeriesTable title={title} buckets={buckets} bucketSeconds={bucketSeconds} />
      ) : (
        <>
          <p className="mb-2 px-1 text-muted">
            {t("total", { count: total, range })}
            {" · "}
            {hours < 24 ? t("intervalHours", { count: hours }) : t("intervalDays")}
          </p>
          <BarTimeChart
            points={fillRange(buckets, { bucketCount, bucketSeconds, now: Date.now() })}
            bucketSeconds={bucketSeconds}
            label={t("summary", { chart: title, range, total, peak })}
            unknownLabel={t("unknown")}
          />
        </>
      )}
    </Card>
  );
}
