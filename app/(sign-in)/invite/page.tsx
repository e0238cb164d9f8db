import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LinkPage } from "../_components/link-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signIn");
  return { title: t("inviteTitle"), referrer: "no-referrer" };
}

/** For whoever was invited, and for whoever chooses another password. */
export default async function InvitePage(props: {
  searchParams: Promise<{ token?: string | string[] }>;
}) {
  return <LinkPage token={(await props.searchParams).token} />;
}
