import { assertMay, assertMayOn } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import { startOperation } from "#lib/operations/start-operation.ts";
import type { RunKind, RunWire } from "../schema.ts";
import { runToWire } from "./run-wire.ts";

/** Frees in the background what nothing holds. Throws `run_in_progress`. */
export function startCollection(ctx: Ctx): Promise<RunWire> {
  return startRun(ctx, "collection", null);
}

/** Verifies in the background everything, one blob (`digest`) or the blobs of one `model`. Throws `run_in_progress`, `blob_not_found`, `model_not_found`. */
export async function startScrub(
  ctx: Ctx,
  { digest, model }: { digest?: string | undefined; model?: string | undefined },
): Promise<RunWire> {
  if (digest !== undefined && model !== undefined)
    throw new RegistryError("invalid_request", "Give a digest or a model, not both.");
  await assertExists(ctx, { digest, model });
  const target = digest ?? (model === undefined ? null : `model:${model}`);
  return startRun(ctx, "scrub", target);
}

async function startRun(ctx: Ctx, kind: RunKind, subject: string | null): Promise<RunWire> {
  assertMay(ctx, "storage.maintain");
  return runToWire(await startOperation(ctx, { kind, subject }));
}

async function assertExists(
  ctx: Ctx,
  { digest, model }: { digest?: string | undefined; model?: string | undefined },
): Promise<void> {
  assertMay(ctx, "storage.maintain");
  if (
    digest !== undefined &&
    (await ctx.db.blob.count({ where: { digest: digest.replace("sha256:", "") } })) === 0
  )
    throw new RegistryError("blob_not_found", `There is no blob with the digest ${digest}.`);
  if (model === undefined) return;
  const found = await ctx.db.model.findUnique({ where: { nameKey: model.toLowerCase() } });
  assertMayOn(ctx, "model.read", found, model);
}
