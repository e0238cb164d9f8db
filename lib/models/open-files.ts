/** What a download needs: the files of a version that the verdict lets out. */
import type { Ctx } from "../context.ts";
import { RegistryError } from "../errors.ts";
import type { BlobReader } from "../storage/contract.ts";
import { assertMay } from "./policy.ts";
import { getLiveModel, resolveRef } from "./store.ts";

export type DownloadInput = {
  name: string;
  ref: string;
  /** The actor has read the findings of a suspicious version and wants it all the same. */
  acceptRisk: boolean;
};

export type DownloadFile = {
  path: string;
  sizeBytes: number;
  /** Lower-case hex SHA-256. */
  sha256: string;
  mediaType: string;
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
  createdAt: Date;
  files: DownloadFile[];
};

/** Throws `version_quarantined`, `storage_corrupt` and the not-found errors. */
export async function openVersionFiles(ctx: Ctx, input: DownloadInput): Promise<DownloadVersion> {
  const version = await findVersionFiles(ctx, input);
  for (const file of version.files) refuseDamaged(version, file);
  return version;
}

type FoundFile = DownloadFile & { isDamaged: boolean };
type FoundVersion = Omit<DownloadVersion, "files"> & { files: FoundFile[] };

/** All files of the version, or the one at `path` if it is there: one row, however many files there are. */
async function findVersionFiles(
  ctx: Ctx,
  input: DownloadInput & { path?: string },
): Promise<FoundVersion> {
  assertMay(ctx, "model.read");
  const model = await getLiveModel(ctx.db, input.name);
  const id = await resolveRef(ctx.db, model, input.ref);
  const row = await ctx.db.version.findUniqueOrThrow({
    where: { id },
    select: {
      id: true,
      version: true,
      digest: true,
      verdict: true,
      createdAt: true,
      files: {
        ...(input.path === undefined ? {} : { where: { path: input.path } }),
        orderBy: { position: "asc" },
        include: { blob: { select: { damagedAt: true } } },
      },
    },
  });
  refuseUncleared(`${model.name} ${row.version}`, row.verdict, input.acceptRisk);
  return {
    modelId: model.id,
    versionId: row.id,
    model: model.name,
    version: row.version,
    digest: row.digest,
    createdAt: row.createdAt,
    files: row.files.map((file) => ({
      path: file.path,
      sizeBytes: Number(file.sizeBytes),
      sha256: file.digest,
      mediaType: file.mediaType,
      isDamaged: file.blob.damagedAt !== null,
      open: () => ctx.blobs.openReader(file.digest, Number(file.sizeBytes)),
    })),
  };
}

/** Throws `file_not_found` besides what `openVersionFiles` throws. */
export async function openVersionFile(
  ctx: Ctx,
  input: DownloadInput & { path: string },
): Promise<{ version: DownloadVersion; file: DownloadFile }> {
  const version = await findVersionFiles(ctx, input);
  const [file] = version.files;
  if (file === undefined) {
    throw new RegistryError(
      "file_not_found",
      `${version.model} ${version.version} has no file ${input.path}.`,
    );
  }
  refuseDamaged(version, file);
  return { version, file };
}

/** Known damage is told before the first byte: a transfer that breaks off later says less. */
function refuseDamaged({ model, version }: FoundVersion, file: FoundFile): void {
  if (!file.isDamaged) return;
  throw new RegistryError(
    "storage_corrupt",
    `The stored bytes of ${file.path} in ${model} ${version} are damaged. Registering the same bytes again heals them.`,
  );
}

function refuseUncleared(name: string, verdict: string, acceptRisk: boolean): void {
  if (verdict === "clean" || (verdict === "suspicious" && acceptRisk)) return;
  const hint =
    verdict === "suspicious"
      ? "read its findings, and pass accept_risk=true if you want it all the same"
      : "its findings say why; it stays stored and is not served";
  throw new RegistryError(
    "version_quarantined",
    `The scan's verdict for ${name} is ${verdict}: ${hint}.`,
  );
}
