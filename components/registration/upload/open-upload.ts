import type { UploadWire } from "#lib/uploads/schema.ts";
import type { ChosenFile } from "../chosen-files.ts";
import { blobDigest, contentDigest, DIGEST_MAX_BYTES, sha256 } from "./content-digest.ts";
import { fingerprintOf, isSameFile, type KeptUpload, type KeptUploads } from "./kept-uploads.ts";
import type { Call } from "./send.ts";
import type { UploadsApi } from "./uploads-api.ts";

type Places = { api: UploadsApi; kept: KeptUploads; form: string };
type Options = Pick<Call, "signal" | "onRetry">;

export type OpenUpload = {
  /** An upload of this very file. */
  id: string;
  partSizeBytes: number;
  parts: number;
  /** Parts that need not be sent again. */
  received: Set<number>;
  /** Parts that the server had when the upload was opened, while nothing says whose bytes they are. */
  unproven: ReadonlySet<number>;
  isSealed: boolean;
};

/** Goes on with the upload of the same file that this browser began, or begins a new one. */
export async function openUpload(
  places: Places,
  chosen: ChosenFile,
  options: Options,
): Promise<OpenUpload | { storedAs: string }> {
  const mark = fingerprintOf(chosen);
  const ofPath = await places.kept.find(places.form, mark.path).catch(() => []);
  const before = ofPath.filter((kept) => isSameFile(kept, mark));
  for (const kept of before) {
    const wire = await places.api.find(kept.id, options);
    const upload = wire && (await verify(places, kept, wire, chosen.file, options.signal));
    if (upload) return upload;
    if (wire) await places.api.remove(kept.id, options);
    await places.kept.forget(kept.id);
  }
  return begin(places, chosen, options);
}

async function begin(
  places: Places,
  chosen: ChosenFile,
  options: Options,
): Promise<OpenUpload | { storedAs: string }> {
  const digest = await wholeDigest(chosen.file);
  const answer = await places.api.create({ sizeBytes: chosen.file.size, digest }, options);
  if ("stored" in answer) {
    if (digest === null) throw new Error("stored without a digest");
    return { storedAs: digest };
  }
  await places.kept
    .keep({
      ...fingerprintOf(chosen),
      id: answer.id,
      form: places.form,
      partSizeBytes: answer.part_size_bytes,
    })
    // The browser keeps nothing: the upload works all the same.
    .catch(() => undefined);
  return toOpen(answer, new Set(answer.received));
}

/**
 * Small files are hashed whole before they are sent, so that the server may say that it has them. Large files are
 * not: browsers hash no streams, and reading a file twice would cost more than most networks save.
 */
async function wholeDigest(file: File): Promise<string | null> {
  if (file.size > DIGEST_MAX_BYTES) return null;
  const hash = await sha256(await file.arrayBuffer());
  return hash && blobDigest(hash);
}

/**
 * The kept upload if the file still has the bytes that were sent. Null when it changed under the same marks: a
 * version must not be made of halves of two files. Where the browser cannot hash, the marks have to do.
 */
async function verify(
  places: Places,
  kept: KeptUpload,
  wire: UploadWire,
  file: File,
  signal: AbortSignal,
): Promise<OpenUpload | null> {
  if (wire.part_size_bytes !== kept.partSizeBytes) return null;
  const digests = await places.kept.partDigests(kept.id);
  const received = new Set<number>();
  for (const part of wire.received) {
    signal.throwIfAborted();
    const isSame = await hasDigest(sliceOf(file, part, wire.part_size_bytes), digests.get(part));
    if (isSame === false) return null;
    if (isSame) received.add(part);
  }
  const upload = toOpen(wire, received);
  return upload.isSealed && received.size < wire.parts ? null : upload;
}

/** Null when nothing is known about the part as it was sent, so that it is sent again. */
async function hasDigest(bytes: Blob, digest: string | undefined): Promise<boolean | null> {
  if (bytes.size > DIGEST_MAX_BYTES || !globalThis.crypto?.subtle) return true;
  if (digest === undefined) return null;
  const hash = await sha256(await bytes.arrayBuffer());
  return hash === null || contentDigest(hash) === digest;
}

export function sliceOf(file: File, part: number, partSizeBytes: number): Blob {
  return file.slice(part * partSizeBytes, Math.min(file.size, (part + 1) * partSizeBytes));
}

function toOpen(wire: UploadWire, received: Set<number>): OpenUpload {
  return {
    id: wire.id,
    partSizeBytes: wire.part_size_bytes,
    parts: wire.parts,
    received,
    unproven: new Set(wire.received.filter((part) => !received.has(part))),
    isSealed: wire.digest !== null,
  };
}
