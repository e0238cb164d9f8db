import { useTranslations } from "next-intl";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

export default function BlobNotFound() {
  const t = useTranslations("storage.blob");
  return (
    <EmptyState heading="h1" title={t("notFoundTitle")} description={t("notFoundText")}>
      <LinkButton href="/storage">{t("back")}</LinkButton>
    </EmptyState>
  );
}
