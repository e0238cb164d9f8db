import { HardDrive } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { getStorage } from "#lib/blobs/report/get-storage.ts";
import { listStorageModels } from "#lib/blobs/report/list-storage-models.ts";
import { isRegistryError } from "#lib/errors.ts";
import { Locked } from "../_components/locked.tsx";
import { BlobLookup } from "./_components/blob-lookup.tsx";
import { CacheCard } from "./_components/cache-card.tsx";
import { CollectionCard } from "./_components/collection-card.tsx";
import { ModelsCard } from "./_components/models-card.tsx";
import { parseStorageAddress, type StorageParams } from "./_components/storage-address.ts";
import { StorageSummary } from "./_components/storage-summary.tsx";
import { TrustCard } from "./_components/trust-card.tsx";

export const dynamic = "force-dynamic";

const PAGE_SIZE = 50;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("storage");
  return { title: t("title") };
}

/** What is stored, why, and whether it can be trusted. */
export default async function StoragePage(props: { searchParams: Promise<StorageParams> }) {
  if (!may(await pageContext(), "storage.read")) return <Locked />;
  const address = parseStorageAddress(await props.searchParams);
  const [t, { storage, models }] = await Promise.all([
    getTranslations("storage"),
    readStorage(address),
  ]);
  return (
    <>
      <LiveRefresh />
      <PageHeader title={t("title")} description={t("text")} />
      {storage.blobs === 0 && models.total === 0 ? (
        <Card>
          <EmptyState icon={HardDrive} title={t("emptyTitle")} description={t("emptyText")}>
            <LinkButton href="/register" variant="primary">
              {t("register")}
            </LinkButton>
          </EmptyState>
        </Card>
      ) : (
        <div className="grid grid-cols-1 gap-6 lg:grid-cols-2 lg:items-start">
          <div className="min-w-0 lg:col-span-2">
            <StorageSummary storage={storage} />
          </div>
          <TrustCard scrub={storage.scrub} />
          <CollectionCard storage={storage} />
          <div id="cache" className="scroll-mt-4">
            <CacheCard cache={storage.cache} />
          </div>
          <BlobLookup />
          <div id="models" className="min-w-0 scroll-mt-4 lg:col-span-2">
            <ModelsCard
              models={models}
              sort={address.sort}
              isFirstPage={address.cursor === undefined}
            />
          </div>
        </div>
      )}
    </>
  );
}

/** An old cursor leads to the first page instead of an error. */
async function readStorage(address: ReturnType<typeof parseStorageAddress>) {
  const ctx = await pageContext();
  try {
    const [storage, models] = await Promise.all([
      getStorage(ctx),
      listStorageModels(ctx, { ...address, limit: PAGE_SIZE }),
    ]);
    return { storage, models };
  } catch (error) {
    if (isRegistryError(error) && error.code === "invalid_cursor") redirect("/storage");
    throw error;
  }
}
