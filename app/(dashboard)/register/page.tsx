import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { RegistrationForm } from "#components/registration/registration-form.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("register");
  return { title: t("title") };
}

export default async function RegisterPage() {
  const t = await getTranslations("register");
  return (
    <>
      <PageHeader title={t("title")} description={t("lead")} />
      <RegistrationForm modelName={null} />
    </>
  );
}
