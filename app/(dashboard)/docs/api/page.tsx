import { FileJson } from "lucide-react";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { getTranslations } from "next-intl/server";
import { requestOrigin } from "#app/(dashboard)/_components/request-origin.ts";
import { GET as getOpenApi } from "#app/api/openapi.json/route.ts";
import { buttonStyle } from "#components/ui/button-style.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import { ErrorTable } from "./_components/error-table.tsx";
import { type OpenApiDocument, readOperations } from "./_components/operations.ts";
import { Reference } from "./_components/reference.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("apiDocs");
  return { title: t("title") };
}

let document: Promise<OpenApiDocument> | undefined;

/**
 * The reference, made of the same document that clients read. A page of our own: the usual viewers
 * load fonts and scripts from elsewhere, and speak one language.
 */
export default async function ApiDocsPage() {
  const t = await getTranslations("apiDocs");
  document ??= getOpenApi().json();
  const operations = readOperations(await document, requestOrigin(await headers()));
  return (
    <>
      <PageHeader
        title={t("title")}
        description={t("intro")}
        actions={
          <a href="/api/openapi.json" className={buttonStyle("secondary")}>
            <FileJson aria-hidden className="size-4" />
            {t("download")}
          </a>
        }
      />
      <Reference operations={operations} />
      <ErrorTable />
    </>
  );
}
