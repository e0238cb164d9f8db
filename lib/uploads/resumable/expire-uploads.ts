import type { UploadCtx } from "../upload-context.ts";

const AT_ONCE = 100;

/** Removes uploads whose time is over, and bytes in the store that belong to no upload. Safe to be cut at any point. */
export async function expireUploads(ctx: UploadCtx, signal?: AbortSignal): Promise<number> {
  let expired = 0;
  for (;;) {
    signal?.throwIfAborted();
    const due = await ctx.db.$queryRaw<{ id: string }[]>`
      select id from upload where expires_at <= now() limit ${AT_ONCE}`;
    for (const { id } of due) {
      // A part that arrived just now has moved the end, so it is asked again.
      const count = await ctx.db.$executeRaw`
        delete from upload where id = ${id}::uuid and expires_at <= now()`;
      if (count === 0) continue;
      // The sweep finds bytes that a crash leaves here.
      await removeBytes(ctx, id);
      expired += 1;
    }
    if (due.length < AT_ONCE) break;
  }
  await sweep(ctx, signal);
  return expired;
}

/** Removes bytes without a row, as a crash leaves them, or a part that was on its way while its upload was removed. */
async function sweep(ctx: UploadCtx, signal?: AbortSignal): Promise<void> {
  let batch: string[] = [];
  const removeUnknown = async () => {
    const rows = await ctx.db.upload.findMany({
      where: { id: { in: batch }, state: "open" },
      select: { id: true },
    });
    const open = new Set(rows.map(({ id }) => id));
    for (const id of batch) if (!open.has(id)) await removeBytes(ctx, id);
    batch = [];
  };
  for await (const id of ctx.storage.listUploads()) {
    signal?.throwIfAborted();
    batch.push(id);
    if (batch.length === AT_ONCE) await removeUnknown();
  }
  await removeUnknown();
}

async function removeBytes(ctx: UploadCtx, id: string): Promise<void> {
  await ctx.transfers.end(id);
  await ctx.storage.removeUpload(id);
}
