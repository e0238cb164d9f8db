import { BookText } from "lucide-react";
import { useTranslations } from "next-intl";
import { filePath, modelApi } from "#components/api/paths.ts";
import { ModelCard } from "#components/model-card/model-card.tsx";
import { DescriptionDialog } from "#components/models/description-dialog.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { CardTree } from "#lib/cards/schema.ts";
import type { ModelCard as ModelCardWire } from "#lib/models/get-model-card.ts";
import type { FilePage, ModelFacts, VersionFacts } from "#lib/models/schema.ts";
import { isServed } from "#lib/wire/words.ts";

/** The model card: the latest version's README.md, else the description, else how to write one. */
export function CardTab(props: {
  model: ModelFacts;
  latest: VersionFacts | null;
  /** The first files of the latest version. */
  files: FilePage | null;
  card: ModelCardWire;
  cardTree: CardTree;
  descriptionTree: CardTree;
}) {
  const { model, latest, files, card } = props;
  const t = useTranslations("model.card");
  const common = useTranslations("common");
  const edit = (
    <DescriptionDialog
      api={modelApi(model.name)}
      value={model.description}
      triggerLabel={model.description === "" ? t("addDescription") : t("editDescription")}
    />
  );
  const withheld = card.withheld && (
    <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
      {t("withheld", {
        version: latest?.version ?? "",
        verdict: common(`verdict.${card.withheld}`),
      })}
    </p>
  );
  if (card.source === "none") {
    return (
      <Card>
        {withheld}
        <EmptyState icon={BookText} title={t("emptyTitle")} description={t("emptyText")}>
          {edit}
        </EmptyState>
      </Card>
    );
  }
  const named = [card.license, card.library_name, card.pipeline_tag, ...card.tags];
  const facts = [...new Set(named.filter((fact) => fact !== null))].slice(0, FACTS_MAX);
  const isFromReadme = card.source === "readme";
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {withheld}
      {isFromReadme && model.description !== "" && (
        <div className="line-clamp-4 text-muted">
          <ModelCard
            card={props.descriptionTree}
            text={model.description}
            imageLabel={(alt) => t("image", { alt })}
            cutNote={t("cut")}
            plainNote={t("plain")}
          />
        </div>
      )}
      <Card
        title={isFromReadme ? t("fromReadme", { version: latest?.version ?? "" }) : t("fromText")}
        actions={edit}
      >
        {facts.length > 0 && (
          <ul className="mb-4 flex flex-wrap gap-1.5">
            {facts.map((fact) => (
              <li key={fact} className="flex min-w-0">
                <Badge title={fact}>
                  <span className="truncate">{fact}</span>
                </Badge>
              </li>
            ))}
          </ul>
        )}
        <ModelCard
          card={props.cardTree}
          text={card.markdown}
          imageLabel={(alt) => t("image", { alt })}
          cutNote={t("cut")}
          plainNote={t("plain")}
          fileHref={(path) => fileHref(latest, files, path)}
        />
      </Card>
    </div>
  );
}

const FACTS_MAX = 20;

/** Links of a card lead to those of the version's files that may be downloaded. */
function fileHref(
  latest: VersionFacts | null,
  files: FilePage | null,
  path: string,
): string | null {
  if (latest === null || files === null) return null;
  const file = files.items.find((candidate) => candidate.path === path);
  // Of thousands of files only the first are known here; the server answers a link to a file that is not there.
  const areMore = files.total > files.items.length;
  if (file ? !isServed(file.verdict, false) : !areMore) return null;
  return filePath({ name: latest.model, version: latest.version, acceptRisk: false }, path);
}
