import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { addJob } from "./add-job.ts";

/** Verifies the audit log as soon as a worker is free, instead of with the next hour. */
export async function startAuditVerification(ctx: Ctx): Promise<void> {
  assertMay(ctx, "operation.manage");
  await addJob(ctx.db, "verify-audit", {}, { key: "verify-audit-now" });
}
