import { SearchX } from "lucide-react";
import { getTranslations } from "next-intl/server";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

export default async function ModelNotFound() {
  const t = await getTranslations("model.notFound");
  return (
    <EmptyState icon={SearchX} title={t("title")} description={t("text")}>
      <div className="flex flex-wrap justify-center gap-2">
        <LinkButton href="/models" variant="primary">
          {t("toModels")}
        </LinkButton>
        <LinkButton href="/trash">{t("toTrash")}</LinkButton>
      </div>
    </EmptyState>
  );
}
