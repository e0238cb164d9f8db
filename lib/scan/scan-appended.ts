/** A zip behind something else: tolerant zip readers look for its directory at the end of any file. */
import { sliceSource } from "../formats/byte-source.ts";
import type { ByteSource } from "../formats/contract.ts";
import type { ScanContent, ScanContext } from "./scan-context.ts";
import { scanZip } from "./scan-zip.ts";

const END_BYTES = 22;
/** An end record and the longest comment after it. */
const TAIL_BYTES = END_BYTES + 65_535;
const CENTRAL_MARK = "PK\x01\x02";

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
  const end = tailStart + at;
  const directory = end - tail.readUInt32LE(at + 12);
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
    );
  }
  // Its offsets count from the file's start or from its own.
  const start = Math.max(0, directory - tail.readUInt32LE(at + 16));
  const zip = sliceSource(source, start, source.sizeBytes - start);
  await scanZip(context, zip, `${where}!`, depth + 1, scanContent);
}
