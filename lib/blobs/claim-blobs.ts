import type { Ctx } from "#lib/context.ts";
import { millis } from "#lib/db/database-clock.ts";
import { type TransactionClient, whileConflicting } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";

export type BlobClaim = { sha256: string; sizeBytes: number };

/** Claimed blobs: the number of each blob's row (`incarnation`) by digest. */
export type Claims = ReadonlyMap<string, bigint>;

/** Far shorter than a claim holds a blob. */
const RENEW_MS = 10 * 60 * 1000;
/**
 * A claim so young is not renewed: what many register at once, such as a license file, would have all of them wait for one row.
 * Also far shorter than a claim holds a blob.
 */
const YOUNG_MS = 5 * 60 * 1000;

type ClaimedRow = { digest: string; incarnation: bigint };

/**
 * Says, before the bytes are published, that somebody is about to refer to them. The claim is committed at once: the
 * collection leaves blobs with a young claim alone, and of a statement that makes a claim and a collection that frees
 * the blob one waits for the other on the blob's row. So when the caller looks, either the bytes are still there or they
 * are gone and the caller writes them again; `proveClaims` is sure of it.
 */
export async function claimBlobs(ctx: Ctx, blobs: readonly BlobClaim[]): Promise<Claims> {
  // Sorted, so that two claims of the same blobs cannot wait for each other.
  const sorted = [...new Map(blobs.map((blob) => [blob.sha256, blob])).values()].sort((a, b) =>
    a.sha256 < b.sha256 ? -1 : 1,
  );
  const rows = JSON.stringify(sorted);
  const claimed = await whileConflicting(
    () => ctx.db.$queryRaw<ClaimedRow[]>`
      with wanted as (
        select * from jsonb_to_recordset(${rows}::jsonb) as t("sha256" text, "sizeBytes" bigint)
      ), young as (
        select digest, incarnation from blob join wanted on "sha256" = digest
        where claimed_at > clock_timestamp() - ${millis(YOUNG_MS)}
      ), claimed as (
        insert into blob (digest, size_bytes, stored_bytes, created_at, claimed_at)
        select "sha256", "sizeBytes", "sizeBytes", clock_timestamp(), clock_timestamp() from wanted
        where not exists (select from young where digest = "sha256")
        on conflict (digest) do update set claimed_at = clock_timestamp()
        returning digest, incarnation
      )
      select * from young union all select * from claimed`,
  );
  return toClaims(claimed);
}

/**
 * Claims bytes that the caller does not have: only rows that are there are claimed. Throws `blob_not_found` when one
 * is not.
 */
export async function claimStoredBlobs(ctx: Ctx, digests: readonly string[]): Promise<Claims> {
  const wanted = [...new Set(digests)];
  const claimed = await whileConflicting(
    () => ctx.db.$queryRaw<ClaimedRow[]>`
      with young as (
        select digest, incarnation from blob where digest = any(${wanted})
          and claimed_at > clock_timestamp() - ${millis(YOUNG_MS)}
      ), claimed as (
        update blob set claimed_at = clock_timestamp()
        from (
          select digest from blob where digest = any(${wanted})
            and not exists (select from young where young.digest = blob.digest)
          order by digest for no key update
        ) as known
        where blob.digest = known.digest
        returning blob.digest, blob.incarnation
      )
      select * from young union all select * from claimed`,
  );
  const claims = toClaims(claimed);
  for (const sha256 of wanted) if (!claims.has(sha256)) throw gone(sha256);
  return claims;
}

/**
 * The error for bytes that were promised and are not stored any more: the version that had them was deleted
 * meanwhile.
 */
export function gone(sha256: string): RegistryError {
  return new RegistryError(
    "blob_not_found",
    `The bytes of sha256:${sha256} were deleted meanwhile; upload the file.`,
    { problems: [{ pointer: "/files", detail: `sha256:${sha256} is not stored` }] },
  );
}

/** Keeps the claims young while `work` runs, however long it takes to write the bytes. */
export async function holdClaims<T>(ctx: Ctx, claims: Claims, work: () => Promise<T>): Promise<T> {
  const digests = [...claims.keys()];
  const timer = setInterval(() => {
    claimStoredBlobs(ctx, digests).catch((error: unknown) =>
      ctx.log.warn({ operation: "claim_blobs", error }, "claims were not renewed"),
    );
  }, RENEW_MS);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Proves, in the transaction that refers to the blobs and before it does, that none of them was freed, or was about
 * to be, since it was claimed. Holds their rows until the end. Needs no clock. Throws `unavailable` when a blob was
 * freed: when the client sends the same bytes again they are claimed and written anew.
 */
export async function proveClaims(tx: TransactionClient, claims: Claims): Promise<void> {
  const rows = JSON.stringify(
    [...claims].map(([digest, incarnation]) => ({ digest, incarnation: String(incarnation) })),
  );
  const held = await tx.$queryRaw<unknown[]>`
    select 1 from blob join jsonb_to_recordset(${rows}::jsonb) as t(digest text, incarnation bigint)
      on t.digest = blob.digest and t.incarnation = blob.incarnation
    order by blob.digest for key share of blob`;
  if (held.length === claims.size) return;
  throw new RegistryError(
    "unavailable",
    "The request took so long that bytes of it were freed meanwhile. Send it again.",
  );
}

const toClaims = (rows: readonly ClaimedRow[]): Claims =>
  new Map(rows.map(({ digest, incarnation }) => [digest, incarnation]));
