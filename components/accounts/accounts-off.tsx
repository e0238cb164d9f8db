import { KeyRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

/** In place of a page about accounts while there are none. */
export function AccountsOff() {
  const t = useTranslations("accounts");
  return (
    <Card>
      <EmptyState
        icon={KeyRound}
        heading="h1"
        title={t("offTitle")}
        description={t.rich("offText", {
          code: (chunks) => <code className="font-mono text-[13px]">{chunks}</code>,
        })}
      />
    </Card>
  );
}
