"use client";

import { useLocale, useTranslations } from "next-intl";
import { lastOf } from "#components/charts/lines.ts";
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatSeconds,
  formatShare,
} from "#components/ui/format-values.ts";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";
import { DiskTile } from "./disk-tile.tsx";
import { Tile } from "./tile.tsx";

/** Of the requests; fewer failures are told, and do not colour the number. */
const ERRORS_SHARE = 0.01;

/** The state of the registry in eight numbers. */
export function MonitoringTiles({ data }: { data: MonitoringWire }) {
  const t = useTranslations("monitoring.tile");
  const locale = useLocale();
  const { series, totals, active_models: active, servers } = data;
  const requests = lastOf(series.requests);
  const oldest = lastOf(series.oldest_job) ?? 0;
  const lost = servers.filter(({ state }) => state === "lost").length;
  const seconds = (value: number | null) => (value === null ? "–" : formatSeconds(value, locale));
  return (
    <section aria-label={t("heading")}>
      <ul className="grid grid-cols-2 gap-3 md:grid-cols-4">
        <Tile
          label={t("active")}
          hint={t("activeHint", { count: formatCount(active.on_cluster, locale) })}
        >
          {formatCount(active.downloaded, locale)}
        </Tile>
        <Tile label={t("cache")} hint={t("cacheHint")}>
          {totals.cache_hit_rate === null
            ? t("unused")
            : formatShare(totals.cache_hit_rate, locale)}
        </Tile>
        <Tile
          label={t("load")}
          hint={
            totals.load_p95 === null
              ? t("loadNone")
              : t("loadHint", { p95: seconds(totals.load_p95) })
          }
        >
          {seconds(totals.load_p50)}
        </Tile>
        <DiskTile disk={data.disk} />
        <Tile
          label={t("requests")}
          hint={t("requestsHint", { errors: formatCount(totals.errors, locale) })}
          isWarning={totals.errors > totals.requests * ERRORS_SHARE}
        >
          {requests === null ? "–" : t("perSecond", { count: formatAmount(requests, locale) })}
        </Tile>
        <Tile
          label={t("transfers")}
          hint={t("transfersHint", {
            down: formatBytes(totals.download_bytes, locale),
            up: formatBytes(totals.upload_bytes, locale),
          })}
        >
          {formatCount(totals.downloads + totals.uploads, locale)}
        </Tile>
        <Tile
          label={t("jobs")}
          hint={oldest > 0 ? t("jobsHint", { age: formatSeconds(oldest, locale) }) : t("jobsNone")}
        >
          {formatCount(lastOf(series.jobs_waiting) ?? 0, locale)}
        </Tile>
        <Tile
          label={t("servers")}
          hint={lost > 0 ? t("serversLost", { count: lost }) : t("serversHint")}
          isWarning={lost > 0}
        >
          {servers.filter(({ state }) => state === "live").length}
        </Tile>
      </ul>
    </section>
  );
}
