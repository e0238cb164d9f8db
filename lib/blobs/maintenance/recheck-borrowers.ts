import type { Prisma } from "#lib/db/generated/client.ts";
import type { BlobCtx } from "../blob-context.ts";
import type { BlobChecker } from "../verification/scrub-thread.ts";
import { scrubBlob } from "./scrub-blob.ts";

/**
 * Verifies again the blobs that were damaged only because they borrow from blobs that are sound by now, so that the
 * run's result counts them too. Borrowers of a borrower come in the next round.
 */
export async function recheckBorrowers(
  ctx: BlobCtx,
  checker: BlobChecker,
  { target }: { target: Prisma.Sql },
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  for (;;) {
    const rows = await ctx.db.$queryRaw<{ digest: string }[]>`
      select digest from blob where damaged_at is not null and encoding = 'mrz' and ${target}
        and digest <> all(${[...seen]}::text[])
        and exists (select from blob_source as s where s.digest = blob.digest)
        and not exists (select from blob_source as s join blob as lender on lender.digest = s.source_digest
          where s.digest = blob.digest and lender.damaged_at is not null)`;
    if (rows.length === 0) return;
    for (const { digest } of rows) {
      signal.throwIfAborted();
      seen.add(digest);
      await scrubBlob(ctx, checker, digest, signal);
    }
  }
}
