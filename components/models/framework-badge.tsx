import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import type { FrameworkName } from "#lib/wire/words.ts";

export function FrameworkBadge({ framework }: { framework: FrameworkName }) {
  const t = useTranslations("common");
  return <Badge>{t(`framework.${framework}`)}</Badge>;
}
