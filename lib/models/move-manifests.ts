import { manifestKey, trashKey } from "#lib/storage/layout.ts";
import type { ModelCtx } from "./model-context.ts";

/**
 * Manifests follow their versions into the trash folder and back, so that a rebuild from the disk alone
 * does not bring back what was deleted. Called after the commit: the database decides what is in the
 * trash, so a manifest that could not be moved is logged and not an error of the request.
 */
export async function moveManifests(
  ctx: ModelCtx,
  model: string,
  versions: readonly string[],
  direction: "to-trash" | "back",
): Promise<void> {
  for (const version of versions) {
    const key = manifestKey(model, version);
    const [from, to] = direction === "to-trash" ? [key, trashKey(key)] : [trashKey(key), key];
    try {
      await ctx.storage.move(from, to);
    } catch (error) {
      const about = { operation: "move_manifest", model_name: model, version, error };
      ctx.log.warn(about, "the manifest stays where it was");
    }
  }
}
