import type { Actor } from "#lib/access/actor.ts";
import { may } from "#lib/access/policy.ts";
import { actorOfAccount } from "#lib/accounts/actor-of-account.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { TheirError } from "#lib/mlflow-sync/their-error.ts";
import { PATIENCE, type Patience } from "#lib/mlflow-sync/within-patience.ts";
import { fillVersion, findFillable } from "#lib/models/fill-version.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { Outcome, Work } from "#lib/operations/carry-out-operation.ts";
import { addressPolicy } from "#lib/outgoing/address-policy.ts";
import { findBelow, removeArtifacts } from "#lib/uploads/artifacts/find-artifacts.ts";
import { fetchFiles } from "./fetch-files.ts";
import { httpFile } from "./http-source.ts";
import { type ImportSource, readImportSource } from "./import-source.ts";
import { withObjects } from "./s3-source.ts";
import type { SourceFile, SourceTools } from "./source-file.ts";
import { listTracking } from "./tracking-source.ts";

/** An answer that is no file: of a source that names no server each of them is asked while the client waits. */
const ANSWER_MS = 10_000;

type Tools = Parameters<Work>[1] & { patience?: Patience };

/**
 * The work of an operation: brings the files of a version's source into artifacts of whoever registered it, where a run that is killed
 * leaves those that are whole, and seals the version with them. Whoever registered it must still be allowed to.
 */
export async function runImport(
  ctx: ModelCtx,
  operation: { id: bigint; actorId: string },
  tools: Tools,
): Promise<Outcome> {
  try {
    return await bring(ctx, operation, tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    throw explained(error);
  }
}

async function bring(
  system: ModelCtx,
  { id, actorId }: { id: bigint; actorId: string },
  { signal, save, patience = { ...PATIENCE, answerMs: ANSWER_MS } }: Tools,
): Promise<Outcome> {
  const current = () => currentActor(system, actorId);
  const ctx = { ...system, actor: await current(), currentActor: current };
  const found = await findFillable(ctx, id);
  // The process ended between the two transactions: the version is sealed, and the operation was not told.
  if (found === null) return { progress: {} };
  const source = readImportSource(ctx.config, found.version.location);
  if (source === null)
    throw new RegistryError("forbidden", "The configuration does not allow this source any more.");
  const { maxFilesPerVersion: filesMax } = ctx.config.storage;
  return withFiles(ctx, source, { signal, patience, filesMax }, async (files) => {
    if (files === null)
      return {
        progress: {},
        error: "None of the configured MLflow servers has it: it stays where it is.",
      };
    const room = `imports/${id}`;
    await fetchFiles(ctx, files, { room, signal, save });
    const here = await findBelow(ctx, room);
    await fillVersion(ctx, {
      importId: id,
      files: here.map(({ path, sha256, sizeBytes }) => ({ path, sha256, sizeBytes, writer: null })),
    });
    await removeArtifacts(ctx, room);
    return { progress: {} };
  });
}

/** Throws `forbidden`, also for an account that is disabled or gone. */
async function currentActor(ctx: ModelCtx, id: string): Promise<Actor> {
  const actor = await actorOfAccount(ctx, id);
  if (may({ actor }, "version.register")) return actor;
  throw new RegistryError("forbidden", "Whoever registered it may not do so any more.");
}

/** null: nobody here has them. */
async function withFiles(
  ctx: ModelCtx,
  source: ImportSource,
  tools: SourceTools,
  use: (files: SourceFile[] | null) => Promise<Outcome>,
): Promise<Outcome> {
  switch (source.kind) {
    case "http": {
      const mayReach = addressPolicy(ctx.config.webhooks.allowedNetworks);
      return use([httpFile(source, { ...tools, mayReach })]);
    }
    case "tracking":
      return use(await listTracking(ctx, source, tools));
    case "s3":
      return withObjects(ctx, source, tools, use);
  }
}

/**
 * Readers of the model see why an import has failed, so nothing but sentences that were meant for them is told. What no later attempt
 * will change ends the operation at once.
 */
function explained(error: unknown): unknown {
  if (isRegistryError(error)) return error;
  if (!(error instanceof TheirError))
    return new RegistryError("unavailable", "This server had a fault of its own.", {
      cause: error,
    });
  if (error.problem === "transport") return error;
  return new RegistryError("invalid_request", error.message, { cause: error });
}
