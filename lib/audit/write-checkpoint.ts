/**
 * Signed statements of how far the chain had come. The storage has a copy of each: whoever rewrites the database, hashes and
 * all, would have to rewrite the storage too, and whatever copies of it lie elsewhere.
 */
import type { Ctx } from "#lib/context.ts";
import { inTransaction, STORE_TIMEOUT_MS } from "#lib/db/transaction.ts";
import { checkpointKey } from "#lib/storage/layout.ts";
import { canonicalJson } from "#lib/wire/canonical-json.ts";
import { ensureAuditKey, type Statement, signStatement } from "./audit-keys.ts";
import { lastLink, takeChainLock } from "./chain-entries.ts";

/** A checkpoint is due after this many entries, or when the newest entry that none covers has waited this long. */
const EVERY_ENTRIES = 1_000n;
const EVERY_MS = 10 * 60 * 1000;

type CheckpointCtx = Pick<Ctx, "db" | "storage" | "now">;

/**
 * Signs the end of the chain if that is due, or, with `isLast`, if anything is new. Returns whether it did. First the storage,
 * then the database: a crash in between leaves a true statement that the database does not know.
 */
export async function writeCheckpoint(
  ctx: CheckpointCtx,
  { isLast = false }: { isLast?: boolean } = {},
): Promise<boolean> {
  return inTransaction(
    ctx.db,
    async (tx) => {
      if (!(await takeChainLock(tx))) return false;
      const { seq, hash } = await lastLink(tx);
      const before = await tx.auditCheckpoint.findFirst({ orderBy: { seq: "desc" } });
      if (seq <= (before?.seq ?? 0n)) return false;
      const at = ctx.now();
      const isDue =
        before === null ||
        seq - before.seq >= EVERY_ENTRIES ||
        at.getTime() - before.at.getTime() >= EVERY_MS;
      if (!isDue && !isLast) return false;
      const key = await ensureAuditKey(tx);
      const statement: Statement = {
        seq: seq.toString(),
        hash,
        at: at.toISOString(),
        key_id: key.id,
      };
      const signature = signStatement(statement, key.privateKey);
      const document = checkpointDocument(statement, key.publicKey, signature);
      await ctx.storage.putDocument(checkpointKey(seq, hash), document);
      await tx.auditCheckpoint.create({
        data: {
          seq,
          hash: Uint8Array.from(Buffer.from(hash, "hex")),
          at,
          keyId: key.id,
          signature: Uint8Array.from(signature),
        },
      });
      return true;
    },
    { timeout: STORE_TIMEOUT_MS },
  );
}

/** The copy of a checkpoint. */
export function checkpointDocument(
  statement: Statement,
  publicKey: string,
  signature: Buffer,
): Uint8Array {
  const document = { ...statement, public_key: publicKey, signature: signature.toString("base64") };
  return Buffer.from(canonicalJson(document));
}
