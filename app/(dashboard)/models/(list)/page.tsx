import { Plus } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RegistryError } from "#lib/errors.ts";
import { hasRanges } from "#lib/models/framework-support.ts";
import { listModels } from "#lib/models/list-models.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { ModelListWire } from "#lib/models/schema.ts";
import {
  changedHref,
  hasFilters,
  type ListAddress,
  parseListAddress,
  type SearchParams,
} from "./_components/list-address.ts";
import { ModelList } from "./_components/model-list.tsx";
import { NoModels } from "./_components/no-models.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("models");
  return { title: t("title") };
}

export default async function ModelsPage(props: { searchParams: Promise<SearchParams> }) {
  const { address, ignored } = parseListAddress(await props.searchParams);
  const [t, ctx] = await Promise.all([getTranslations("models"), pageContext()]);
  const list = await readList(ctx, address);
  const isEmpty = list.total === 0 && !hasFilters(address);
  return (
    <>
      <LiveRefresh />
      <PageHeader
        title={t("title")}
        actions={
          !isEmpty && (
            <LinkButton href="/register" variant="primary">
              <Plus aria-hidden className="size-4" />
              {t("registerModel")}
            </LinkButton>
          )
        }
      />
      {ignored.length > 0 && (
        <p role="status" className="mb-3 rounded-md bg-warn-soft px-3 py-2 text-warn">
          {t("ignored", { names: ignored.join(", ") })}
        </p>
      )}
      {isEmpty ? (
        <NoModels />
      ) : (
        <ModelList list={list} address={address} hasSupport={hasRanges(ctx.config.frameworks)} />
      )}
    </>
  );
}

/** A cursor that no longer fits its list (an old link) leads to the first page instead of an error. */
async function readList(ctx: ModelCtx, address: ListAddress): Promise<ModelListWire> {
  try {
    return await listModels(ctx, { ...address, facets: true });
  } catch (error) {
    if (error instanceof RegistryError && error.code === "invalid_cursor") {
      redirect(changedHref(address, {}));
    }
    throw error;
  }
}
