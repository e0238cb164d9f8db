import { Lock, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { modelHref } from "#components/api/paths.ts";
import { FrameworkBadge } from "#components/models/framework-badge.tsx";
import { StageVersions } from "#components/models/stage-versions.tsx";
import { toUsable } from "#components/models/usable-version.ts";
import { UseModelDialog } from "#components/models/use-model-dialog.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Count } from "#components/ui/format.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { AliasPage, FilePage, ModelFacts, VersionFacts } from "#lib/models/schema.ts";
import { TrashModelButton } from "./trash-model-button.tsx";

/** The model's name, its latest version's facts as chips, and its actions. */
export function ModelHeader(props: {
  model: ModelFacts;
  latest: VersionFacts | null;
  /** The first files of the latest version. */
  files: FilePage | null;
  aliases: AliasPage;
}) {
  const { model, latest, files, aliases } = props;
  const t = useTranslations("model");
  const common = useTranslations("common");
  return (
    <PageHeader
      title={model.name}
      actions={
        <>
          {latest && files && (
            <UseModelDialog target={toUsable(latest, files, model.external_name)} />
          )}
          <LinkButton href={`${modelHref(model.name)}/register`}>
            <Plus aria-hidden className="size-4" />
            {t("registerVersion")}
          </LinkButton>
          <TrashModelButton
            name={model.name}
            versionCount={model.version_count}
            aliases={aliases.items.map(({ alias }) => alias)}
            aliasCount={aliases.total}
            isInProduction={model.stages.includes("production")}
          />
        </>
      }
    >
      <div className="mt-2 flex flex-wrap items-center gap-1.5">
        <CopyButton value={model.name} label={t("copyName")} />
        {model.external_name !== null && (
          <Badge title={t("externalNameHint")}>{model.external_name}</Badge>
        )}
        {model.visibility === "private" && (
          <Badge title={t("access.privateText")}>
            <Lock aria-hidden className="size-3" />
            {t("access.private")}
          </Badge>
        )}
        {latest && (
          <>
            <VerdictBadge verdict={latest.scan.verdict} />
            <FrameworkBadge framework={latest.framework} />
            {common(`format.${latest.format}`) !== common(`framework.${latest.framework}`) && (
              <Badge>{common(`format.${latest.format}`)}</Badge>
            )}
            {latest.parameters !== null && (
              <Badge>
                <Count value={latest.parameters} /> {t("parameters")}
              </Badge>
            )}
            {Object.keys(latest.dtypes)
              .slice(0, DTYPE_CHIPS_MAX)
              .map((dtype) => (
                <Badge key={dtype}>{dtype}</Badge>
              ))}
          </>
        )}
        <StageVersions versions={model.stage_versions} className="flex-row flex-wrap" />
      </div>
    </PageHeader>
  );
}

/** Quantised models mix many types; the version's page has all. */
const DTYPE_CHIPS_MAX = 4;
