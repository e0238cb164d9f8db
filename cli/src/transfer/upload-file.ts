/** One file by the registry's resumable uploads: parts in parallel, and nothing that is there already. */
import { open } from "node:fs/promises";
import type { ClientRequest } from "node:http";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { PATIENCE } from "../http/attempts.ts";
import type { Registry } from "../http/registry.ts";
import type { Translate } from "../messages/translate.ts";
import { completedSchema, type Upload, uploadOrStoredSchema, uploadSchema } from "../wire.ts";
import type { LocalFile } from "./collect-files.ts";
import { digestOf } from "./hash-file.ts";
import { inParallel } from "./in-parallel.ts";
import type { UploadNotes } from "./upload-notes.ts";

export type SentFile = { path: string; digest: string } | { path: string; upload_id: string };
export type Bar = { add(bytes: number): void; skip(bytes: number): void };

export type UploadPlaces = {
  registry: Registry;
  notes: UploadNotes;
  /** How many parts are on their way at once. */
  jobs: number;
  bar: Bar;
  t: Translate;
};

const READ_BYTES = 1024 * 1024;
const { transfer: patience } = PATIENCE;
const CHANGED = new Set(["digest_mismatch", "length_mismatch", "upload_conflict"]);

/** How the file is named in a registration, and the digest under which the upload was noted. */
export async function uploadFile(
  places: UploadPlaces,
  file: LocalFile,
  signal: AbortSignal,
): Promise<{ sent: SentFile; digest: string }> {
  const { registry, notes, bar, t } = places;
  const { path } = file;
  const digest = await digestOf(file.source, signal).catch((error) => {
    signal.throwIfAborted();
    throw new Failure(EXIT.local, t("local.unreadable", { path: file.source, why: error.message }));
  });
  const begun = await findBegun(places, file, digest);
  const upload =
    begun ??
    (await registry.json(
      {
        method: "POST",
        path: "/uploads",
        json: { size_bytes: file.sizeBytes, digest },
        isRepeatable: true,
        patience,
        signal,
      },
      uploadOrStoredSchema,
    ));
  if ("stored" in upload) {
    bar.skip(file.sizeBytes);
    return { sent: { path, digest }, digest };
  }
  if (begun === null) await notes.keep(digest, upload.id);
  try {
    await sendParts(places, file, upload, signal);
    await registry.json(
      {
        method: "POST",
        path: `/uploads/${upload.id}/complete`,
        isRepeatable: true,
        patience,
        signal,
      },
      completedSchema,
    );
  } catch (error) {
    throw await explain(places, file, digest, error);
  }
  return { sent: { path, upload_id: upload.id }, digest };
}

/** The upload that an earlier run began for the same bytes, if the registry still has it. */
async function findBegun(
  { registry, notes }: UploadPlaces,
  file: LocalFile,
  digest: string,
): Promise<Upload | null> {
  const id = await notes.find(digest);
  if (id === null) return null;
  try {
    const call = { method: "GET", path: `/uploads/${encodeURIComponent(id)}`, patience } as const;
    const upload = await registry.json(call, uploadSchema);
    return upload.size_bytes === file.sizeBytes ? upload : null;
  } catch (error) {
    // Expired, or of another account: a new one is begun.
    if (error instanceof Failure && [400, 403, 404].includes(error.status ?? 0)) return null;
    throw error;
  }
}

async function sendParts(
  { registry, jobs, bar }: UploadPlaces,
  file: LocalFile,
  upload: Upload,
  signal: AbortSignal,
): Promise<void> {
  const { part_size_bytes: partBytes } = upload;
  const lengthOf = (part: number) => Math.min(partBytes, file.sizeBytes - part * partBytes);
  const received = new Set(upload.digest === null ? upload.received : numbers(upload.parts));
  const missing: number[] = [];
  for (const part of numbers(upload.parts))
    if (received.has(part)) bar.skip(lengthOf(part));
    else missing.push(part);
  await inParallel(missing, jobs, signal, async (part, either) => {
    const length = lengthOf(part);
    let counted = 0;
    const count = (bytes: number) => {
      counted += bytes;
      bar.add(bytes);
    };
    await registry.send({
      method: "PUT",
      path: `/uploads/${upload.id}/parts/${part}`,
      headers: { "content-type": "application/octet-stream", "content-length": String(length) },
      body: (request) => {
        // This attempt begins again at the part's first byte.
        count(-counted);
        return writePart(request, file.source, part * partBytes, length, count);
      },
      patience,
      signal: either,
    });
  });
}

/** Two buffers in turn, used again: a stream of the file would allocate all of its bytes anew. */
async function writePart(
  request: ClientRequest,
  source: string,
  start: number,
  length: number,
  count: (bytes: number) => void,
): Promise<void> {
  const file = await open(source, "r");
  try {
    const buffers = [0, 1].map(() => Buffer.allocUnsafeSlow(Math.min(READ_BYTES, length)));
    let writing: Promise<void> = Promise.resolve();
    for (let at = 0; at < length; ) {
      const buffer = buffers.reverse()[0] as Buffer;
      const wanted = Math.min(buffer.length, length - at);
      const { bytesRead } = await file.read(buffer, 0, wanted, start + at);
      if (bytesRead === 0) throw new Shorter();
      await writing;
      writing = write(request, buffer.subarray(0, bytesRead));
      // It is awaited before the other buffer is written; a failure before that is not unhandled.
      writing.catch(() => undefined);
      count(bytesRead);
      at += bytesRead;
    }
    await writing;
    request.end();
  } finally {
    await file.close();
  }
}

/** Resolves when the system has taken the bytes, so that the buffer is free. */
function write(request: ClientRequest, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // A request that has ended does not call back.
    const onClose = () => reject(new Error("the request has ended"));
    request.once("close", onClose);
    request.write(bytes, (error) => {
      request.off("close", onClose);
      if (error) reject(error);
      else resolve();
    });
    if (request.destroyed) onClose();
  });
}

/** The file has fewer bytes than when the command began. */
class Shorter extends Error {
  readonly code = "FILE_SHORTER";
}

async function explain(
  { notes, t }: UploadPlaces,
  file: LocalFile,
  digest: string,
  error: unknown,
): Promise<unknown> {
  const cause = error instanceof Failure ? error.cause : error;
  const hasChanged =
    (error instanceof Failure && CHANGED.has(error.code ?? "")) || cause instanceof Shorter;
  if (!hasChanged) return error;
  await notes.forget(digest);
  return new Failure(EXIT.local, t("register.changed", { path: file.source }), { cause: error });
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
