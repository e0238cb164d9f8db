"use client";

import { SearchX } from "lucide-react";
import { useParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

/** The model itself may be missing too; its page says so then. */
export default function VersionNotFound() {
  const t = useTranslations("version.notFound");
  const { name } = useParams<{ name: string }>();
  return (
    <EmptyState icon={SearchX} title={t("title")} description={t("text")}>
      <div className="flex flex-wrap justify-center gap-2">
        <LinkButton href={`/models/${name}?tab=versions`} variant="primary">
          {t("toVersions")}
        </LinkButton>
        <LinkButton href="/trash">{t("toTrash")}</LinkButton>
      </div>
    </EmptyState>
  );
}
