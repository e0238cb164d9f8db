import { sliceSource } from "../formats/byte-source.ts";
import type { ByteSource } from "../formats/contract.ts";
import { parsePickles } from "../formats/pickle-report.ts";
import type { ScanContext } from "./scan-context.ts";

/** NumPy's own format (numpy.lib.format): an array of objects is a pickle after the header. */
export async function scanNumpy(
  context: ScanContext,
  source: ByteSource,
  head: Uint8Array,
  where: string,
): Promise<void> {
  const isLong = (head[6] ?? 0) >= 2;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (head.length < 12) {
    context.add("unscannable", "unknown_content", "The NumPy file has no header.", where);
    return;
  }
  const start = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = Buffer.from(head.subarray(start, start + length)).toString("latin1");
  if (start + length > head.length || !/^\{.*'descr':.*\}\s*$/s.test(header)) {
    context.add("unscannable", "unknown_content", "The NumPy file's header cannot be read.", where);
    return;
  }
  if (!/\|?O/.test(header.replace(/'fortran_order'|True|False/g, ""))) return;
  context.add(
    "suspicious",
    "numpy_objects",
    "The NumPy array holds objects, which are pickled.",
    where,
  );
  const rest = sliceSource(source, start + length, source.sizeBytes - start - length);
  context.addPickles((await parsePickles(rest, where)).reports);
}
