import { GitCompareArrows, SearchX } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { Suspense } from "react";
import { pageContext } from "#app/page-context.ts";
import { compareHref, modelHref } from "#components/api/paths.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { getModelFacts } from "#lib/models/get-model.ts";
import { listVersionNames } from "#lib/models/list-versions.ts";
import {
  orNotFound,
  readModelParams,
  readOne,
  type SearchParams,
} from "../_components/read-page.ts";
import { Comparison } from "./_components/comparison.tsx";
import { readChoices } from "./_components/read-choices.ts";
import { VersionChooser } from "./_components/version-chooser.tsx";

export const dynamic = "force-dynamic";

type PageProps = { params: Promise<{ name: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata(props: PageProps): Promise<Metadata> {
  const t = await getTranslations("compare");
  return { title: t("title", readModelParams(await props.params)) };
}

/** How many versions the form suggests; others can be typed. */
const SUGGESTED_VERSIONS = 50;
/** How many are offered as links while nothing is chosen to compare with. */
const OFFERED_VERSIONS = 8;

export default async function ComparePage(props: PageProps) {
  const [segments, params, ctx, t] = await Promise.all([
    props.params,
    props.searchParams,
    pageContext(),
    getTranslations("compare"),
  ]);
  const { name } = await orNotFound(getModelFacts(ctx, readModelParams(segments)));
  const versions = await listVersionNames(ctx, { name, limit: SUGGESTED_VERSIONS });
  const { from, to } = readChoices(params);
  const showsAll = readOne(params, "all") === "true";
  const shared = { ctx, model: name, suggestions: versions };
  const isReady = from !== null && to.length > 0;
  const offered = versions.filter((version) => version !== from?.text).slice(0, OFFERED_VERSIONS);
  return (
    <>
      <PageHeader
        title={t("title", { name })}
        description={t("lead")}
        actions={
          <LinkButton href={`${modelHref(name)}?tab=versions`}>{t("toVersions")}</LinkButton>
        }
      />
      {isReady ? (
        <Suspense
          key={[from.text, ...to.map(({ text }) => text)].join(" ")}
          fallback={<Skeleton className="h-96" />}
        >
          <Comparison {...shared} from={from} to={to} showsAll={showsAll} />
        </Suspense>
      ) : (
        <>
          <VersionChooser
            model={name}
            suggestions={versions}
            choices={
              from === null
                ? []
                : [
                    {
                      text: from.text,
                      found: from.choice && { model: name, version: from.choice.ref },
                    },
                  ]
            }
          />
          {offered.length === 0 ? (
            <EmptyState icon={SearchX} title={t("lonelyTitle")} description={t("lonelyText")} />
          ) : (
            <EmptyState
              icon={GitCompareArrows}
              title={from === null ? t("noBaseTitle") : t("noOtherTitle", { version: from.text })}
              description={from === null ? t("noBaseText") : t("noOtherText")}
            >
              <div className="flex flex-wrap justify-center gap-2">
                {offered.map((version) => (
                  <LinkButton
                    key={version}
                    href={
                      from === null
                        ? compareHref(name, version)
                        : compareHref(name, from.text, [version])
                    }
                  >
                    {version}
                  </LinkButton>
                ))}
              </div>
            </EmptyState>
          )}
        </>
      )}
    </>
  );
}
