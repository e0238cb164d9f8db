"use client";

import { useTranslations } from "next-intl";
import { modelApi, modelHref } from "@/components/versions/paths.ts";
import { listAliases, TrashButton } from "@/components/versions/trash-button";

export function TrashModelButton(props: {
  name: string;
  versionCount: number;
  aliases: readonly string[];
  isInProduction: boolean;
}) {
  const { name } = props;
  const t = useTranslations("model.trash");
  return (
    <TrashButton
      name={name}
      api={modelApi(name)}
      href={modelHref(name)}
      parentHref="/models"
      hasAliases={props.aliases.length > 0}
      isInProduction={props.isInProduction}
      texts={{
        open: t("open"),
        title: t("title", { name }),
        text: t("text", { count: props.versionCount }),
        confirm: t("confirm"),
        done: t("done", { name }),
        restored: t("restored", { name }),
        aliases: t("aliases", { aliases: listAliases(props.aliases) }),
        production: t("production"),
        typeName: t("typeName", { name }),
        wrongName: t("wrongName"),
      }}
    />
  );
}
