import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { AccountsOff } from "#components/accounts/accounts-off.tsx";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import { SessionsTable } from "#components/accounts/sessions-table.tsx";
import { TokenDialog } from "#components/accounts/token-dialog.tsx";
import { TokensTable } from "#components/accounts/tokens-table.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { describeMe } from "#lib/accounts/describe-rights.ts";
import { listSessions } from "#lib/accounts/sessions.ts";
import { listTokens } from "#lib/accounts/tokens.ts";
import { PasswordDialog } from "./_components/password-dialog.tsx";
import { WhoCard } from "./_components/who-card.tsx";

export const dynamic = "force-dynamic";

/** Nobody has so many browsers; those that are left out end with the others. */
const SESSIONS_MAX = 100;

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("account");
  return { title: t("title") };
}

/** Who one is, what one may do, and what acts in one's name: the password, browsers and tokens. */
export default async function AccountPage() {
  const [t, ctx] = await Promise.all([getTranslations("account"), pageContext()]);
  if (ctx.credential === null) return <AccountsOff />;
  const [me, sessions, tokens] = await Promise.all([
    describeMe(ctx),
    listSessions(ctx, { all: false, limit: SESSIONS_MAX }),
    listTokens(ctx, {}),
  ]);
  const hasOthers = sessions.items.some(({ is_current: isCurrent }) => !isCurrent);
  return (
    <>
      <PageHeader title={t("title")} description={t("text")} actions={<PasswordDialog />} />
      <div className="grid grid-cols-1 gap-4">
        <WhoCard me={me} />
        <Card
          title={t("sessions")}
          bodyClassName="p-0"
          actions={
            hasOthers && (
              <ConfirmButton
                label={t("endOthers")}
                title={t("endOthersTitle")}
                text={t("endOthersText")}
                done={t("endedOthers")}
                path="/sessions"
                isDanger
              />
            )
          }
        >
          <SessionsTable items={sessions.items} />
        </Card>
        <Card title={t("tokens")} bodyClassName="p-0" actions={<TokenDialog path="/tokens" />}>
          <TokensTable items={tokens.items} />
        </Card>
      </div>
    </>
  );
}
