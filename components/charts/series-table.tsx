"use client";

import { useLocale, useTranslations } from "next-intl";
import { Bytes, Count } from "#components/ui/format.tsx";
import { type Bucket, formatBucket } from "./time-buckets.ts";

/** The numbers of a time series, the newest first; scrolls within the height of the chart. */
export function SeriesTable(props: {
  title: string;
  buckets: readonly (Bucket & { bytes?: number })[];
  bucketSeconds: number;
}) {
  const t = useTranslations("overview.chart");
  const locale = useLocale();
  const hasBytes = props.buckets.some(({ bytes }) => bytes !== undefined);
  const newestFirst = [...props.buckets].reverse();
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={props.title}
      className="h-[15.5rem] overflow-y-auto rounded-b-lg -outline-offset-2"
    >
      <table className="w-full border-collapse text-left tabular-nums">
        <thead className="sticky top-0 bg-surface text-muted text-xs shadow-[0_1px_0_var(--line)]">
          <tr>
            <th scope="col" className="h-8 px-4 font-medium">
              {t("time")}
            </th>
            <th scope="col" className="px-4 text-right font-medium">
              {t("count")}
            </th>
            {hasBytes && (
              <th scope="col" className="px-4 text-right font-medium">
                {t("bytes")}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map(({ at, value, bytes }, index) => (
            <tr key={at} className="border-line border-b last:border-0">
              <th scope="row" className="px-4 py-1.5 font-normal">
                {formatBucket(Date.parse(at), props.bucketSeconds, locale)}
                {index === 0 && <span className="text-muted"> ({t("inProgress")})</span>}
              </th>
              <td className="px-4 text-right">
                <Count value={value} />
              </td>
              {hasBytes && (
                <td className="px-4 text-right">
                  <Bytes value={bytes ?? 0} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
