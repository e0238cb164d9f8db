import Link from "next/link";
import { useTranslations } from "next-intl";
import { modelApi, versionHref } from "#components/api/paths.ts";
import { TagList } from "#components/models/tag-list.tsx";
import { TagsDialog } from "#components/models/tags-dialog.tsx";
import { StoredBytes } from "#components/storage/stored-bytes.tsx";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import { Bytes, Count, RelativeTime } from "#components/ui/format.tsx";
import type { AliasPage, ModelFacts } from "#lib/models/schema.ts";
import { AliasesPanel } from "./aliases-panel.tsx";
import { OwnerDialog } from "./owner-dialog.tsx";

/** Facts of the model as a whole, beside every tab. */
export function ModelAside(props: {
  model: ModelFacts;
  aliases: AliasPage;
  versions: string[];
  aliasPageHref: (page: number) => string;
}) {
  const { model } = props;
  const t = useTranslations("model");
  const common = useTranslations("common");
  const stored = useTranslations("savedBytes");
  const hasTags = Object.keys(model.tags).length > 0;
  return (
    <aside aria-label={t("about")} className="flex min-w-0 flex-col gap-4">
      <Card title={t("about")}>
        <FactList
          facts={[
            {
              label: t("owner.label"),
              value: (
                <span className="flex items-center gap-1">
                  <span className="min-w-0">{model.owner}</span>
                  <OwnerDialog name={model.name} owner={model.owner} />
                </span>
              ),
            },
            model.latest_version === null
              ? null
              : {
                  label: t("latestVersion"),
                  value: (
                    <Link
                      className="text-accent hover:underline"
                      href={versionHref(model.name, model.latest_version)}
                    >
                      {model.latest_version}
                    </Link>
                  ),
                },
            { label: t("size"), value: <Bytes value={model.size_bytes} /> },
            {
              label: stored("allVersions"),
              value: <StoredBytes stored={model.stored_bytes} size={model.logical_bytes} />,
            },
            { label: t("downloads"), value: <Count value={model.downloads} /> },
            { label: t("updated"), value: <RelativeTime value={model.updated_at} /> },
            {
              label: t("created"),
              value: (
                <>
                  <RelativeTime value={model.created_at} /> · {model.created_by}
                </>
              ),
            },
          ]}
        />
      </Card>
      <AliasesPanel
        model={model}
        aliases={props.aliases}
        versions={props.versions}
        pageHref={props.aliasPageHref}
      />
      <Card
        title={t("tags.heading")}
        actions={
          <TagsDialog api={modelApi(model.name)} tags={model.tags} triggerLabel={common("edit")} />
        }
      >
        {hasTags ? <TagList tags={model.tags} /> : <p className="text-muted">{t("tags.none")}</p>}
      </Card>
    </aside>
  );
}
