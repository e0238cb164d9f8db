/** Use cases in a trial run: everything that they ask, their refusals included, and nothing that they write. */
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { SyncRun } from "./sync-run.ts";

/** Does it here, or says in a trial run why it could not be done, and leaves no trace. Throws what the use case throws. */
export async function doHere(
  { ctx, isDryRun }: SyncRun,
  work: (ctx: ModelCtx) => Promise<unknown>,
): Promise<void> {
  await (isDryRun ? rehearse(ctx, work) : work(ctx));
}

/** Each change of a model is one transaction; a rehearsed one is rolled back where it would be committed. */
async function rehearse(ctx: ModelCtx, work: (ctx: ModelCtx) => Promise<unknown>): Promise<void> {
  const rolledBack = (body: (tx: never) => Promise<unknown>, options: object) =>
    ctx.db.$transaction(async (tx) => {
      await body(tx as never);
      throw new Rehearsed();
    }, options);
  const db = new Proxy(ctx.db, {
    get: (target, name) =>
      name === "$transaction" ? rolledBack : Reflect.get(target, name, target),
  });
  try {
    await work({ ...ctx, db });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
}

class Rehearsed extends Error {
  override readonly name = "Rehearsed";
}
