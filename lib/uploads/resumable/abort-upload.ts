import { assertMay } from "#lib/access/policy.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { UploadCtx } from "../upload-context.ts";
import { uploadNotFound } from "./upload-rows.ts";

/** Removes an upload and its parts; of a complete one, the hold on its bytes. Throws `upload_not_found`. */
export async function abortUpload(ctx: UploadCtx, id: string): Promise<void> {
  assertMay(ctx, "version.register");
  const { count } = await ctx.db.upload.deleteMany({
    where: { id, actorId: ctx.actor.id, expiresAt: { gt: await databaseNow(ctx.db) } },
  });
  if (count === 0) throw uploadNotFound(id);
  await ctx.transfers.end(id);
  await ctx.storage.removeUpload(id);
}
