import { useTranslations } from "next-intl";
import { VerdictBadge } from "@/components/models/verdict-badge";
import { buttonStyle } from "@/components/ui/button-style.ts";
import { cn } from "@/components/ui/cn.ts";
import { VerdictHelp } from "@/components/versions/verdict-help";
import type { VerdictName } from "@/lib/models/schema.ts";

const TONES: Record<VerdictName, string> = {
  clean: "border-line bg-surface",
  suspicious: "border-warn/40 bg-warn-soft",
  malicious: "border-danger/40 bg-danger-soft",
  unscannable: "border-warn/40 bg-warn-soft",
  pending: "border-line bg-sunken",
};

/** The verdict in a sentence, what it means for downloads, and "What is that?". */
export function VerdictNotice({ verdict, id }: { verdict: VerdictName; id: string }) {
  const t = useTranslations("version.verdict");
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg border px-4 py-2.5",
        TONES[verdict],
      )}
    >
      <VerdictBadge verdict={verdict} />
      <p id={id} className="min-w-0 flex-1 basis-64">
        {t(`sentence.${verdict}`)}
      </p>
      <VerdictHelp label={t("help")} className={buttonStyle("ghost", "sm")} />
    </div>
  );
}
