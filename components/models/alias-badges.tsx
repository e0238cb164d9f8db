import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";

/** Beside a version there is room for a few aliases; the others are a number. */
const SHOWN_MAX = 5;

export function AliasBadges({ aliases }: { aliases: readonly string[] }) {
  const t = useTranslations("model.aliases");
  const hidden = aliases.slice(SHOWN_MAX);
  return (
    <>
      {aliases.slice(0, SHOWN_MAX).map((alias) => (
        <Badge key={alias} tone="accent" className="min-w-0 max-w-full" title={`@${alias}`}>
          <span className="truncate">@{alias}</span>
        </Badge>
      ))}
      {hidden.length > 0 && <Badge tone="accent">{t("more", { count: hidden.length })}</Badge>}
    </>
  );
}
