"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatBytes, formatInteger } from "#components/ui/format-values.ts";

/** Bytes on disk beside the full size: compressed, and shared bytes counted once. */
export function StoredBytes({ stored, size }: { stored: number; size: number }) {
  const t = useTranslations("savedBytes");
  const locale = useLocale();
  const bytes = (value: number) => `${formatInteger(value, locale)} B`;
  const saved = size > 0 ? 1 - stored / size : 0;
  const percent = new Intl.NumberFormat(locale, { style: "percent" }).format(saved);
  const values = { stored: formatBytes(stored, locale), size: formatBytes(size, locale), percent };
  return (
    <span className="tabular-nums" title={t("exact", { stored: bytes(stored), size: bytes(size) })}>
      {saved >= 0.005 ? t("saved", values) : t("whole", values)}
    </span>
  );
}
