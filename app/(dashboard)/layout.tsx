import type { ReactNode } from "react";
import { Shell } from "#components/shell/shell.tsx";
import { getInstanceInfo } from "#lib/server.ts";
import { dismissOpenBanner } from "./_actions/dismiss-open-banner.ts";
import { isOpenBannerDismissed } from "./_actions/open-banner-cookie.ts";
import { setLocale } from "./_actions/set-locale.ts";

export const dynamic = "force-dynamic";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const [{ openToNetwork, version }, isDismissed] = await Promise.all([
    getInstanceInfo(),
    isOpenBannerDismissed(),
  ]);
  return (
    <Shell
      showOpenBanner={openToNetwork && !isDismissed}
      dismissOpenBanner={dismissOpenBanner}
      version={version}
      setLocale={setLocale}
    >
      {children}
    </Shell>
  );
}
