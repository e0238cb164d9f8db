import { Globe, Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { modelApi } from "#components/api/paths.ts";
import { Card } from "#components/ui/card.tsx";

/** A private model is missing for whoever has no grant. */
export function VisibilityCard(props: { name: string; visibility: "public" | "private" }) {
  const t = useTranslations("model.access");
  const { name, visibility } = props;
  const isPrivate = visibility === "private";
  const Icon = isPrivate ? Lock : Globe;
  return (
    <Card
      title={t("visibility")}
      actions={
        <ConfirmButton
          label={isPrivate ? t("makePublic") : t("makePrivate")}
          title={isPrivate ? t("makePublicTitle", { name }) : t("makePrivateTitle", { name })}
          text={isPrivate ? t("publicText") : t("privateText")}
          done={isPrivate ? t("isPublic", { name }) : t("isPrivate", { name })}
          path={modelApi(name)}
          method="PATCH"
          body={{ visibility: isPrivate ? "public" : "private" }}
        />
      }
    >
      <p className="flex items-start gap-2">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span>
          <strong className="font-semibold">{isPrivate ? t("private") : t("public")}</strong>{" "}
          <span className="text-muted">{isPrivate ? t("privateText") : t("publicText")}</span>
        </span>
      </p>
    </Card>
  );
}
