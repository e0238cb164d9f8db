import { millis } from "#lib/db/database-clock.ts";
import { Prisma } from "#lib/db/generated/client.ts";

/**
 * How long a claim holds a blob: far longer than a registration takes between two of them (`holdClaims`), so that a
 * claimant which came no further has died. Only the database's clock measures it, which all replicas share; a clock
 * that jumps cannot make a registration lose bytes, since its commit proves its claims (`proveClaims`).
 */
export const CLAIM_GRACE_MS = 60 * 60 * 1000;

/** The time from which on a claim is young, by the database's clock. Stable in a statement, so that an index serves it. */
function claimLimit(graceMs: number): Prisma.Sql {
  return Prisma.sql`now() - ${millis(graceMs)}`;
}

/** The condition on a row of `blob` that its claim is still young. */
export function isClaimed(graceMs: number): Prisma.Sql {
  return Prisma.sql`blob.claimed_at >= ${claimLimit(graceMs)}`;
}

const IS_UNREFERRED = Prisma.sql`not exists (select from file where file.digest = blob.digest)
    and not exists (select from upload where upload.digest = blob.digest)`;

/** No backup is under way: what its snapshot of the database names must stay until it is copied. */
const IS_NOT_BACKED_UP = Prisma.sql`not exists (select from backup_hold where until > now())`;

/** The condition on a row of `blob` that nothing refers to it, and that it may go. */
export const HAS_NO_HOLDER = Prisma.sql`${IS_UNREFERRED} and ${IS_NOT_BACKED_UP}
    and not exists (select from blob_source where blob_source.source_digest = blob.digest)`;

/** The condition on a row of `blob` that nothing holds it: the whole truth about what may be freed. */
export function isUnheld(graceMs: number): Prisma.Sql {
  return Prisma.sql`blob.claimed_at < ${claimLimit(graceMs)} and ${HAS_NO_HOLDER}`;
}

/**
 * The digests of all that a collection would free: also blobs that are held by nothing but blobs that it frees first.
 */
export function selectFreeable(graceMs: number): Prisma.Sql {
  return Prisma.sql`
    with recursive candidate as materialized (
      select digest from blob
      where blob.claimed_at < ${claimLimit(graceMs)} and ${IS_UNREFERRED} and ${IS_NOT_BACKED_UP}
    ), lender as (
      select s.source_digest as digest from blob_source as s
      where s.source_digest in (select digest from candidate)
        and s.digest not in (select digest from candidate)
      union
      select s.source_digest from blob_source as s join lender on s.digest = lender.digest
    )
    select digest from candidate where digest not in (select digest from lender)`;
}
