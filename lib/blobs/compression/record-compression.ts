import type { Ctx } from "#lib/context.ts";
import { inTransaction, STORE_TIMEOUT_MS, type TransactionClient } from "#lib/db/transaction.ts";
import { compressedBlobKey } from "#lib/storage/layout.ts";

/** What the compressed copy of a blob is made of. */
export type Compressed = {
  sha256: string;
  /** Where the copy lies until now. */
  key: string;
  /** Whether the copy may take the place of another compressed form. */
  mayReplace: boolean;
  storedBytes: number;
  /** Hex digests of the blobs that it refers to. */
  sources: readonly string[];
  /** Blocks that other blobs may refer to, by their digest. */
  pieces: readonly { piece: Uint8Array; block: number }[];
};

/**
 * `blob_gone`: nothing refers to it any more. `superseded`: another job was faster. `source_gone`: a blob that it refers
 * to was freed, or needs this one itself; make another one. `lost`: the copy was taken for a leftover; make another one.
 */
export type RecordOutcome = "recorded" | "blob_gone" | "superseded" | "source_gone" | "lost";

/**
 * Makes the compressed copy the stored form, and gives it its final key. The rows of the blob and of its sources are
 * locked: a collection that wants to free one of them waits and then sees the reference, or it was first and the row
 * is gone. The object under the final key changes only here, so it is always what the row says.
 */
export async function recordCompression(ctx: Ctx, made: Compressed): Promise<RecordOutcome> {
  return inTransaction(
    ctx.db,
    async (tx) => {
      const refusal = await lockRows(tx, made);
      if (refusal) return refusal;
      const isNew = (await ctx.storage.stat(made.key)) !== null;
      // A repeated call finds the move already done.
      if (!isNew && !(await isInPlace(ctx, made))) return "lost";
      await writeRows(tx, made);
      // The move comes last, so that little can fail between it and the commit. If the commit fails, either the raw
      // copy is there, or the new form refers to nothing and the row to more than is needed.
      if (isNew) await ctx.storage.move(made.key, compressedBlobKey(made.sha256));
      return "recorded";
    },
    { timeout: STORE_TIMEOUT_MS },
  );
}

async function isInPlace(ctx: Ctx, { sha256, storedBytes }: Compressed): Promise<boolean> {
  const found = await ctx.storage.stat(compressedBlobKey(sha256));
  return found?.sizeBytes === storedBytes;
}

async function lockRows(
  tx: TransactionClient,
  { sha256, sources, mayReplace }: Compressed,
): Promise<RecordOutcome | null> {
  const [blob] = await tx.$queryRaw<{ encoding: string }[]>`
    select encoding from blob where digest = ${sha256} for update`;
  if (!blob) return "blob_gone";
  if (blob.encoding === "mrz" && !mayReplace) return "superseded";
  const wanted = [...new Set(sources)];
  if (wanted.length === 0) return null;
  const sound = await tx.$queryRaw<{ digest: string }[]>`
    select digest from blob where digest = any(${wanted}) and damaged_at is null
    order by digest for key share`;
  const [circle] = await tx.$queryRaw<{ digest: string }[]>`
    with recursive needed as (
      select digest from unnest(${wanted}::text[]) as t(digest)
      union
      select s.source_digest from blob_source as s join needed as n on s.digest = n.digest
    )
    select digest from needed where digest = ${sha256}`;
  return sound.length < wanted.length || circle ? "source_gone" : null;
}

async function writeRows(tx: TransactionClient, made: Compressed): Promise<void> {
  const { sha256, sources, storedBytes } = made;
  await tx.blobSource.deleteMany({ where: { digest: sha256 } });
  await tx.blobSource.createMany({
    data: [...new Set(sources)].map((sourceDigest) => ({ digest: sha256, sourceDigest })),
  });
  await replacePieces(tx, made);
  await tx.blob.update({
    where: { digest: sha256 },
    data: { encoding: "mrz", storedBytes: BigInt(storedBytes), compression: "done" },
  });
  await refreshStoredBytes(tx, sha256);
}

/** A piece that is stored elsewhere stays there: one place is enough. */
async function replacePieces(tx: TransactionClient, { sha256, pieces }: Compressed): Promise<void> {
  await tx.piece.deleteMany({ where: { digest: sha256 } });
  if (pieces.length === 0) return;
  const rows = JSON.stringify(
    pieces.map(({ piece, block }) => ({ piece: Buffer.from(piece).toString("hex"), block })),
  );
  // Sorted, so that two compressions with common pieces cannot wait for each other.
  await tx.$executeRaw`
    insert into piece (piece, digest, block)
    select decode(t.piece, 'hex'), ${sha256}, t.block
    from jsonb_to_recordset(${rows}::jsonb) as t(piece text, block int)
    order by 1 on conflict (piece) do nothing`;
}

/**
 * What the versions that hold this blob take on disk, each distinct blob of a version counted once. A registration
 * that is under way holds its blobs' rows by its files, so it is either seen here or it sees the new size.
 */
export async function refreshStoredBytes(tx: TransactionClient, sha256: string): Promise<void> {
  await tx.$executeRaw`
    update version set stored_bytes = held.bytes
    from (
      select v.version_id, sum(b.stored_bytes)::bigint as bytes
      from (select distinct version_id, digest from file
            where version_id in (select version_id from file where digest = ${sha256})) as v
      join blob as b on b.digest = v.digest
      group by v.version_id
    ) as held
    where version.id = held.version_id and version.stored_bytes <> held.bytes`;
}

/** Records why a blob stays raw, so that it is not tried again and again. */
export async function recordUncompressed(
  ctx: Ctx,
  sha256: string,
  compression: "not_worth" | "failed",
): Promise<void> {
  await ctx.db.blob.updateMany({ where: { digest: sha256 }, data: { compression } });
}
