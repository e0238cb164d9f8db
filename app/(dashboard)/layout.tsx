import type { ReactNode } from "react";
import { pageContext } from "#app/page-context.ts";
import { Shell } from "#components/shell/shell.tsx";
import { may } from "#lib/access/policy.ts";
import { getInstanceInfo } from "#lib/server.ts";
import { dismissOpenBanner } from "./_actions/dismiss-open-banner.ts";
import { isOpenBannerDismissed } from "./_actions/open-banner-cookie.ts";
import { setLocale } from "./_actions/set-locale.ts";

export const dynamic = "force-dynamic";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const [{ openToNetwork, version }, isDismissed, ctx] = await Promise.all([
    getInstanceInfo(),
    isOpenBannerDismissed(),
    pageContext(),
  ]);
  const access = {
    administration: ctx.credential !== null && may(ctx, "account.manage"),
    alerts: may(ctx, "alert.read"),
    audit: may(ctx, "audit.read"),
    backups: may(ctx, "backup.read"),
    monitoring: may(ctx, "monitoring.read"),
    operations: may(ctx, "operation.read"),
    storage: may(ctx, "storage.read"),
    webhooks: may(ctx, "webhook.manage"),
  };
  return (
    <Shell
      access={access}
      showOpenBanner={openToNetwork && !isDismissed}
      dismissOpenBanner={dismissOpenBanner}
      version={version}
      setLocale={setLocale}
      user={
        ctx.credential && {
          name: ctx.actor.name,
          isAdministrator: access.administration,
          mayProtect: may(ctx, "protection.manage"),
        }
      }
    >
      {children}
    </Shell>
  );
}
