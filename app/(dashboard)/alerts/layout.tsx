import type { ReactNode } from "react";
import { pageContext } from "#app/page-context.ts";
import { may } from "#lib/access/policy.ts";
import { AlertsTabs } from "./_components/alerts-tabs.tsx";

export const dynamic = "force-dynamic";

/** The parts of the alerts beside each other; each of them asks again who may see it. */
export default async function AlertsLayout({ children }: { children: ReactNode }) {
  const ctx = await pageContext();
  return (
    <>
      {may(ctx, "alert.read") && <AlertsTabs mayManageContacts={may(ctx, "contact.manage")} />}
      {children}
    </>
  );
}
