import { useTranslations } from "next-intl";
import { useId } from "react";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { cn } from "#components/ui/cn.ts";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
import type { VersionWire } from "#lib/models/schema.ts";
import { VerdictBadge } from "./verdict-badge.tsx";
import { VERDICT_TONES } from "./verdict-tones.ts";

/** The worst come first; the version's page has all. */
const SHOWN_FINDINGS = 3;

/**
 * Part of a form that puts a version into use although it is not clean: the scan's findings, the consent
 * (`accept_risk`) and the reason (`comment`), both required.
 */
export function RiskAcceptance({ version }: { version: Pick<VersionWire, "version" | "scan"> }) {
  const t = useTranslations("version.acceptance");
  const common = useTranslations("common");
  const id = useId();
  const { verdict, findings } = version.scan;
  const more = findings.length - SHOWN_FINDINGS;
  return (
    <>
      <section
        aria-label={t("heading", { version: version.version })}
        className={cn("rounded-md border px-3 py-2.5", VERDICT_TONES[verdict])}
      >
        <p role="status" className="flex flex-wrap items-center gap-2 font-medium">
          <VerdictBadge verdict={verdict} />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            {t("heading", { version: version.version })}
          </span>
        </p>
        <p className="mt-1">{t("text")}</p>
        {findings.length > 0 && (
          <ul className="mt-2 flex list-disc flex-col gap-1 pl-5 [overflow-wrap:anywhere]">
            {findings.slice(0, SHOWN_FINDINGS).map((finding) => (
              <li key={`${finding.code} ${finding.file} ${finding.detail}`}>
                {finding.detail} <span className="font-mono text-xs">{finding.file}</span>
              </li>
            ))}
          </ul>
        )}
        {more > 0 && <p className="mt-1">{t("more", { count: more })}</p>}
      </section>
      <Field label={t("reason")} hint={t("reasonHint")}>
        {(control) => <Textarea {...control} name="comment" required maxLength={2000} />}
      </Field>
      <div className="flex items-start gap-2">
        <Checkbox id={id} name="accept_risk" required className="mt-0.5" />
        <label htmlFor={id}>{t("accept", { verdict: common(`verdict.${verdict}`) })}</label>
      </div>
    </>
  );
}
