import { inParallel } from "#lib/in-parallel.ts";
import type { ModelCtx } from "./model-context.ts";
import { removeRecords, writeRecords } from "./write-records.ts";

/** Records that are written at once, to a disk or a bucket. */
const LANES = 8;

/** Writes the records of a renamed model under its new name, and then removes those of the old one. Repeatable. */
export async function renameRecords(
  ctx: ModelCtx,
  input: { model_id: string; old_name: string },
  signal: AbortSignal,
): Promise<void> {
  const model = await ctx.db.model.findUnique({
    where: { id: BigInt(input.model_id) },
    select: { name: true, versions: { select: { id: true } } },
  });
  if (model !== null) {
    const named = { name: model.name, model_id: input.model_id };
    await writeRecords(ctx, { ...named, version_id: null });
    await inParallel(LANES, model.versions, async ({ id }) => {
      signal.throwIfAborted();
      await writeRecords(ctx, { ...named, version_id: id.toString() });
    });
  }
  await removeRecords(ctx, { name: input.old_name }, signal);
}
