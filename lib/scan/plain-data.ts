/** Data that no loader runs: files whose structure is followed to its end, and that describe nothing but data. */
import { isRegistryError } from "#lib/errors.ts";
import { sliceSource } from "#lib/formats/bytes/byte-source.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import { activePdfPart } from "./pdf.ts";
import { isBmp, isGif, isIcon, isJpeg, isPng, isTiff } from "./plain-images.ts";
import { isBoxes, isEbml, isFlac, isMp3, isOgg, isRiff } from "./plain-media.ts";
import {
  isCatboost,
  isColumns,
  isCoremlWeights,
  isDsStore,
  isFont,
  isRecords,
  isSqlite,
  isWebFont,
} from "./plain-tables.ts";
import { isUbjson, msgpackBlobs } from "./plain-values.ts";
import { isProtobuf } from "./protobuf-shape.ts";
import { type ScanContext, scanKnown } from "./scan-context.ts";
import { graphFindings } from "./tensorflow/find-graphs.ts";
import { Walk } from "./walk.ts";

/** Object arrays are pickled inside of MessagePack; a model has some thousand arrays. */
const MAX_BLOBS = 20_000;

type Kind = {
  /** Latin-1, at the byte `at`. */
  magic: readonly string[];
  at?: number;
  /** Null for a file that carries something to run. */
  prove: (walk: Walk) => Promise<boolean | null>;
};

const KINDS: readonly Kind[] = [
  { magic: ["\x89PNG\r\n\x1a\n"], prove: isPng },
  { magic: ["\xff\xd8\xff"], prove: isJpeg },
  { magic: ["GIF87a", "GIF89a"], prove: isGif },
  { magic: ["BM"], prove: isBmp },
  { magic: ["\0\0\x01\0", "\0\0\x02\0"], prove: isIcon },
  { magic: ["II*\0", "MM\0*"], prove: isTiff },
  { magic: ["RIFF"], prove: isRiff },
  { magic: ["ftyp"], at: 4, prove: isBoxes },
  { magic: ["\x1a\x45\xdf\xa3"], prove: isEbml },
  { magic: ["OggS"], prove: isOgg },
  { magic: ["fLaC"], prove: isFlac },
  { magic: ["ID3", "\xff\xfb", "\xff\xfa", "\xff\xf3", "\xff\xf2"], prove: isMp3 },
  { magic: ["\0\x01\0\0", "OTTO", "true", "ttcf"], prove: isFont },
  { magic: ["wOFF", "wOF2"], prove: isWebFont },
  { magic: ["\0\0\0\x01Bud1"], prove: isDsStore },
  { magic: ["SQLite format 3\0"], prove: isSqlite },
  { magic: ["PAR1", "ARROW1"], prove: isColumns },
  { magic: ["CBM1"], prove: isCatboost },
];

/** For a file that begins with the mark of a kind: true when findings were added or none are needed. */
export async function judgeMarked(
  context: ScanContext,
  source: ByteSource,
  head: Uint8Array,
  where: string,
): Promise<boolean> {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 32)).toString(
    "latin1",
  );
  if (text.startsWith("%PDF-")) {
    const active = await activePdfPart(source);
    if (active !== null) {
      context.add("suspicious", "document_active", `The PDF document ${active}.`, where);
    }
    return true;
  }
  for (const { magic, at = 0, prove } of KINDS) {
    if (!magic.some((bytes) => text.startsWith(bytes, at))) continue;
    const isPlain = await tryProof(source, prove);
    if (isPlain === null) {
      const detail = "The columns have a type that is a pickle: loading the file runs it.";
      context.add("malicious", "arrow_pickled_type", detail, where);
      return true;
    }
    // The mark may have been met by chance, since some are only two letters: something else may still explain the
    // file.
    if (isPlain) return true;
  }
  return false;
}

/** For a file without a mark: values and messages that fill it. */
export async function judgeUnmarked(
  context: ScanContext,
  source: ByteSource,
  where: string,
): Promise<boolean> {
  if (await tryProof(source, isRecords)) return true;
  if (await tryProof(source, isUbjson)) return true;
  if (await tryProof(source, isCoremlWeights)) return true;
  let blobs: Awaited<ReturnType<typeof msgpackBlobs>> = null;
  const isMsgpack = await tryProof(source, async (walk) => {
    blobs = await msgpackBlobs(walk);
    return blobs !== null && blobs.length <= MAX_BLOBS;
  });
  if (isMsgpack) {
    for (const { start, length } of blobs ?? []) {
      await scanKnown(context, sliceSource(source, start, length), where);
    }
    return true;
  }
  if (!(await isProtobuf(source))) return false;
  context.findings.push(...(await graphFindings(source, where)));
  return true;
}

async function tryProof(
  source: ByteSource,
  prove: (walk: Walk) => Promise<boolean | null>,
): Promise<boolean | null> {
  try {
    return await prove(new Walk(source));
  } catch (error) {
    if (isRegistryError(error) && error.status < 500) return false;
    throw error;
  }
}
