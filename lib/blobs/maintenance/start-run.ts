import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { addJob } from "#lib/operations/add-job.ts";
import type { TaskName } from "#lib/operations/tasks.ts";
import type { RunKind, RunWire } from "../schema.ts";
import { runToWire } from "./run-store.ts";

/** Frees in the background what nothing holds. Throws `run_in_progress`. */
export function startCollection(ctx: Ctx): Promise<RunWire> {
  return startRun(ctx, "collection", "collect-blobs", null);
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
  return startRun(ctx, "scrub", "scrub-blobs", target);
}

async function startRun(
  ctx: Ctx,
  kind: RunKind,
  task: Extract<TaskName, "collect-blobs" | "scrub-blobs">,
  target: string | null,
): Promise<RunWire> {
  assertMay(ctx, "storage.maintain");
  try {
    return await inTransaction(ctx.db, async (tx) => {
      const row = await tx.maintenanceRun.create({
        data: {
          kind,
          actor: ctx.actor.name,
          createdAt: await databaseNow(tx),
          progress: { target },
        },
      });
      await addJob(tx, task, { run_id: row.id.toString() }, { key: `run:${row.id}` });
      return runToWire(row);
    });
  } catch (error) {
    // One run of a kind at a time: an index sees to it.
    if (!isUniqueViolation(error)) throw error;
    throw new RegistryError("run_in_progress", `A ${kind} is running already; wait for its end.`, {
      cause: error,
    });
  }
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
  if (
    model !== undefined &&
    (await ctx.db.model.count({ where: { nameKey: model.toLowerCase() } })) === 0
  )
    throw new RegistryError("model_not_found", `There is no model named ${model}.`);
}
