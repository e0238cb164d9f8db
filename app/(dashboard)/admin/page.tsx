import { redirect } from "next/navigation";
import { pageContext } from "#app/page-context.ts";
import { may } from "#lib/access/policy.ts";

export const dynamic = "force-dynamic";

/** Maintainers manage the protections only. */
export default async function AdminPage() {
  const ctx = await pageContext();
  const isMaintainer = may(ctx, "protection.manage") && !may(ctx, "account.manage");
  redirect(isMaintainer ? "/admin/protections" : "/admin/users");
}
