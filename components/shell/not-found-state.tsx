import { SearchX } from "lucide-react";
import { getTranslations } from "next-intl/server";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

/** For addresses that lead to nothing: what may have happened and where to go. */
export async function NotFoundState() {
  const t = await getTranslations("errors");
  return (
    <EmptyState
      heading="h1"
      icon={SearchX}
      title={t("notFoundTitle")}
      description={t("notFoundText")}
    >
      <div className="flex flex-wrap justify-center gap-2">
        <LinkButton href="/models" variant="primary">
          {t("toModels")}
        </LinkButton>
        <LinkButton href="/trash">{t("toTrash")}</LinkButton>
      </div>
    </EmptyState>
  );
}
