import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";

/** Names of groups as chips; the longest are cut, with the whole on hover. */
export function GroupList({ names }: { names: readonly string[] }) {
  const t = useTranslations("accounts");
  if (names.length === 0) return <span className="text-muted">{t("noGroups")}</span>;
  return (
    <span className="flex min-w-0 flex-wrap gap-1">
      {names.map((name) => (
        <Badge key={name} title={name} className="max-w-48">
          <span className="truncate">{name}</span>
        </Badge>
      ))}
    </span>
  );
}
