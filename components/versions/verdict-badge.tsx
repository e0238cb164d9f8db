import { Bug, CircleHelp, Clock, ShieldCheck, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import type { VerdictName } from "#lib/wire/words.ts";

const LOOK: Record<VerdictName, { tone: Tone; icon: typeof Bug }> = {
  clean: { tone: "ok", icon: ShieldCheck },
  suspicious: { tone: "warn", icon: TriangleAlert },
  malicious: { tone: "danger", icon: Bug },
  unscannable: { tone: "warn", icon: CircleHelp },
  pending: { tone: "neutral", icon: Clock },
};

export function VerdictBadge({ verdict }: { verdict: VerdictName }) {
  const t = useTranslations("common");
  const { tone, icon: Icon } = LOOK[verdict];
  return (
    <Badge tone={tone} title={t(`verdictHint.${verdict}`)}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {t(`verdict.${verdict}`)}
    </Badge>
  );
}
