import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";

export type StoredUpload = { sha256: string; sizeBytes: number };

/**
 * The blobs that complete uploads of this actor hold, by id. Throws `upload_not_found`, and `upload_incomplete` for
 * one that was not completed yet.
 */
export async function findStoredUploads(
  ctx: Ctx,
  ids: readonly string[],
): Promise<Map<string, StoredUpload>> {
  const rows = await ctx.db.upload.findMany({
    where: {
      id: { in: [...new Set(ids)] },
      actorId: ctx.actor.id,
      expiresAt: { gt: await databaseNow(ctx.db) },
    },
    select: { id: true, digest: true, sizeBytes: true },
  });
  const known = new Map(rows.map((row) => [row.id, row]));
  const stored = new Map<string, StoredUpload>();
  for (const id of ids) {
    const row = known.get(id);
    if (row === undefined)
      throw refuse("upload_not_found", `There is no upload ${id}. It may have expired.`, id);
    if (row.digest === null)
      throw refuse("upload_incomplete", `The upload ${id} was not completed.`, id);
    stored.set(id, { sha256: row.digest, sizeBytes: Number(row.sizeBytes) });
  }
  return stored;
}

function refuse(
  code: "upload_not_found" | "upload_incomplete",
  detail: string,
  id: string,
): RegistryError {
  return new RegistryError(code, detail, { problems: [{ pointer: "/files", detail: id }] });
}
