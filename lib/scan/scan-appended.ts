/** A zip behind something else: tolerant zip readers look for its directory at the end of any file. */
import { memberSource } from "#lib/formats/bytes/byte-source.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import type { ScanContent, ScanContext } from "./scan-context.ts";
import { scanZip } from "./scan-zip.ts";

const END_BYTES = 22;
/** An end record and the longest comment after it. */
const TAIL_BYTES = END_BYTES + 65_535;
const CENTRAL_MARK = "PK\x01\x02";
const END64_BYTES = 56;
const END64_MARK = "PK\x06\x06";
const LOCATOR_BYTES = 20;
const LOCATOR_MARK = "PK\x06\x07";

/** TensorFlow Lite keeps labels in a zip behind the model, so `isUsual` there. */
export async function scanAppendedZip(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
  scanContent: ScanContent,
  isUsual: boolean,
): Promise<void> {
  const tailBytes = Math.min(TAIL_BYTES, source.sizeBytes);
  const tailStart = source.sizeBytes - tailBytes;
  const tail = Buffer.from(await source.read(tailStart, tailBytes));
  const at = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (at < 0 || at + END_BYTES > tail.length) return;
  const place = (await place64(source, tailStart + at)) ?? {
    directory: tailStart + at - tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const { directory, offset } = place;
  // The four letters alone are met by chance in weights; with a directory before them they are a zip.
  if (directory < 0) return;
  const mark = Buffer.from(await source.read(directory, 4)).toString("latin1");
  if (mark !== CENTRAL_MARK) return;
  if (!isUsual) {
    context.add(
      "suspicious",
      "zip_appended",
      "A zip archive follows the file's own content.",
      where,
      Math.max(0, directory - offset),
    );
  }
  // Its offsets count from the file's start or from its own.
  const start = Math.max(0, directory - offset);
  const zip = memberSource(source, start, source.sizeBytes - start);
  await scanZip(context, zip, `${where}!`, depth + 1, scanContent);
}

/** By the zip64 records before the end record, which PyTorch always writes; null without them. */
async function place64(
  source: ByteSource,
  end: number,
): Promise<{ directory: number; offset: number } | null> {
  const start = end - END64_BYTES - LOCATOR_BYTES;
  if (start < 0) return null;
  const records = Buffer.from(await source.read(start, END64_BYTES + LOCATOR_BYTES));
  const hasMarks =
    records.toString("latin1", 0, 4) === END64_MARK &&
    records.toString("latin1", END64_BYTES, END64_BYTES + 4) === LOCATOR_MARK;
  if (!hasMarks) return null;
  return {
    directory: start - Number(records.readBigUInt64LE(40)),
    offset: Number(records.readBigUInt64LE(48)),
  };
}
