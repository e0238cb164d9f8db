import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { SignInForm } from "#components/session/sign-in-form.tsx";
import { getServices, hasSignedIn } from "#lib/server.ts";
import { localPath } from "#lib/wire/local-path.ts";
import { SignInCard } from "../_components/sign-in-card.tsx";

type Search = { callbackUrl?: string | string[]; error?: string | string[] };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("signIn");
  return { title: t("title") };
}

export default async function SignInPage(props: { searchParams: Promise<Search> }) {
  const { callbackUrl, error } = await props.searchParams;
  const target = localPath(single(callbackUrl));
  if (await hasSignedIn(await headers())) redirect(target);
  const t = await getTranslations("signIn");
  const { oidc } = getServices().config.auth;
  return (
    <SignInCard title={t("title")} text={target === "/" ? t("text") : t("asked")}>
      <SignInForm target={target} provider={oidc?.name ?? null} error={single(error) ?? null} />
    </SignInCard>
  );
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
