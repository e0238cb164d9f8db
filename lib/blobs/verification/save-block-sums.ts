import type { TransactionClient } from "#lib/db/transaction.ts";

export type SummedBlob = { sha256: string; blockSums: Uint8Array };

/**
 * Writes down the checksums that reads of these blobs are compared with; they go with the blob's row. One statement,
 * however many blobs there are. A blob that has other checksums gets these: they were made of bytes that had its
 * digest.
 */
export async function saveBlockSums(
  db: TransactionClient,
  blobs: readonly SummedBlob[],
): Promise<void> {
  if (blobs.length === 0) return;
  // Sorted, so that two savers of the same blobs cannot wait for each other; a statement takes a row once only.
  const sorted = [...new Map(blobs.map((blob) => [blob.sha256, blob])).values()].sort((a, b) =>
    a.sha256 < b.sha256 ? -1 : 1,
  );
  const digests = sorted.map(({ sha256 }) => sha256);
  const sums = sorted.map(({ blockSums }) => Buffer.from(blockSums).toString("base64"));
  await db.$executeRaw`
    insert into block_sums (digest, sums)
    select t.digest, decode(t.sums, 'base64') from unnest(${digests}::text[], ${sums}::text[]) as t(digest, sums)
    where exists (select from blob where blob.digest = t.digest)
    on conflict (digest) do update set sums = excluded.sums where block_sums.sums <> excluded.sums`;
}
