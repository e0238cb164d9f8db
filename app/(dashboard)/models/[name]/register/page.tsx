import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { modelHref } from "#components/api/paths.ts";
import { RegistrationForm } from "#components/registration/registration-form.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getModelFacts } from "#lib/models/get-model.ts";
import { orNotFound, readModelParams } from "../_components/read-page.ts";

export const dynamic = "force-dynamic";

type PageProps = { params: Promise<{ name: string }> };

export async function generateMetadata(props: PageProps): Promise<Metadata> {
  const t = await getTranslations("register");
  return { title: t("versionTitle", readModelParams(await props.params)) };
}

export default async function RegisterVersionPage(props: PageProps) {
  const [t, ctx, params] = await Promise.all([
    getTranslations("register"),
    pageContext(),
    props.params,
  ]);
  const { name } = await orNotFound(getModelFacts(ctx, readModelParams(params)));
  return (
    <>
      <PageHeader
        title={t("versionTitle", { name })}
        description={t("versionLead")}
        actions={<LinkButton href={modelHref(name)}>{t("backToModel", { name })}</LinkButton>}
      />
      <RegistrationForm modelName={name} />
    </>
  );
}
