import type { ReactNode } from "react";
import { setLocale } from "@/app/(dashboard)/_actions/set-locale.ts";
import { Shell } from "@/components/shell/shell";
import { getInstanceInfo } from "@/lib/server.ts";

export const dynamic = "force-dynamic";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const { openToNetwork, version } = await getInstanceInfo();
  return (
    <Shell openToNetwork={openToNetwork} version={version} setLocale={setLocale}>
      {children}
    </Shell>
  );
}
