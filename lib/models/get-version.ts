import type { Ctx } from "../context.ts";
import { assertMay } from "./policy.ts";
import type { VersionWire } from "./schema.ts";
import { getLiveModel, resolveRef, withFiles } from "./store.ts";
import { versionToWire } from "./wire.ts";

/** `ref` is `1.2.0`, `latest` or `@alias`. Throws `model_not_found`, `version_not_found`, `alias_not_found`. */
export async function getVersion(
  ctx: Ctx,
  input: { name: string; ref: string },
): Promise<VersionWire> {
  assertMay(ctx, "model.read");
  const model = await getLiveModel(ctx.db, input.name);
  const id = await resolveRef(ctx.db, model, input.ref);
  const row = await ctx.db.version.findUniqueOrThrow({ where: { id }, include: withFiles });
  return versionToWire(model.name, row);
}
