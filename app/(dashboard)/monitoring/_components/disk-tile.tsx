"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatAmount, formatBytes, formatShare } from "#components/ui/format-values.ts";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { Tile } from "./tile.tsx";

/** Below this share of free room, or within so many days, the tile warns. */
const LOW_SHARE = 0.1;
const SOON_DAYS = 7;
/** A forecast of more than a year says no more than that. */
const YEAR_DAYS = 365;

/** How full the volume of the models is, and when it will be full. */
export function DiskTile({ disk }: { disk: MonitoringWire["disk"] }) {
  const t = useTranslations("monitoring.tile");
  const locale = useLocale();
  if (disk === null || disk.total_bytes === 0)
    return (
      <Tile label={t("disk")} hint={t("diskUnknown")}>
        –
      </Tile>
    );
  const freeShare = disk.free_bytes / disk.total_bytes;
  const days = disk.full_in_days;
  const free = formatBytes(disk.free_bytes, locale);
  const hint =
    days === null
      ? t("diskHint", { free })
      : days > YEAR_DAYS
        ? t("diskLater", { free })
        : t("diskFull", { free, days: formatAmount(days, locale) });
  return (
    <Tile
      label={t("disk")}
      hint={hint}
      isWarning={freeShare < LOW_SHARE || (days !== null && days < SOON_DAYS)}
    >
      {formatShare(1 - freeShare, locale)}
    </Tile>
  );
}
