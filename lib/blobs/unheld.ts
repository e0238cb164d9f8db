import { Prisma } from "../db/generated/client.ts";

/**
 * How long a claim holds a blob: far longer than a registration takes from its claim to its commit, so whoever claimed
 * and came no further has died.
 */
export const CLAIM_GRACE_MS = 60 * 60 * 1000;

export const claimLimit = (now: Date, graceMs: number): Date => new Date(now.getTime() - graceMs);

/** The condition on a row of `blob` that nothing holds it: the whole truth about what may be freed. */
export function isUnheld(claimedBefore: Date): Prisma.Sql {
  return Prisma.sql`blob.claimed_at < ${claimedBefore}
    and not exists (select from file where file.digest = blob.digest)
    and not exists (select from upload where upload.digest = blob.digest)
    and not exists (select from blob_source where blob_source.source_digest = blob.digest)`;
}

/**
 * The digests of all that a collection would free: also blobs that are held by nothing but blobs that it frees first.
 */
export function selectFreeable(claimedBefore: Date): Prisma.Sql {
  return Prisma.sql`
    with recursive candidate as materialized (
      select digest from blob where blob.claimed_at < ${claimedBefore}
        and not exists (select from file where file.digest = blob.digest)
        and not exists (select from upload where upload.digest = blob.digest)
    ), lender as (
      select s.source_digest as digest from blob_source as s
      where s.source_digest in (select digest from candidate)
        and s.digest not in (select digest from candidate)
      union
      select s.source_digest from blob_source as s join lender on s.digest = lender.digest
    )
    select digest from candidate where digest not in (select digest from lender)`;
}
