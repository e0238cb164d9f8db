/** Makes and proves the compressed copy of a blob. Runs in any thread; knows no database. */
import { createHash, randomBytes } from "node:crypto";
import { findRegions } from "#lib/formats/regions.ts";
import { encodeMrz } from "#lib/mrz/encode-mrz.ts";
import { estimateGain } from "#lib/mrz/estimate-gain.ts";
import type { MrzReport } from "#lib/mrz/mrz-output.ts";
import { openMrz } from "#lib/mrz/open-mrz.ts";
import type { BlobReader, BlobWriter, StorageDriver } from "#lib/storage/contract.ts";
import { newCompressedBlobKey } from "#lib/storage/layout.ts";
import type { Region } from "#lib/wire/region.ts";
import { openStored } from "../reading/open-stored.ts";
import { readerSource } from "../reading/reader-source.ts";
import { missing } from "../reading/stored-errors.ts";
import type { FoundPiece } from "./find-pieces.ts";

/** Below this share of the raw bytes a compressed copy is not worth its decoding. */
const LEAST_GAIN = 0.05;
const VERIFY_STEP_BYTES = 4 * 1024 * 1024;

export type BlobName = { sha256: string; sizeBytes: number };
export type EncodeInput = BlobName & {
  /** A blob that this one probably resembles. */
  base: BlobName | null;
  /** How many blobs may have to be opened to read this one; with 0 it refers to no other blob. */
  maxChainDepth: number;
  /** Stores the copy even if it saves little: the present form refers to blobs that shall go. */
  mustStore: boolean;
};

export type EncodeOutcome =
  | { kind: "not_worth"; reason: string }
  | {
      kind: "stored";
      key: string;
      storedBytes: number;
      sources: string[];
      pieces: { piece: Uint8Array; block: number }[];
    };

export type EncodeOptions = {
  signal: AbortSignal;
  findPieces: (pieces: Uint8Array[]) => Promise<(FoundPiece | null)[]>;
};

/**
 * Writes the compressed copy beside the raw one, after the copy was decoded again and found to have the blob's
 * digest. The copy is durable under `key` when this resolves. Throws `storage_corrupt` when the stored bytes are not
 * those of the digest, the storage's errors, and the signal's reason.
 */
export async function encodeBlob(
  storage: StorageDriver,
  input: EncodeInput,
  options: EncodeOptions,
): Promise<EncodeOutcome> {
  const { sha256, sizeBytes } = input;
  const mayDecline = !input.mustStore;
  const source = await openStored(storage, sha256, sizeBytes);
  let writer: BlobWriter | null = null;
  try {
    const regions = await findRegions(readerSource(source));
    if (mayDecline && !input.base && (await estimateGain(source, regions)) < LEAST_GAIN)
      return { kind: "not_worth", reason: "nothing to gain in a sample" };
    writer = await storage.createWriter();
    const report = await encode(storage, input, options, { source, regions, sink: writer });
    if (report.sha256 !== sha256) throw missing(new Error(`${sha256} is stored with other bytes`));
    const { sizeBytes: storedBytes } = await writer.finish();
    if (mayDecline && storedBytes > sizeBytes * (1 - LEAST_GAIN))
      return { kind: "not_worth", reason: `${storedBytes} of ${sizeBytes} bytes are left` };
    await verify(storage, writer, input, options.signal);
    // The copy does not get its final key here: only a holder of the blob's row may change what lies there.
    const key = newCompressedBlobKey(sha256, randomBytes(8).toString("hex"));
    await writer.commit(key);
    return { kind: "stored", key, storedBytes, sources: report.sources, pieces: report.pieces };
  } finally {
    await writer?.abort();
    await source.close();
  }
}

async function encode(
  storage: StorageDriver,
  { base, maxChainDepth }: EncodeInput,
  { findPieces, signal }: EncodeOptions,
  input: { source: BlobReader; regions: Region[]; sink: BlobWriter },
): Promise<MrzReport> {
  if (maxChainDepth === 0) return encodeMrz({ ...input, signal, maxChainDepth });
  const reader = base && (await openStored(storage, base.sha256, base.sizeBytes));
  try {
    const regions = reader ? await findRegions(readerSource(reader)) : [];
    return await encodeMrz({
      ...input,
      ...(base && reader ? { base: { ref: base, reader, regions } } : {}),
      pieces: { find: findPieces },
      openSource: (source) => openStored(storage, source.sha256, source.sizeBytes),
      maxChainDepth,
      signal,
    });
  } finally {
    await reader?.close();
  }
}

/** Decodes the written copy to its end. */
async function verify(
  storage: StorageDriver,
  writer: BlobWriter,
  { sha256, sizeBytes }: EncodeInput,
  signal: AbortSignal,
): Promise<void> {
  const reader = await openMrz({
    file: await writer.openReader(),
    openSource: (source, depthLeft) =>
      openStored(storage, source.sha256, source.sizeBytes, depthLeft),
  });
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafeSlow(Math.min(VERIFY_STEP_BYTES, sizeBytes));
    for (let at = 0; at < sizeBytes; ) {
      signal.throwIfAborted();
      const count = await reader.read(buffer, at);
      if (count === 0) break;
      hash.update(buffer.subarray(0, count));
      at += count;
    }
    if (reader.sizeBytes === sizeBytes && hash.digest("hex") === sha256) return;
    throw new Error(`The compressed copy of ${sha256} decodes to other bytes.`);
  } finally {
    await reader.close();
  }
}
