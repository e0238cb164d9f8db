import { findReadableBlobs } from "#lib/uploads/resumable/find-readable-blobs.ts";
import { findStoredUploads } from "#lib/uploads/resumable/find-stored-uploads.ts";
import { FilePaths, parseFilePath } from "#lib/wire/file-path.ts";
import type { ModelCtx } from "./model-context.ts";
import { type StagedFile, stagedFromDigest, stagedFromUpload } from "./staged-file.ts";

/** A file of a JSON registration: bytes that are stored, or that this actor uploaded. */
export type NamedFile = { path: string } & ({ digest: string } | { upload_id: string });

/** Throws `invalid_path`, `blob_not_found`, `upload_not_found`, `upload_incomplete`. */
export async function stageNamedFiles(
  ctx: ModelCtx,
  files: readonly NamedFile[],
): Promise<StagedFile[]> {
  const known = await findReadableBlobs(
    ctx,
    files.flatMap((file) => ("digest" in file ? [file.digest] : [])),
  );
  const uploads = await findStoredUploads(
    ctx,
    files.flatMap((file) => ("upload_id" in file ? [file.upload_id] : [])),
  );
  const paths = new FilePaths();
  return files.map((file) => {
    const path = parseFilePath(file.path);
    paths.add(path);
    if ("digest" in file) return stagedFromDigest(path, file.digest, known);
    return stagedFromUpload(path, file.upload_id, uploads);
  });
}
