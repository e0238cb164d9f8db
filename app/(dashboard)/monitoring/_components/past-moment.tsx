"use client";

import { useLocale, useTranslations } from "next-intl";
import { formatMoment } from "#components/charts/lines.ts";
import { Button } from "#components/ui/button.tsx";

/** Says that the charts end at a moment that is past, and leads back to now. */
export function PastMoment(props: { to: string; onNow: () => void }) {
  const t = useTranslations("monitoring");
  const locale = useLocale();
  return (
    <div className="mb-3 flex flex-wrap items-center justify-between gap-2 rounded-md bg-accent-soft px-3 py-2">
      <p suppressHydrationWarning>
        {t("past", { time: formatMoment(Date.parse(props.to), locale) })}
      </p>
      <Button size="sm" onClick={props.onNow}>
        {t("backToNow")}
      </Button>
    </div>
  );
}
