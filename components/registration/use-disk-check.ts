"use client";

import { useLocale, useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { formatBytes } from "#components/ui/format-values.ts";
import type { StatsWire } from "#lib/metrics/schema.ts";

/** Asks, before the first byte, whether so many bytes fit on the server's disk; resolves to the problem, or null. */
export function useDiskCheck(): (neededBytes: number) => Promise<string | null> {
  const t = useTranslations("register.files");
  const locale = useLocale();
  return async (needed) => {
    // Without an answer the server's own check decides, which is the one that counts.
    const stats = await request<StatsWire>("/stats").catch(() => null);
    const free = stats?.disk?.free_bytes;
    if (free === undefined || needed <= free) return null;
    return t("noSpace", { needed: formatBytes(needed, locale), free: formatBytes(free, locale) });
  };
}
