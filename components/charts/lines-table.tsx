"use client";

import { useLocale, useTranslations } from "next-intl";
import { type ChartLine, formatMoment } from "./lines.ts";

/** The numbers behind a chart of lines, the newest first; what was not measured is said to be so. */
export function LinesTable(props: {
  title: string;
  times: readonly number[];
  lines: readonly ChartLine[];
  format: (value: number) => string;
}) {
  const t = useTranslations("monitoring.chart");
  const locale = useLocale();
  const rows = props.times
    .map((at, index) => ({ at, values: props.lines.map(({ values }) => values[index] ?? null) }))
    .reverse();
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label={props.title}
      className="h-[15.5rem] overflow-auto rounded-b-lg -outline-offset-2"
    >
      <table className="w-full border-collapse text-left tabular-nums">
        <thead className="sticky top-0 bg-surface text-muted text-xs shadow-[0_1px_0_var(--line)]">
          <tr>
            <th scope="col" className="h-8 px-4 font-medium">
              {t("time")}
            </th>
            {props.lines.map(({ key, label }) => (
              <th key={key} scope="col" className="whitespace-nowrap px-4 text-right font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, values }) => (
            <tr key={at} className="border-line border-b last:border-0">
              <th scope="row" className="whitespace-nowrap px-4 py-1.5 font-normal">
                {formatMoment(at, locale)}
              </th>
              {values.map((value, index) => (
                <td key={props.lines[index]?.key} className="whitespace-nowrap px-4 text-right">
                  {value === null ? (
                    <span className="text-muted">{t("gap")}</span>
                  ) : (
                    props.format(value)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
