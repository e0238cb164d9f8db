import { getTranslations } from "next-intl/server";
import { LinkForm } from "#components/session/link-form.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { findLink } from "#lib/accounts/one-time-links.ts";
import { isRegistryError } from "#lib/errors.ts";
import { visitorContext } from "#lib/server.ts";
import { SignInCard } from "./sign-in-card.tsx";

/** What a one-time link leads to. Looking at it does not use it up. */
export async function LinkPage({ token }: { token: string | string[] | undefined }) {
  const t = await getTranslations("signIn");
  const text = typeof token === "string" ? token : "";
  const link = await findLink(visitorContext(), text).catch((error: unknown) => {
    if (isRegistryError(error) && error.code === "link_not_found") return null;
    throw error;
  });
  if (link === null)
    return (
      <SignInCard title={t("linkTitle")} text={t("linkText")}>
        <LinkButton href="/sign-in">{t("toSignIn")}</LinkButton>
      </SignInCard>
    );
  const { accountName, purpose, role } = link;
  const words =
    accountName !== null
      ? { title: t("resetTitle"), text: t("resetText", { name: accountName }) }
      : purpose === "first-administrator"
        ? { title: t("setupTitle"), text: t("setupText") }
        : {
            title: t("inviteTitle"),
            text: t("inviteText", { role: t(`role.${role ?? "reader"}`) }),
          };
  return (
    <SignInCard {...words}>
      <LinkForm token={text} accountName={accountName} />
    </SignInCard>
  );
}
