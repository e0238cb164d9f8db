import type { ModelCtx } from "./model-context.ts";

/** Versions whose rows go in one transaction: with 10,000 tensors each it takes seconds, and is the most that a kill undoes. */
const BATCH = 20;

type Removed = { models: number; versions: number };

/**
 * Removes the rows of purged models, a batch of versions at a time; whoever comes after a kill goes on where it was. The bytes
 * go with the next collection, if nothing else holds them.
 */
export async function removePurged(
  ctx: ModelCtx,
  tools: { signal: AbortSignal; before: Removed; save: (removed: Removed) => Promise<void> },
): Promise<Removed> {
  const removed = { ...tools.before };
  for (;;) {
    const model = await ctx.db.model.findFirst({
      where: { purgedAt: { not: null } },
      select: { id: true },
      orderBy: { id: "asc" },
    });
    if (model === null) return removed;
    for (;;) {
      tools.signal.throwIfAborted();
      const versions = await ctx.db.$executeRaw`
        delete from version where id in (
          select id from version where model_id = ${model.id} order by id limit ${BATCH})`;
      if (versions === 0) break;
      removed.versions += versions;
      await tools.save(removed);
    }
    const { count } = await ctx.db.model.deleteMany({ where: { id: model.id } });
    removed.models += count;
    await tools.save(removed);
  }
}
