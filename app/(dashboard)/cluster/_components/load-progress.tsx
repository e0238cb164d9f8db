import { useLocale, useTranslations } from "next-intl";
import { formatBytes } from "#components/ui/format-values.ts";
import type { LoadWire } from "#lib/cluster/schema.ts";

/** How many workers have it, and how many bytes have come; a bar while it runs. */
export function LoadProgress({ load }: { load: LoadWire }) {
  const t = useTranslations("cluster.loads");
  const locale = useLocale();
  const { total, ready, failed } = load.worker_counts;
  const percent =
    load.bytes_total > 0
      ? Math.min(100, Math.floor((load.bytes_done / load.bytes_total) * 100))
      : null;
  return (
    <span className="flex min-w-0 flex-col gap-1">
      <span className="tabular-nums">
        {total === 0
          ? load.state === "queued"
            ? t("waits")
            : t("noWorkers")
          : t(load.action === "load" ? "ready" : "removed", { ready, total, failed })}
        {load.bytes_total > 0 && (
          <span className="text-muted">
            {" · "}
            {t("bytes", {
              done: formatBytes(load.bytes_done, locale),
              total: formatBytes(load.bytes_total, locale),
            })}
          </span>
        )}
      </span>
      {load.state === "running" && percent !== null && (
        <span
          role="progressbar"
          aria-label={t("progressOf", { model: load.model, version: load.version })}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          className="h-1.5 w-full max-w-52 overflow-hidden rounded-full bg-sunken"
        >
          <span className="block h-full bg-accent" style={{ width: `${percent}%` }} />
        </span>
      )}
    </span>
  );
}
