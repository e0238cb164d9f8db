import type { ReactNode } from "react";
import { pageContext } from "#app/page-context.ts";
import { may } from "#lib/access/policy.ts";
import { IntegrationTabs } from "./_components/integration-tabs.tsx";

/** Owners of models have webhooks alone, and so no parts to choose from. */
export default async function IntegrationsLayout({ children }: { children: ReactNode }) {
  const ctx = await pageContext();
  return (
    <>
      {may(ctx, "integration.manage") && <IntegrationTabs />}
      {children}
    </>
  );
}
