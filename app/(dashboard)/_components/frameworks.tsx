"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Bytes, Count } from "#components/ui/format.tsx";
import type { StatsWire } from "#lib/metrics/schema.ts";
import { frameworkSchema } from "#lib/wire/words.ts";

/** Models by framework: a table whose bars are its chart, so that both show the same. */
export function Frameworks({ rows }: { rows: StatsWire["by_framework"] }) {
  const t = useTranslations("overview.frameworks");
  const common = useTranslations("common");
  const most = Math.max(1, ...rows.map(({ models }) => models));
  const nameOf = (framework: string) => {
    const known = frameworkSchema.safeParse(framework);
    return known.success ? common(`framework.${known.data}`) : framework;
  };
  return (
    <Card title={t("title")} className="lg:col-span-2 xl:col-span-1" bodyClassName="px-2 pt-2 pb-2">
      {rows.length === 0 ? (
        <p className="px-2 py-8 text-center text-muted">{t("empty")}</p>
      ) : (
        <table className="w-full border-collapse text-left tabular-nums">
          <thead className="text-muted text-xs">
            <tr>
              <th scope="col" className="px-2 pb-1 font-medium">
                {t("framework")}
              </th>
              <th scope="col" className="w-2/5 px-2 pb-1 font-medium">
                <span className="sr-only">{t("share")}</span>
              </th>
              <th scope="col" className="px-2 pb-1 text-right font-medium">
                {t("models")}
              </th>
              <th scope="col" className="px-2 pb-1 text-right font-medium" title={t("sizeHint")}>
                {t("size")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ framework, models, size_bytes }) => (
              <tr key={framework}>
                <th scope="row" className="p-0 font-normal">
                  <Link
                    href={`/models?framework=${encodeURIComponent(framework)}`}
                    className="block rounded px-2 py-1 whitespace-nowrap hover:bg-sunken hover:text-accent"
                  >
                    {nameOf(framework)}
                  </Link>
                </th>
                <td aria-hidden className="px-2">
                  <div
                    className="h-3 min-w-0.5 rounded-sm bg-accent"
                    style={{ width: `${(models / most) * 100}%` }}
                  />
                </td>
                <td className="px-2 text-right">
                  <Count value={models} />
                </td>
                <td className="px-2 text-right text-muted">
                  <Bytes value={size_bytes} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
