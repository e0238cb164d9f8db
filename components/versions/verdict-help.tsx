"use client";

import { useTranslations } from "next-intl";
import { Dialog } from "#components/ui/dialog.tsx";
import { verdictSchema } from "#lib/wire/words.ts";
import { VerdictBadge } from "./verdict-badge.tsx";

/** Explains what the scan does and what each verdict means. */
export function VerdictHelp({ label, className }: { label: string; className: string }) {
  const t = useTranslations("version.verdict");
  const trigger = (
    <button type="button" className={className}>
      {label}
    </button>
  );
  return (
    <Dialog title={t("helpTitle")} trigger={trigger}>
      <p>{t("helpText")}</p>
      <p className="mt-2">{t("helpFiles")}</p>
      <dl className="mt-4 flex flex-col gap-3">
        {verdictSchema.options.map((verdict) => (
          <div key={verdict}>
            <dt>
              <VerdictBadge verdict={verdict} />
            </dt>
            <dd className="mt-1 text-muted">
              {t(`meaning.${verdict}`)} {t(`effect.${verdict}`)}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
