import { useTranslations } from "next-intl";
import { buttonStyle } from "#components/ui/button-style.ts";
import { cn } from "#components/ui/cn.ts";
import type { VersionFacts } from "#lib/models/schema.ts";
import { archiveParts } from "./archive-parts.ts";
import { VerdictBadge } from "./verdict-badge.tsx";
import { VerdictHelp } from "./verdict-help.tsx";
import { VERDICT_TONES } from "./verdict-tones.ts";

/** The verdict in a sentence, its effect on downloads, and a help dialog. */
export function VerdictNotice({ version }: { version: VersionFacts }) {
  const t = useTranslations("version.verdict");
  const { verdict } = version.scan;
  const { clean, suspicious, refused } = archiveParts(version);
  const count = suspicious + refused;
  const isMixed = clean > 0 && count > 0;
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg border px-4 py-2.5",
        VERDICT_TONES[verdict],
      )}
    >
      <VerdictBadge verdict={verdict} />
      <p className="min-w-0 flex-1 basis-64">
        {t(`meaning.${verdict}`)}{" "}
        {isMixed
          ? t(verdict === "clean" ? "withheldBeside" : "withheldSome", { count, served: clean })
          : t(`effect.${verdict}`)}
        {isMixed && suspicious > 0 && ` ${t("withRisk", { count: suspicious })}`}
      </p>
      <VerdictHelp label={t("help")} className={buttonStyle("ghost", "sm")} />
    </div>
  );
}
