import { useTranslations } from "next-intl";
import { AliasDialog } from "#components/models/alias-dialog.tsx";
import { AliasList } from "#components/models/alias-list.tsx";
import { AliasPages } from "#components/models/alias-pages.tsx";
import { Card } from "#components/ui/card.tsx";
import type { AliasPage, ModelFacts } from "#lib/models/schema.ts";

/** The model's movable names: where they point, who moved them, and how to move them. */
export function AliasesPanel(props: {
  model: ModelFacts;
  aliases: AliasPage;
  versions: readonly string[];
  pageHref: (page: number) => string;
}) {
  const { model, aliases, versions } = props;
  const t = useTranslations("model.aliases");
  return (
    <Card
      title={t("heading")}
      actions={
        model.latest_version !== null && (
          <AliasDialog
            model={model.name}
            triggerLabel={t("addOpen")}
            version={model.latest_version}
            versions={versions}
          />
        )
      }
    >
      {aliases.total === 0 && <p className="text-muted">{t("none")}</p>}
      <AliasList model={model.name} aliases={aliases.items} versions={versions} />
      <AliasPages aliases={aliases} pageHref={props.pageHref} />
    </Card>
  );
}
