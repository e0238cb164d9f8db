import type { Ctx } from "#lib/context.ts";

export type FoundPiece = { sha256: string; sizeBytes: number; block: number };

/**
 * Where blocks with these digests are stored, in the order of the question; null for what is stored nowhere. Blobs that
 * refer to `forBlob` are left out, as in `findBase`.
 */
export async function findPieces(
  ctx: Ctx,
  forBlob: string,
  pieces: readonly Uint8Array[],
): Promise<(FoundPiece | null)[]> {
  const hex = pieces.map((piece) => Buffer.from(piece).toString("hex"));
  const rows = await ctx.db.$queryRaw<
    { piece: string; digest: string; block: number; size_bytes: bigint }[]
  >`
    with recursive dependents as (
      select digest from blob_source where source_digest = ${forBlob}
      union
      select s.digest from blob_source as s join dependents as d on s.source_digest = d.digest
    )
    select encode(p.piece, 'hex') as piece, p.digest, p.block, b.size_bytes
    from unnest(${hex}::text[]) as asked(hex)
    join piece as p on p.piece = decode(asked.hex, 'hex')
    join blob as b on b.digest = p.digest
    where b.encoding = 'mrz' and b.damaged_at is null and p.digest <> ${forBlob}
      and p.digest not in (select digest from dependents)`;
  const found = new Map(
    rows.map(({ piece, digest, block, size_bytes }) => [
      piece,
      { sha256: digest, sizeBytes: Number(size_bytes), block },
    ]),
  );
  return hex.map((piece) => found.get(piece) ?? null);
}
