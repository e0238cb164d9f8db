import { Lock } from "lucide-react";
import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import { pageContext } from "#app/page-context.ts";
import { AccountsOff } from "#components/accounts/accounts-off.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { may, type Permission } from "#lib/access/policy.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";

type AdminContext = { ctx: ModelCtx; closed: null } | { ctx: null; closed: ReactNode };

/** The context of a page for whoever has the permission, or what others see in its place. */
export async function adminContext(
  permission: Permission,
  { needsAccounts = true } = {},
): Promise<AdminContext> {
  const ctx = await pageContext();
  if (needsAccounts && ctx.credential === null) return { ctx: null, closed: <AccountsOff /> };
  if (may(ctx, permission)) return { ctx, closed: null };
  const t = await getTranslations("admin");
  const closed = (
    <Card>
      <EmptyState icon={Lock} heading="h1" title={t("lockedTitle")} description={t("lockedText")} />
    </Card>
  );
  return { ctx: null, closed };
}
