import { raiseAlert, resolveAlert } from "#lib/alerts/raise-alert.ts";
import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { ChainReport } from "./schema.ts";
import { verifyChain } from "./verify-chain.ts";

/** Verifies the whole chain and keeps what was found; a break is an alert until a verification finds none. */
export async function checkChain(ctx: Ctx, signal?: AbortSignal): Promise<ChainReport> {
  const report = await verifyChain(ctx, signal ? { signal } : {});
  const { problem } = report;
  await inTransaction(ctx.db, async (tx) => {
    await tx.auditVerification.create({
      data: { at: ctx.now(), seq: BigInt(report.entries), ...(problem ? { problem } : {}) },
    });
    if (problem === null) await resolveAlert(tx, "audit_broken", "audit", ctx.now());
    else
      await raiseAlert(
        tx,
        { kind: "audit_broken", subject: "audit", detail: { ...problem } },
        ctx.now(),
      );
  });
  return report;
}
