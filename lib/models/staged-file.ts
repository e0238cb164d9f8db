/**
 * A file on its way into a version: its bytes are hashed in the store, but not visible yet (a fresh upload), or there
 * already (a blob named by its digest).
 */
import type { BlobStore } from "#lib/blobs/blob-store.ts";
import type { Claims } from "#lib/blobs/claim-blobs.ts";
import { publishBlobs } from "#lib/blobs/publish-blobs.ts";
import { readerSource } from "#lib/blobs/reading/reader-source.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import type { BlobReader, BlobWriter } from "#lib/storage/contract.ts";
import type { ModelCtx } from "./model-context.ts";

export type StagedFile = {
  path: string;
  /** Lower-case hex. */
  sha256: string;
  sizeBytes: number;
  /** null for bytes that are stored already. */
  writer: BlobWriter | null;
};

/** Makes every file's bytes durable under their digests. Returns the claims that the version's transaction proves. */
export function publishFiles(ctx: ModelCtx, files: readonly StagedFile[]): Promise<Claims> {
  return publishBlobs(
    ctx,
    files.map(({ sha256, sizeBytes, writer }) => ({ sha256, sizeBytes, bytes: writer })),
  );
}

/** Removes files that were not published; never throws, so that it may stand in a `finally`. */
export async function discardFiles(files: readonly StagedFile[]): Promise<void> {
  await Promise.allSettled(files.map((file) => file.writer?.abort()));
}

/** Runs `use` with every file open for random access, and closes them after it. */
export async function withSources<T>(
  blobs: BlobStore,
  files: readonly StagedFile[],
  use: (sources: { path: string; source: ByteSource }[]) => Promise<T>,
): Promise<T> {
  const open: BlobReader[] = [];
  try {
    const sources = [];
    for (const file of files) {
      const reader = await (file.writer?.openReader() ??
        blobs.openReader(file.sha256, file.sizeBytes));
      open.push(reader);
      sources.push({ path: file.path, source: readerSource(reader) });
    }
    return await use(sources);
  } finally {
    await Promise.allSettled(open.map((reader) => reader.close()));
  }
}

/**
 * Files of a JSON registration: bytes that are stored already, by digest. Knowing a digest is not
 * having the bytes: the caller says whether the actor may read the blob. Throws `blob_not_found`.
 */
export function stagedFromDigest(
  path: string,
  digest: string,
  known: ReadonlyMap<string, number>,
): StagedFile {
  const sha256 = digest.replace(/^sha256:/, "");
  const sizeBytes = known.get(sha256);
  if (sizeBytes === undefined) {
    throw new RegistryError(
      "blob_not_found",
      `No version has a file with the digest ${digest}; upload the file.`,
      {
        problems: [{ pointer: "/files", detail: `${digest} is not stored` }],
      },
    );
  }
  return { path, sha256, sizeBytes, writer: null };
}

/** A file whose bytes came by a resumable upload: `uploads` are complete ones of the actor. */
export function stagedFromUpload(
  path: string,
  id: string,
  uploads: ReadonlyMap<string, { sha256: string; sizeBytes: number }>,
): StagedFile {
  const stored = uploads.get(id);
  if (stored === undefined)
    throw new RegistryError("upload_not_found", `There is no upload ${id}.`);
  return { path, ...stored, writer: null };
}
