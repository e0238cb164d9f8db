import { inParallel } from "#lib/in-parallel.ts";
import { TheirError } from "#lib/mlflow-sync/their-error.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import type { Work } from "#lib/operations/carry-out-operation.ts";
import { findBelow, removeArtifacts } from "#lib/uploads/artifacts/find-artifacts.ts";
import { putArtifact } from "#lib/uploads/artifacts/put-artifact.ts";
import type { SourceFile } from "./source-file.ts";

const LANES = 4;
const SAVE_EVERY_MS = 1_000;

type Progress = {
  files: number;
  total_files: number;
  bytes: number;
  /** null where a file's length is told by the answer that brings it alone. */
  total_bytes: number | null;
};

/**
 * Brings files into a folder of the actor's artifacts, hashed and durable; one that is there whole does not come again, and what is
 * none of them goes. Throws TheirError, and what `putArtifact` throws.
 */
export async function fetchFiles(
  ctx: ModelCtx,
  files: readonly SourceFile[],
  { room, signal, save }: { room: string; signal: AbortSignal; save: Parameters<Work>[1]["save"] },
): Promise<void> {
  const here = new Map((await findBelow(ctx, room)).map((file) => [file.path, file.sizeBytes]));
  const progress: Progress = {
    files: 0,
    total_files: files.length,
    bytes: 0,
    total_bytes: files.every(({ sizeBytes }) => sizeBytes !== null)
      ? files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
      : null,
  };
  const saveSometimes = sometimes(() => save(progress));
  await save(progress);
  await inParallel(LANES, files, async (file) => {
    signal.throwIfAborted();
    const kept = here.get(file.path);
    if (kept !== undefined && kept === file.sizeBytes) progress.bytes += kept;
    else {
      const opened = await file.open();
      if (files.length === 1) progress.total_bytes ??= opened.sizeBytes;
      const bytes = counting(opened.bytes, async (count) => {
        progress.bytes += count;
        await saveSometimes();
      });
      const path = `${room}/${file.path}`;
      await put(ctx, { path, sizeBytes: opened.sizeBytes, bytes }, signal);
    }
    progress.files += 1;
  });
  for (const path of here.keys())
    if (!files.some((file) => file.path === path)) await removeArtifacts(ctx, `${room}/${path}`);
  await save(progress);
}

async function put(
  ctx: ModelCtx,
  file: { path: string; sizeBytes: number | null; bytes: AsyncIterable<Uint8Array> },
  signal: AbortSignal,
): Promise<void> {
  const headers = file.sizeBytes === null ? {} : { "content-length": String(file.sizeBytes) };
  await putArtifact(ctx, { path: file.path, headers, body: file.bytes }).catch((error) => {
    signal.throwIfAborted();
    // The reason why the bytes did not come says more than that they did not.
    throw error?.cause instanceof TheirError ? error.cause : error;
  });
}

function sometimes(save: () => Promise<void>): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < SAVE_EVERY_MS) return;
    last = performance.now();
    await save();
  };
}

async function* counting(
  bytes: AsyncIterable<Uint8Array>,
  add: (count: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    await add(chunk.length);
    yield chunk;
  }
}
