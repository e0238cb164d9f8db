"use client";

import { useTranslations } from "next-intl";
import { modelApi, modelHref } from "#components/api/paths.ts";
import { listAliases, TrashButton } from "#components/models/trash-button.tsx";

export function TrashModelButton(props: {
  name: string;
  versionCount: number;
  /** The first aliases, and how many there are. */
  aliases: readonly string[];
  aliasCount: number;
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
      hasAliases={props.aliasCount > 0}
      isInProduction={props.isInProduction}
      texts={{
        open: t("open"),
        title: t("title", { name }),
        text: t("text", { count: props.versionCount }),
        confirm: t("confirm"),
        done: t("done", { name }),
        restored: t("restored", { name }),
        aliases: t("aliases", { aliases: listAliases(props.aliases, props.aliasCount) }),
        production: t("production"),
        typeName: t("typeName", { name }),
        wrongName: t("wrongName"),
      }}
    />
  );
}
