import type { Ctx } from "#lib/context.ts";
import { blobKey } from "#lib/storage/layout.ts";

/** A client begins at once; a longer life would only help somebody who finds the URL in a log. */
const TTL_SECONDS = 300;

/**
 * Where a client can fetch a whole blob from the store itself; null where the server must send it: redirects are not
 * configured, the store has no such URLs, or the bytes are not kept as they are (compressed).
 * `sha256` is lower-case hex.
 */
export async function findDownloadUrl(
  ctx: Ctx,
  blob: { sha256: string; sizeBytes: number },
  answer: { contentType: string; contentDisposition: string },
): Promise<string | null> {
  const { storage, config } = ctx;
  if (!config.storage.s3.redirectDownloads || !storage.createDownloadUrl) return null;
  const key = blobKey(blob.sha256);
  const stored = await storage.stat(key);
  if (stored?.sizeBytes !== blob.sizeBytes) return null;
  return storage.createDownloadUrl(key, { ...answer, ttlSeconds: TTL_SECONDS });
}
