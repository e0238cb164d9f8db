import { useTranslations } from "next-intl";
import { ModelCard } from "@/components/model-card/model-card";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { AliasDialog } from "@/components/versions/alias-dialog";
import { AliasHistoryDialog } from "@/components/versions/alias-history-dialog";
import { AliasRemoveButton } from "@/components/versions/alias-remove-button";
import { DescriptionDialog } from "@/components/versions/description-dialog";
import { versionApi } from "@/components/versions/paths.ts";
import { TagList } from "@/components/versions/tag-list";
import { TagsDialog } from "@/components/versions/tags-dialog";
import type { ModelDetailWire, VersionWire } from "@/lib/models/schema.ts";

/** What people say about the version: aliases, description, tags. */
export function VersionAside(props: {
  version: VersionWire;
  modelAliases: ModelDetailWire["aliases"];
}) {
  const { version } = props;
  const { model } = version;
  const t = useTranslations("version");
  const aliases = useTranslations("model.aliases");
  const card = useTranslations("model.card");
  const tags = useTranslations("model.tags");
  const common = useTranslations("common");
  const api = versionApi(model, version.version);
  const elsewhere = props.modelAliases.filter(({ version: target }) => target !== version.version);
  return (
    <aside aria-label={t("about")} className="flex min-w-0 flex-col gap-4">
      <Card
        title={aliases("heading")}
        actions={
          <AliasDialog
            model={model}
            triggerLabel={aliases("addOpen")}
            version={version.version}
            versions={[version.version]}
          />
        }
      >
        {version.aliases.length === 0 && <p className="text-muted">{t("noAlias")}</p>}
        <ul className="flex flex-col gap-2">
          {version.aliases.map((alias) => (
            <li key={alias} className="flex flex-wrap items-center justify-between gap-x-2">
              <Badge tone="accent">@{alias}</Badge>
              <span className="flex">
                <AliasHistoryDialog model={model} alias={alias} />
                <AliasRemoveButton model={model} alias={alias} version={version.version} />
              </span>
            </li>
          ))}
          {elsewhere.map(({ alias, version: target }) => (
            <li key={alias} className="flex flex-wrap items-center justify-between gap-x-2">
              <span className="min-w-0 text-muted [overflow-wrap:anywhere]">
                @{alias} → {target}
              </span>
              <AliasDialog
                model={model}
                alias={alias}
                triggerLabel={t("moveHere")}
                version={version.version}
                versions={[version.version, target]}
              />
            </li>
          ))}
        </ul>
      </Card>
      <Card
        title={t("description")}
        actions={
          <DescriptionDialog api={api} value={version.description} triggerLabel={common("edit")} />
        }
      >
        {version.description.trim() === "" ? (
          <p className="text-muted">{t("noDescription")}</p>
        ) : (
          <div className="max-h-96 overflow-auto">
            <ModelCard
              markdown={version.description}
              imageLabel={(alt) => card("image", { alt })}
              cutNote={card("cut")}
            />
          </div>
        )}
      </Card>
      <Card
        title={tags("heading")}
        actions={<TagsDialog api={api} tags={version.tags} triggerLabel={common("edit")} />}
      >
        {Object.keys(version.tags).length > 0 ? (
          <TagList tags={version.tags} />
        ) : (
          <p className="text-muted">{tags("none")}</p>
        )}
      </Card>
    </aside>
  );
}
