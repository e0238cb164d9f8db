import type { ReactNode } from "react";
import { pageContext } from "#app/page-context.ts";
import { may } from "#lib/access/policy.ts";
import { AdminTabs } from "./_components/admin-tabs.tsx";

export const dynamic = "force-dynamic";

/** The pages of the administration beside each other; each of them asks again who may see it. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const ctx = await pageContext();
  return (
    <>
      {ctx.credential !== null && may(ctx, "account.manage") && <AdminTabs />}
      {children}
    </>
  );
}
