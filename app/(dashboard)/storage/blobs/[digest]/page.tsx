import { ArrowLeft } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { cache } from "react";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { parseDigest } from "#components/storage/paths.ts";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { explainBlob } from "#lib/blobs/report/explain-blob.ts";
import { isRegistryError } from "#lib/errors.ts";
import { BlobFacts } from "./_components/blob-facts.tsx";
import { KeptBy } from "./_components/kept-by.tsx";

export const dynamic = "force-dynamic";

type Props = { params: Promise<{ digest: string }> };

const SHORT = "sha256:".length + 12;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("storage.blob");
  return { title: t("title") };
}

/** One blob: its facts, whether it can be trusted, and why it is kept. */
export default async function BlobPage({ params }: Props) {
  const [t, blob] = await Promise.all([
    getTranslations("storage.blob"),
    readBlob((await params).digest),
  ]);
  return (
    <>
      <LiveRefresh />
      <p className="mb-3">
        <Link
          href="/storage"
          className="inline-flex min-h-target items-center gap-1 text-muted hover:text-ink"
        >
          <ArrowLeft aria-hidden className="size-4" />
          {t("back")}
        </Link>
      </p>
      <PageHeader
        title={
          <>
            {t("heading")}{" "}
            <span className="font-mono text-base" title={blob.digest}>
              {blob.digest.slice(0, SHORT)}…
            </span>
          </>
        }
      />
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] lg:items-start">
        <Card title={t("why")}>
          <KeptBy reasons={blob.kept_by} />
        </Card>
        <BlobFacts blob={blob} />
      </div>
    </>
  );
}

const readBlob = cache(async (param: string) => {
  const digest = parseDigest(decodeParam(param));
  if (digest === null) notFound();
  try {
    return await explainBlob(await pageContext(), { digest });
  } catch (error) {
    if (isRegistryError(error) && error.status === 404) notFound();
    throw error;
  }
});

/** Next gives a segment as it is in the address: `sha256%3A…`. */
function decodeParam(param: string): string {
  try {
    return decodeURIComponent(param);
  } catch {
    return "";
  }
}
