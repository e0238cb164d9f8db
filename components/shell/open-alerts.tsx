"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useLiveChanges } from "#components/live/use-live-changes.ts";
import { cn } from "#components/ui/cn.ts";

/** A badge has no room for more. */
const SHOWN_MAX = 99;
const KEY = ["open-alerts"];

/** How many alerts are open, kept current; nothing where there are none. */
export function OpenAlerts({ className }: { className?: string }) {
  const t = useTranslations("nav");
  const { data: open = 0 } = useQuery({
    queryKey: KEY,
    queryFn: async () => (await request<{ total: number }>("/alerts?open=true&limit=1")).total,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (open === 0) return null;
  return (
    <span
      className={cn(
        "min-w-5 rounded-full bg-danger-soft px-1 text-center text-[11px] text-danger leading-5",
        className,
      )}
    >
      <span aria-hidden>{open > SHOWN_MAX ? `${SHOWN_MAX}+` : open}</span>
      <span className="sr-only">{t("openAlerts", { count: open })}</span>
    </span>
  );
}

/** Keeps the count current, however many places show it. */
export function FollowAlerts() {
  const client = useQueryClient();
  useLiveChanges(
    () => void client.invalidateQueries({ queryKey: KEY }),
    false,
    ({ action }) => action.startsWith("alert."),
  );
  return null;
}
