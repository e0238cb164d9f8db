/** The files of a version for a download: those that their verdicts let out. */

import { assertMayOn } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { isServed, type VerdictName } from "#lib/wire/words.ts";
import { findFile } from "./hot-statements.ts";
import type { ModelCtx } from "./model-context.ts";
import { getLiveModel, nameKey, refNotFound, resolveRef } from "./store.ts";

export type DownloadInput = {
  name: string;
  ref: string;
  /** The actor has read the findings of the suspicious files and wants them all the same. */
  acceptRisk: boolean;
};

export type DownloadFile = {
  path: string;
  sizeBytes: number;
  /** Lower-case hex SHA-256. */
  sha256: string;
  mediaType: string;
  verdict: VerdictName;
  /** The caller closes the reader. Throws `storage_corrupt` when the blob is gone or damaged. */
  open: () => Promise<BlobReader>;
};

export type DownloadVersion = {
  modelId: bigint;
  versionId: bigint;
  model: string;
  version: string;
  /** Hex SHA-256 of the manifest. */
  digest: string;
  framework: string;
  createdAt: Date;
};

export type DownloadFiles = DownloadVersion & {
  /** The served files, at least one. */
  files: DownloadFile[];
  /** The paths of the files that are not served, in the version's order. */
  withheld: string[];
};

/** Throws `version_quarantined` when no file is served, `storage_corrupt` and the not-found errors. */
export async function openVersionFiles(
  ctx: ModelCtx,
  input: DownloadInput,
): Promise<DownloadFiles> {
  const { files: all, ...version } = await findVersionFiles(ctx, input);
  const files = all.filter(({ verdict }) => isServed(verdict, input.acceptRisk));
  if (files.length === 0) refuseWithheld(ctx, version, all);
  for (const file of files) refuseDamaged(version, file);
  const withheld = all.filter(({ verdict }) => !isServed(verdict, input.acceptRisk));
  return { ...version, files, withheld: withheld.map(({ path }) => path) };
}

type FoundFile = DownloadFile & { isDamaged: boolean };
type FoundVersion = DownloadVersion & { files: FoundFile[] };

async function findVersionFiles(ctx: ModelCtx, input: DownloadInput): Promise<FoundVersion> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const id = await resolveRef(ctx.db, model, input.ref);
  const row = await ctx.db.version.findUniqueOrThrow({
    where: { id },
    select: {
      id: true,
      version: true,
      digest: true,
      framework: true,
      verdict: true,
      createdAt: true,
      files: {
        orderBy: { position: "asc" },
        include: { blob: { select: { damagedAt: true } } },
      },
    },
  });
  return {
    modelId: model.id,
    versionId: row.id,
    model: model.name,
    version: row.version,
    digest: row.digest,
    framework: row.framework,
    createdAt: row.createdAt,
    files: row.files.map((file) => ({
      path: file.path,
      sizeBytes: Number(file.sizeBytes),
      sha256: file.digest,
      mediaType: file.mediaType,
      verdict: file.verdict as VerdictName,
      isDamaged: file.blob.damagedAt !== null,
      open: () => ctx.blobs.openReader(file.digest, Number(file.sizeBytes)),
    })),
  };
}

/** Throws `file_not_found`, `version_quarantined` when this file is not served, and what `openVersionFiles` throws. */
export async function openVersionFile(
  ctx: ModelCtx,
  input: DownloadInput & { path: string },
): Promise<{ version: DownloadVersion; file: DownloadFile }> {
  const asked = { nameKey: nameKey(input.name), ref: input.ref, path: input.path };
  const found = await findFile(ctx.db, asked);
  assertMayOn(ctx, "model.read", found, input.name);
  if (found.version_id === null) throw refNotFound(found.name, input.ref);
  const version = {
    modelId: BigInt(found.model_id),
    versionId: BigInt(found.version_id),
    model: found.name,
    version: found.version,
    digest: found.digest,
    framework: found.framework,
    createdAt: found.created_at,
  };
  if (found.path === null) {
    throw new RegistryError(
      "file_not_found",
      `${version.model} ${version.version} has no file ${input.path}.`,
    );
  }
  const sizeBytes = Number(found.size_bytes);
  const file = {
    path: found.path,
    sizeBytes,
    sha256: found.file_digest,
    mediaType: found.media_type,
    verdict: found.verdict,
    isDamaged: found.is_damaged,
    open: () => ctx.blobs.openReader(found.file_digest, sizeBytes),
  };
  if (!isServed(file.verdict, input.acceptRisk)) refuseWithheld(ctx, version, [file]);
  refuseDamaged(version, file);
  return { version, file };
}

/** Known damage is refused before the first byte: a transfer that breaks off later says less. */
function refuseDamaged({ model, version }: DownloadVersion, file: FoundFile): void {
  if (!file.isDamaged) return;
  throw new RegistryError(
    "storage_corrupt",
    `The stored bytes of ${file.path} in ${model} ${version} are damaged. Registering the same bytes again heals them.`,
  );
}

/** `files` are the files that were asked for, none of which is served. */
function refuseWithheld(
  ctx: ModelCtx,
  { model, version }: DownloadVersion,
  files: readonly FoundFile[],
): never {
  if (files.length === 0)
    throw new RegistryError(
      "file_not_found",
      `${model} ${version} has no bytes here: it was registered by its source alone.`,
    );
  const code = "version_quarantined";
  ctx.refused?.({ permission: "model.read", code, model, version });
  const told = files.find(({ verdict }) => verdict === "suspicious") ?? files[0];
  const none =
    files.length > 1 ? `None of the ${files.length} files of ${model} ${version} is served. ` : "";
  const hint =
    told?.verdict === "suspicious"
      ? "read its findings, and pass accept_risk=true if you want it all the same"
      : "its findings say why; it stays stored and is not served";
  throw new RegistryError(
    code,
    `${none}The scan's verdict for ${told?.path} of ${model} ${version} is ${told?.verdict}: ${hint}.`,
  );
}
