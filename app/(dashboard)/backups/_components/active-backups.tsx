import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";
import type { OperationWire } from "#lib/operations/schema.ts";

/** What waits or runs now; the page of operations says more. */
export function ActiveBackups({ active }: { active: readonly OperationWire[] }) {
  const t = useTranslations("operations");
  const locale = useLocale();
  const title = useTranslations("backups")("active");
  if (active.length === 0) return null;
  return (
    <Card title={title}>
      <ul className="flex flex-col gap-2">
        {active.map(({ id, kind, state, progress, error }) => (
          <li key={id} className="flex flex-wrap items-baseline gap-x-3">
            <Link href={`/operations?kind=${kind}`} prefetch={false} className="underline">
              {t(`kinds.${kind}`)}
            </Link>
            <span className="text-muted">{t(`states.${state}`)}</span>
            {kind === "backup" && typeof progress.total_blobs === "number" && (
              <span>
                {t("progress.backup", {
                  blobs: formatInteger(progress.blobs ?? 0, locale),
                  total: formatInteger(progress.total_blobs, locale),
                  bytes: formatBytes(progress.bytes ?? 0, locale),
                  added: progress.new_blobs ?? 0,
                })}
              </span>
            )}
            {error !== null && (
              <p className="w-full text-danger text-xs [overflow-wrap:anywhere]">{error}</p>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
