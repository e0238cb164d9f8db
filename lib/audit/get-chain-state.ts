import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { listAuditKeys } from "./audit-keys.ts";
import { lastLink } from "./chain-entries.ts";
import { type ChainState, chainProblemSchema } from "./schema.ts";

/** How far the chain goes, the newest checkpoint, what the last verification found, and the public keys. */
export async function getChainState(ctx: Ctx): Promise<ChainState> {
  assertMay(ctx, "audit.read");
  const [last, waiting, checkpoint, verification, keys] = await Promise.all([
    lastLink(ctx.db),
    ctx.db.auditUnchained.count(),
    ctx.db.auditCheckpoint.findFirst({ orderBy: { seq: "desc" } }),
    ctx.db.auditVerification.findFirst({ orderBy: { id: "desc" } }),
    listAuditKeys(ctx.db),
  ]);
  return {
    entries: Number(last.seq),
    hash: last.hash,
    waiting,
    checkpoint: checkpoint && {
      seq: checkpoint.seq.toString(),
      hash: Buffer.from(checkpoint.hash).toString("hex"),
      at: checkpoint.at.toISOString(),
      key_id: checkpoint.keyId,
    },
    verification: verification && {
      at: verification.at.toISOString(),
      seq: verification.seq.toString(),
      problem: chainProblemSchema.nullable().parse(verification.problem),
    },
    keys: keys.map(({ id, publicKey, createdAt }) => ({
      id,
      public_key: publicKey,
      created_at: createdAt.toISOString(),
    })),
  };
}
