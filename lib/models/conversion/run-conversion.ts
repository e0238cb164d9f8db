/** The work of a conversion: another version with the same files, its checkpoints as safetensors. */
import type { Actor } from "#lib/access/actor.ts";
import { may } from "#lib/access/policy.ts";
import { actorOfAccount } from "#lib/accounts/actor-of-account.ts";
import { checkQuota } from "#lib/accounts/check-quota.ts";
import type { File, Operation } from "#lib/db/generated/client.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import type { Signature } from "#lib/formats/contract.ts";
import type { Outcome, Work } from "#lib/operations/carry-out-operation.ts";
import { claimSpace, type SpaceClaim } from "#lib/uploads/free-space.ts";
import { FilePaths } from "#lib/wire/file-path.ts";
import type { ModelCtx } from "../model-context.ts";
import { registerVersion } from "../register-version.ts";
import type { Registration } from "../request-schema.ts";
import { discardFiles, type StagedFile } from "../staged-file.ts";
import { conversionSchema, isConvertible } from "./conversion-schema.ts";
import { convertedIndex, convertedPath } from "./converted-path.ts";
import { Converter } from "./converter.ts";
import { type Convertible, findConvertible } from "./find-convertible.ts";

const SAVE_EVERY_MS = 1_000;

type Tools = Parameters<Work>[1];
type Run = Tools & {
  ctx: ModelCtx;
  converter: Converter;
  progress: Progress;
  staged: StagedFile[];
};
type Progress = {
  files: number;
  total_files: number;
  /** Of the new files, without those that have not begun. */
  bytes: number;
  /** Of the checkpoints: the new files have about the same length. */
  total_bytes: number;
  tensors: number;
  left_out: number;
  /** The version that was made, by its number. */
  number: number | null;
};

/**
 * A run that was killed begins again: what it had written belongs to nobody, and is removed at the next start. The key of the
 * registration sees to it that one operation makes one version. Whoever asked for it must still be allowed to.
 */
export async function runConversion(
  system: ModelCtx,
  operation: Pick<Operation, "id" | "actorId" | "input">,
  tools: Tools,
): Promise<Outcome> {
  try {
    return await convertVersion(system, operation, tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    if (isRegistryError(error) && error.code !== "internal") throw error;
    // Readers of the model see why it has failed: the details of a fault are for the log.
    throw new RegistryError("unavailable", "This server had a fault of its own.", { cause: error });
  }
}

async function convertVersion(
  system: ModelCtx,
  { id, actorId, input }: Pick<Operation, "id" | "actorId" | "input">,
  tools: Tools,
): Promise<Outcome> {
  const asked = conversionSchema.parse(input);
  const current = () => currentActor(system, actorId);
  const ctx = { ...system, actor: await current(), currentActor: current };
  const found = await findConvertible(ctx, BigInt(asked.version_id));
  const checkpoints = found.files.filter(({ format }) => isConvertible(format));
  const progress: Progress = {
    files: 0,
    total_files: checkpoints.length,
    bytes: 0,
    total_bytes: checkpoints.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0),
    tensors: 0,
    left_out: 0,
    number: null,
  };
  const run = { ...tools, ctx, progress, converter: new Converter(), staged: [] };
  try {
    await tools.save(progress);
    const files = await convertFiles(run, found.files);
    const { version } = await registerVersion(ctx, {
      registration: { ...saidOf(found), version: asked.version, bump: asked.bump },
      files,
      idempotencyKey: `conversion:${id}`,
      origin: {
        source: `models:/${found.model.name}/${found.version.number}`,
        runId: found.version.runId,
        runLink: found.version.runLink,
        loggedModelId: null,
        location: null,
      },
      isOfKnownModel: true,
    });
    return { progress: { ...progress, number: version.number }, ...leftOut(progress) };
  } finally {
    await run.converter.end();
    await discardFiles(run.staged);
  }
}

/** Throws `forbidden`, also for an account that is disabled or gone. */
async function currentActor(ctx: ModelCtx, id: string): Promise<Actor> {
  const actor = await actorOfAccount(ctx, id);
  if (may({ actor }, "version.register")) return actor;
  throw new RegistryError("forbidden", "Whoever asked for the conversion may not do so any more.");
}

function saidOf({ model, version }: Convertible): Registration {
  return {
    name: model.name,
    metadata: version.metadata as Record<string, unknown>,
    ...(version.description === "" ? {} : { description: version.description }),
    ...(version.frameworkDeclared === null
      ? {}
      : { framework: version.frameworkDeclared as NonNullable<Registration["framework"]> }),
    ...(version.signatureGiven ? { signature: version.signature as Signature } : {}),
  };
}

function leftOut({ left_out: count }: Progress): { error?: string } {
  if (count === 0) return {};
  return {
    error: `${count} tensors were left out: they are state of a training or averages, and no weights of the model.`,
  };
}

/** All files of the new version; those that are written are in `run.staged`, too. */
async function convertFiles(run: Run, files: readonly File[]): Promise<StagedFile[]> {
  const made = new Map<string, { file: StagedFile; tensorBytes: number }>();
  for (const file of files) {
    if (!isConvertible(file.format)) continue;
    const converted = await convertFile(run, file);
    if (converted !== null) made.set(file.path, converted);
    run.progress.files += 1;
    await run.save(run.progress);
  }
  if (made.size === 0)
    throw new RegistryError("not_convertible", "No checkpoint of the version has weights.");
  const paths = new FilePaths();
  const result: StagedFile[] = [];
  for (const { path, digest: sha256, sizeBytes } of files) {
    const shards = convertedIndex(path);
    const parts = shards && [...made].filter(([old]) => shards.isOf(old)).map(([, part]) => part);
    const kept = { path, sha256, sizeBytes: Number(sizeBytes), writer: null };
    const file =
      shards && parts && parts.length > 0
        ? await writeIndex(run, shards.path, parts)
        : (made.get(path)?.file ?? kept);
    paths.add(file.path);
    result.push(file);
  }
  return result;
}

type Made = { file: StagedFile; tensorBytes: number };

/** null for a checkpoint without weights, such as that of an optimizer: it stays as it is. */
async function convertFile(run: Run, file: File): Promise<Made | null> {
  const { ctx, progress } = run;
  const path = convertedPath(file.path);
  const writer = await ctx.storage.createWriter();
  const staged: StagedFile = { path, sha256: "", sizeBytes: 0, writer };
  run.staged.push(staged);
  const reader = await ctx.blobs.openReader(file.digest, Number(file.sizeBytes));
  let claim: SpaceClaim | null = null;
  const before = progress.bytes;
  const saveSometimes = sometimes(() => run.save(progress));
  try {
    const converted = await run.converter.convert(
      {
        ...{ path, reader, writer },
        async onBegin(sizeBytes) {
          const { maxUploadSizeBytes } = ctx.config.storage;
          if (sizeBytes > maxUploadSizeBytes)
            throw new RegistryError("too_large", `${path} would have ${sizeBytes} bytes.`);
          await checkQuota(ctx, { bytes: sizeBytes });
          claim = await claimSpace(ctx.storage, sizeBytes, ctx.config.storage);
        },
        async onWritten(bytes) {
          claim?.received(bytes);
          progress.bytes = before + writer.bytesWritten;
          await saveSometimes();
        },
      },
      run.signal,
    );
    if (converted === null) return null;
    // Damaged bytes would become a version that is as damaged, and proven by its own digest.
    await reader.prove?.();
    Object.assign(staged, converted.stored);
    progress.tensors += converted.tensors;
    progress.left_out += converted.leftOut;
    return { file: staged, tensorBytes: converted.tensorBytes };
  } finally {
    (claim as SpaceClaim | null)?.release();
    await reader.close();
  }
}

async function writeIndex(run: Run, path: string, parts: readonly Made[]): Promise<StagedFile> {
  const writer = await run.ctx.storage.createWriter();
  const staged: StagedFile = { path, sha256: "", sizeBytes: 0, writer };
  run.staged.push(staged);
  const bytes = await run.converter.index(
    {
      paths: parts.map(({ file }) => file.path),
      totalBytes: parts.reduce((sum, { tensorBytes }) => sum + tensorBytes, 0),
    },
    run.signal,
  );
  await writer.write(bytes);
  return Object.assign(staged, await writer.finish());
}

function sometimes(save: () => Promise<void>): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < SAVE_EVERY_MS) return;
    last = performance.now();
    await save();
  };
}
