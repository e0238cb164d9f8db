"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "#components/ui/cn.ts";
import { Bytes, Count } from "#components/ui/format.tsx";
import { formatBytes, formatCount, formatShare } from "#components/ui/format-values.ts";
import type { StatsWire } from "#lib/metrics/schema.ts";

/** Below this share of the volume the tile warns: large models need room to be written at all. */
const DISK_LOW = 0.1;

/** The numbers of the registry; each opens the list behind it. */
export function Tiles({ stats }: { stats: StatsWire }) {
  const t = useTranslations("overview.tile");
  const heading = useTranslations("overview")("totals");
  const locale = useLocale();
  const count = (value: number) => formatCount(value, locale);
  const { cache, disk } = stats;
  const diskShare = disk && disk.total_bytes > 0 ? disk.free_bytes / disk.total_bytes : null;
  return (
    <section aria-label={heading}>
      <ul className={cn("grid grid-cols-2 gap-3", cache ? "lg:grid-cols-5" : "md:grid-cols-3")}>
        <Tile
          href="/models"
          label={t("models")}
          hint={t("modelsHint", { versions: count(stats.versions) })}
        >
          <Count value={stats.models} />
        </Tile>
        <Tile
          href="/models?stage=production"
          label={t("production")}
          hint={
            stats.production_not_clean > 0
              ? t("productionNotClean", { count: count(stats.production_not_clean) })
              : t("productionHint")
          }
          isWarning={stats.production_not_clean > 0}
        >
          <Count value={stats.in_production} />
        </Tile>
        <Tile
          href="/findings"
          label={t("notClean")}
          hint={t("notCleanHint")}
          isWarning={stats.versions_not_clean > 0}
        >
          <Count value={stats.versions_not_clean} />
        </Tile>
        <Tile href="/trash" label={t("trash")} hint={t("trashHint")}>
          <Count value={stats.in_trash} />
        </Tile>
        <Tile href="/cluster" label={t("active")} hint={t("activeHint")}>
          <Count value={stats.active_models} />
        </Tile>
        <Tile
          href="/storage#models"
          label={t("versions")}
          hint={t("versionsHint", { blobs: count(stats.blobs) })}
        >
          <Count value={stats.versions} />
        </Tile>
        <Tile href="/models?sort=-downloads" label={t("downloads")} hint={t("downloadsHint")}>
          <Count value={stats.downloads} />
        </Tile>
        <Tile
          href="/storage"
          label={t("stored")}
          hint={t("storedHint", { logical: formatBytes(stats.logical_bytes, locale) })}
        >
          <Bytes value={stats.stored_bytes} />
        </Tile>
        <Tile
          href="/storage"
          label={t("disk")}
          hint={
            disk && diskShare !== null
              ? t("diskHint", {
                  percent: formatShare(diskShare, locale),
                  total: formatBytes(disk.total_bytes, locale),
                })
              : ""
          }
          isWarning={diskShare !== null && diskShare < DISK_LOW}
        >
          {disk ? <Bytes value={disk.free_bytes} /> : t("diskUnknown")}
        </Tile>
        {cache && (
          <Tile
            href="/storage#cache"
            label={t("cache")}
            hint={t("cacheHint", {
              bytes: formatBytes(cache.bytes, locale),
              limit: formatBytes(cache.limit_bytes, locale),
            })}
          >
            {cache.hit_rate === null ? t("cacheUnused") : formatShare(cache.hit_rate, locale)}
          </Tile>
        )}
      </ul>
    </section>
  );
}

function Tile(props: {
  href: string;
  label: string;
  hint: string;
  isWarning?: boolean;
  children: ReactNode;
}) {
  return (
    <li className="min-w-0">
      <Link
        href={props.href}
        className="flex h-full flex-col rounded-lg border border-line bg-surface px-4 py-3 hover:border-line-strong"
      >
        <span className="text-muted">{props.label}</span>
        <span
          className={cn(
            "font-semibold text-2xl tabular-nums tracking-tight",
            props.isWarning && "text-warn",
          )}
        >
          {props.children}
        </span>
        <span className="text-muted text-xs">{props.hint}</span>
      </Link>
    </li>
  );
}
