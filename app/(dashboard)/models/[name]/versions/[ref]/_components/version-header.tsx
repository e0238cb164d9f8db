import { GitCompareArrows, Plus } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { compareHref, modelHref } from "#components/api/paths.ts";
import { LoadDialog } from "#components/cluster/load-dialog.tsx";
import { AliasBadges } from "#components/models/alias-badges.tsx";
import { FrameworkBadge } from "#components/models/framework-badge.tsx";
import { toUsable } from "#components/models/usable-version.ts";
import { UseModelDialog } from "#components/models/use-model-dialog.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { StageBadge } from "#components/versions/stage-badge.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import { isConvertible } from "#lib/models/conversion/conversion-schema.ts";
import type { ImportStanding } from "#lib/models/import-standing.ts";
import type { FilePage, VersionFacts } from "#lib/models/schema.ts";
import { BytesElsewhereBadge } from "./bytes-elsewhere.tsx";
import { ConvertButton } from "./convert-button.tsx";
import { StageDialog } from "./stage-dialog.tsx";
import { TrashVersionButton } from "./trash-version-button.tsx";

/** The version's name, state and actions. */
export function VersionHeader(props: {
  version: VersionFacts;
  files: FilePage;
  /** Where it could be loaded; null for who may not. */
  clusters: readonly string[] | null;
  /** What clients of MLflow call the model, where that is another name. */
  externalName: string | null;
  importing: ImportStanding | null;
}) {
  const { version, files, clusters, externalName, importing } = props;
  const t = useTranslations("version");
  const { model } = version;
  return (
    <>
      <nav aria-label={t("breadcrumb")} className="mb-1 flex min-w-0 gap-1.5 text-muted">
        <Link href={modelHref(model)} className="truncate hover:text-ink hover:underline">
          {model}
        </Link>
        <span aria-hidden>/</span>
      </nav>
      <PageHeader
        title={version.version}
        actions={
          <>
            {version.location === null && (
              <UseModelDialog target={toUsable(version, files, externalName)} />
            )}
            {clusters && version.location === null && (
              <LoadDialog
                clusters={clusters}
                fixed={{
                  model,
                  version: version.version,
                  isClean: version.scan.verdict === "clean",
                }}
              />
            )}
            <StageDialog version={version} />
            {isConvertible(version.format) && version.scan.verdict === "clean" && (
              <ConvertButton model={model} version={version.version} />
            )}
            <LinkButton href={compareHref(model, version.version)}>
              <GitCompareArrows aria-hidden className="size-4" />
              {t("compareWith")}
            </LinkButton>
            <LinkButton href={`${modelHref(model)}/register`}>
              <Plus aria-hidden className="size-4" />
              {t("registerNext")}
            </LinkButton>
            <TrashVersionButton
              model={model}
              version={version.version}
              aliases={version.aliases}
              stage={version.stage}
            />
          </>
        }
      >
        <div className="mt-2 flex flex-wrap items-center gap-1.5">
          <CopyButton value={version.version} label={t("copyVersion")} />
          <Badge title={t("numberHint")}>#{version.number}</Badge>
          {version.location === null ? (
            <VerdictBadge verdict={version.scan.verdict} />
          ) : (
            <BytesElsewhereBadge location={version.location} standing={importing} />
          )}
          {version.stage !== "none" && <StageBadge stage={version.stage} />}
          <FrameworkBadge framework={version.framework} />
          <AliasBadges aliases={version.aliases} />
        </div>
      </PageHeader>
    </>
  );
}
