import { useTranslations } from "next-intl";
import { Badge } from "#components/ui/badge.tsx";
import type { AccountWire } from "#lib/accounts/schema.ts";

export function RoleBadge({ role }: { role: AccountWire["role"] }) {
  const t = useTranslations("accounts");
  return <Badge tone={role === "administrator" ? "accent" : "neutral"}>{t(`role.${role}`)}</Badge>;
}

export function StateBadge({ isDisabled }: { isDisabled: boolean }) {
  const t = useTranslations("accounts");
  return (
    <Badge tone={isDisabled ? "danger" : "ok"}>{isDisabled ? t("disabled") : t("active")}</Badge>
  );
}
