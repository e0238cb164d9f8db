import { useTranslations } from "next-intl";
import { versionApi } from "#components/api/paths.ts";
import { ModelCard } from "#components/model-card/model-card.tsx";
import { AliasDialog } from "#components/models/alias-dialog.tsx";
import { AliasList } from "#components/models/alias-list.tsx";
import { AliasPages } from "#components/models/alias-pages.tsx";
import { DescriptionDialog } from "#components/models/description-dialog.tsx";
import { TagList } from "#components/models/tag-list.tsx";
import { TagsDialog } from "#components/models/tags-dialog.tsx";
import { Card } from "#components/ui/card.tsx";
import type { CardTree } from "#lib/cards/schema.ts";
import type { PossibleMovesWire } from "#lib/models/protection/schema.ts";
import type { AliasPage, VersionFacts } from "#lib/models/schema.ts";
import { ProtectedMovesCard } from "./protected-moves-card.tsx";

/** What people write about the version: aliases, description, tags. */
export function VersionAside(props: {
  version: VersionFacts;
  /** Aliases of this version, and of the model's other versions. */
  here: AliasPage;
  elsewhere: AliasPage;
  aliasPageHref: (key: "aliases" | "others", page: number) => string;
  description: CardTree;
  moves: PossibleMovesWire;
}) {
  const { version, here, elsewhere } = props;
  const { model } = version;
  const t = useTranslations("version");
  const aliases = useTranslations("model.aliases");
  const card = useTranslations("model.card");
  const tags = useTranslations("model.tags");
  const common = useTranslations("common");
  const api = versionApi(model, version.version);
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
        {here.total === 0 && <p className="mb-3 text-muted">{t("noAlias")}</p>}
        <AliasList model={model} aliases={here.items} here={version.version} versions={[]} />
        <AliasPages aliases={here} pageHref={(page) => props.aliasPageHref("aliases", page)} />
        {elsewhere.total > 0 && (
          <section className="mt-4 border-line border-t pt-3">
            <h3 className="mb-2 text-muted">{aliases("elsewhere")}</h3>
            <AliasList
              model={model}
              aliases={elsewhere.items}
              here={version.version}
              versions={[version.version]}
            />
            <AliasPages
              aliases={elsewhere}
              pageHref={(page) => props.aliasPageHref("others", page)}
            />
          </section>
        )}
      </Card>
      <ProtectedMovesCard version={version} moves={props.moves} />
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
              card={props.description}
              text={version.description}
              imageLabel={(alt) => card("image", { alt })}
              cutNote={card("cut")}
              plainNote={card("plain")}
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
