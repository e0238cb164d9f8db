"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";
import type { RunWire } from "#lib/blobs/schema.ts";

/** How far a run is. Screen readers hear each tenth once. */
export function RunProgress({ run }: { run: RunWire }) {
  const t = useTranslations("storage.run");
  const locale = useLocale();
  const title = t(`running.${run.kind}`);
  const percent = percentOf(run);
  const amount = t("amount", {
    blobs: formatInteger(run.blobs, locale),
    total: run.total_blobs === null ? "?" : formatInteger(run.total_blobs, locale),
    bytes: formatBytes(run.bytes, locale),
  });
  return (
    <div className="flex flex-col gap-1.5">
      <div
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent ?? undefined}
        className="h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div className="h-full bg-accent" style={{ width: `${percent ?? 100}%` }} />
      </div>
      <p className="tabular-nums">
        {title} {run.state === "queued" ? t("queued") : amount}
      </p>
      <p aria-live="polite" className="sr-only">
        {percent === null ? title : t("percent", { percent: Math.floor(percent / 10) * 10 })}
      </p>
    </div>
  );
}

/** By bytes where they are known: blobs differ in size by nine orders of magnitude. */
function percentOf(run: RunWire): number | null {
  const share = (part: number, whole: number | null) =>
    whole === null || whole === 0 ? null : Math.min(100, Math.floor((part / whole) * 100));
  return share(run.bytes, run.total_bytes) ?? share(run.blobs, run.total_blobs);
}
