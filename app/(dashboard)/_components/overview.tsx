"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { RangeSwitch } from "#components/charts/range-switch.tsx";
import { LiveSwitch } from "#components/live/live-switch.tsx";
import { useLiveChanges } from "#components/live/use-live-changes.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { STATS_RANGES, type StatsWire } from "#lib/metrics/schema.ts";
import { Charts } from "./charts.tsx";
import { FreshRegistry } from "./fresh-registry.tsx";
import { MostUsed } from "./most-used.tsx";
import { NewestVersions } from "./newest-versions.tsx";
import { Tiles } from "./tiles.tsx";
import { useStatsRange } from "./use-stats-range.ts";

const COUNTS_MS = 5_000;

/** The overview, kept current; `initial` is what the server knew when it rendered the page. */
export function Overview({ initial, origin }: { initial: StatsWire; origin: string }) {
  const t = useTranslations("overview");
  const errorText = useErrorText();
  const [range, setRange] = useStatsRange();
  const [isPaused, setIsPaused] = useState(false);
  const client = useQueryClient();
  const { data: stats = initial, error } = useQuery({
    queryKey: ["stats", range],
    queryFn: ({ signal }) => request<StatsWire>(`/stats?range=${range}`, { signal }),
    initialData: range === initial.range ? initial : undefined,
    // The old range stays on the screen until the new one is here; nothing jumps.
    placeholderData: (previous) => previous,
    staleTime: Number.POSITIVE_INFINITY,
    // Downloads are counted and not announced.
    refetchInterval: isPaused ? false : COUNTS_MS,
  });
  const live = useLiveChanges(
    () => void client.invalidateQueries({ queryKey: ["stats"] }),
    isPaused,
  );
  const isFresh = stats.models === 0 && stats.versions === 0;
  return (
    <>
      <PageHeader
        title={t("title")}
        actions={
          <>
            <LiveSwitch state={live} isPaused={isPaused} onPausedChange={setIsPaused} />
            {!isFresh && (
              <RangeSwitch
                label={t("range.label")}
                value={range}
                options={STATS_RANGES.map((value) => ({ value, label: t(`range.${value}`) }))}
                onChange={setRange}
              />
            )}
          </>
        }
      />
      {error && (
        <p role="status" className="mb-3 rounded-md bg-warn-soft px-3 py-2 text-warn">
          {t("stale", { reason: errorText(error) })}
        </p>
      )}
      {isFresh ? (
        <FreshRegistry origin={origin} inTrash={stats.in_trash} />
      ) : (
        <div className="grid gap-4">
          <Tiles stats={stats} />
          <Charts stats={stats} />
          <div className="grid gap-4 lg:grid-cols-2">
            <NewestVersions versions={stats.newest} />
            <MostUsed models={stats.most_used} />
          </div>
        </div>
      )}
    </>
  );
}
