import { Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

/** Instead of a page that the reader may not open. */
export function Locked() {
  const t = useTranslations("locked");
  return (
    <Card>
      <EmptyState icon={Lock} heading="h1" title={t("title")} description={t("text")} />
    </Card>
  );
}
