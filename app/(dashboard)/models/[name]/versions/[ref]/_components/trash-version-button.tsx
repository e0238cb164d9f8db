"use client";

import { useTranslations } from "next-intl";
import { modelHref, versionApi, versionHref } from "#components/api/paths.ts";
import { listAliases, TrashButton } from "#components/models/trash-button.tsx";
import type { Stage } from "#lib/wire/words.ts";

export function TrashVersionButton(props: {
  model: string;
  version: string;
  aliases: readonly string[];
  stage: Stage;
}) {
  const { model, version } = props;
  const t = useTranslations("version.trash");
  return (
    <TrashButton
      name={version}
      api={versionApi(model, version)}
      href={versionHref(model, version)}
      parentHref={modelHref(model)}
      hasAliases={props.aliases.length > 0}
      isInProduction={props.stage === "production"}
      texts={{
        open: t("open"),
        title: t("title", { model, version }),
        text: t("text"),
        confirm: t("confirm"),
        done: t("done", { version }),
        restored: t("restored", { version }),
        aliases: t("aliases", { aliases: listAliases(props.aliases) }),
        production: t("production"),
        typeName: t("typeVersion", { version }),
        wrongName: t("wrongVersion"),
      }}
    />
  );
}
