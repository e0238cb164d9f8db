import { sliceSource } from "#lib/formats/bytes/byte-source.ts";
import { HEAD_BYTES } from "#lib/formats/bytes/reader.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import { parsePickles } from "#lib/formats/pickle/pickle-report.ts";
import { kindOf } from "./magic.ts";
import type { ScanContent, ScanContext } from "./scan-context.ts";

/** `numpy.save` into one open file, again and again. */
const MAX_ARRAYS = 1000;

/**
 * NumPy's own format (numpy.lib.format): an array of objects is a pickle after the header. `numpy.load` reads on
 * where an array ends, in a file that is open: the next array, or a pickle.
 */
export async function scanNumpy(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
  scanContent: ScanContent,
): Promise<void> {
  let rest = source;
  for (let arrays = 0; arrays < MAX_ARRAYS; arrays += 1) {
    const bytes = await scanArray(context, rest, where);
    if (bytes === null || bytes >= rest.sizeBytes) return;
    rest = sliceSource(rest, bytes, rest.sizeBytes - bytes);
    if (kindOf(await rest.read(0, 16)) !== "npy") break;
  }
  await scanContent(context, rest, where, depth + 1);
}

/** Bytes that the array takes with its header; null when findings say all that there is to say. */
async function scanArray(
  context: ScanContext,
  source: ByteSource,
  where: string,
): Promise<number | null> {
  const head = await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes));
  const isLong = (head[6] ?? 0) >= 2;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const refuse = (detail: string): null => {
    context.add("unscannable", "unknown_content", detail, where);
    return null;
  };
  if (head.length < 12) return refuse("The NumPy file has no header.");
  const start = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = Buffer.from(head.subarray(start, start + length)).toString("latin1");
  if (start + length > head.length || !/^\{.*'descr':.*\}\s*$/s.test(header)) {
    return refuse("The NumPy file's header cannot be read.");
  }
  if (!/\|?O/.test(header.replace(/'fortran_order'|True|False/g, ""))) {
    const bytes = arrayBytes(header);
    return bytes === null
      ? refuse("The NumPy file's header does not say how many bytes follow.")
      : start + length + bytes;
  }
  context.add(
    "suspicious",
    "numpy_objects",
    "The NumPy array holds objects, which are pickled.",
    where,
    (source.startsAt ?? 0) + start + length,
  );
  const rest = sliceSource(source, start + length, source.sizeBytes - start - length);
  context.addPickles((await parsePickles(rest, where)).reports);
  return null;
}

/** The header is a dictionary of Python's texts, numbers, tuples and lists. */
function arrayBytes(header: string): number | null {
  const json = header
    .replace(/'/g, '"')
    .replace(/\(/g, "[")
    .replace(/\)/g, "]")
    .replace(/\bFalse\b/g, "false")
    .replace(/\bTrue\b/g, "true")
    .replace(/(\d)L\b/g, "$1")
    .replace(/,\s*(?=[\]}])/g, "");
  try {
    const { descr, shape } = JSON.parse(json) as { descr: unknown; shape: unknown };
    const bytes = itemBytes(descr) * product(shape);
    return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
  } catch {
    return null;
  }
}

/** `<f8`, `|S12`, `<U3` (four bytes a character), `<M8[ns]`, or fields: `(name, type)`, `(name, type, shape)`. */
function itemBytes(descr: unknown): number {
  if (typeof descr === "string") {
    const [, kind, bytes] = /^[<>|=]?([A-Za-z])(\d+)(?:\[\w+\])?$/.exec(descr) ?? [];
    return Number(bytes) * (kind === "U" ? 4 : 1);
  }
  if (!Array.isArray(descr)) return Number.NaN;
  return descr.reduce<number>((sum, field) => {
    const [, type, shape] = Array.isArray(field) ? field : [];
    return sum + itemBytes(type) * (shape === undefined ? 1 : product(shape));
  }, 0);
}

function product(shape: unknown): number {
  if (!Array.isArray(shape)) return Number.NaN;
  return shape.reduce<number>((all, size) => all * (typeof size === "number" ? size : NaN), 1);
}
