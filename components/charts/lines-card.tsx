"use client";

import { ChartLine as ChartIcon, Table2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { LineTimeChart } from "./line-time-chart.tsx";
import { type ChartLine, isEmpty, lastOf, type Mark, strokeOf } from "./lines.ts";
import { LinesTable } from "./lines-table.tsx";
import type { Measure } from "./nice-ticks.ts";

/** Lines over time with their legend and newest values, or the table behind them. */
export function LinesCard(props: {
  title: string;
  /** What is shown and in which unit. */
  hint: string;
  /** Said in place of a chart where there is no value at all. */
  emptyText: string;
  times: readonly number[];
  bucketSeconds: number;
  lines: readonly ChartLine[];
  marks?: readonly Mark[];
  measure: Measure;
  format: (value: number) => string;
  least?: number;
}) {
  const { title, lines, format } = props;
  const t = useTranslations("monitoring.chart");
  const [isTable, setIsTable] = useState(false);
  const hasNothing = isEmpty(lines);
  const Icon = isTable ? ChartIcon : Table2;
  const newest = (line: ChartLine) => {
    const value = lastOf(line.values);
    return value === null ? "–" : format(value);
  };
  return (
    <Card
      title={title}
      actions={
        !hasNothing && (
          <Button
            variant="ghost"
            size="sm"
            aria-label={`${title}: ${t(isTable ? "showChart" : "showTable")}`}
            onClick={() => setIsTable(!isTable)}
          >
            <Icon aria-hidden className="size-4" />
            {t(isTable ? "showChart" : "showTable")}
          </Button>
        )
      }
      bodyClassName={isTable && !hasNothing ? "p-0" : "px-3 pt-2.5 pb-2"}
    >
      {hasNothing ? (
        <p className="px-1 py-3 text-muted">{props.emptyText}</p>
      ) : isTable ? (
        <LinesTable {...props} />
      ) : (
        <>
          <p className="px-1 text-muted text-xs">{props.hint}</p>
          <LineTimeChart
            {...props}
            marks={props.marks ?? []}
            least={props.least}
            label={t("summary", {
              chart: title,
              values: lines.map((line) => `${line.label} ${newest(line)}`).join(", "),
            })}
          />
          <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 px-1 text-xs">
            {lines.map((line, index) => (
              <li key={line.key} className="flex min-w-0 items-center gap-1.5">
                <svg aria-hidden="true" className="h-2 w-5 shrink-0">
                  <line x1="0" x2="20" y1="4" y2="4" strokeWidth="2" {...strokeOf(index)} />
                </svg>
                <span className="truncate text-muted">{line.label}</span>
                <span className="tabular-nums">{newest(line)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
