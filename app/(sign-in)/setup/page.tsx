import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LinkPage } from "../_components/link-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signIn");
  return { title: t("setupTitle"), referrer: "no-referrer" };
}

export default async function SetupPage(props: {
  searchParams: Promise<{ token?: string | string[] }>;
}) {
  return <LinkPage token={(await props.searchParams).token} />;
}
