import { findNextVersion } from "./find-next-version.ts";
import type { ModelCtx } from "./model-context.ts";
import { getLiveModel } from "./store.ts";

/** The names that the next version may get; `current` is the latest, null when there is none. */
export async function proposeVersion(ctx: ModelCtx, input: { name: string }) {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const [patch, minor, major] = await Promise.all([
    findNextVersion(ctx.db, model, "patch"),
    findNextVersion(ctx.db, model, "minor"),
    findNextVersion(ctx.db, model, "major"),
  ]);
  return { current: model.latestVersion, patch, minor, major };
}
