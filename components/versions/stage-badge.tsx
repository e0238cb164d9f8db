import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import type { Stage } from "#lib/wire/words.ts";

const TONES: Record<Stage, Tone> = {
  none: "neutral",
  staging: "warn",
  production: "accent",
  archived: "neutral",
};

export function StageBadge({ stage }: { stage: Stage }) {
  const t = useTranslations("common");
  return <Badge tone={TONES[stage]}>{t(`stage.${stage}`)}</Badge>;
}
