/**
 * Bytes in, places of tensors out: what compression and deduplication need to know of a format. A wrong answer costs
 * ratio and never a byte.
 */
import { isRegistryError } from "#lib/errors.ts";
import type { Region } from "#lib/wire/region.ts";
import { isZip } from "./archives/zip.ts";
import { HEAD_BYTES } from "./bytes/reader.ts";
import type { ByteSource } from "./contract.ts";
import { ggufRegions, isGguf } from "./gguf/gguf.ts";
import { isOnnx } from "./onnx/onnx.ts";
import { externalRegions, onnxRegions } from "./onnx/onnx-regions.ts";
import { isSafetensors, safetensorsRegions } from "./safetensors.ts";
import { bundleRegions } from "./tensorflow/tensor-bundle.ts";
import { torchRegions } from "./torch/torch-regions.ts";

/** Each costs an entry in the compressed file. The largest models have some 200,000 tensors. */
export const MAX_REGIONS = 250_000;
const SHARD = /^(.*)\.data-\d{5}-of-\d{5}$/;
const NPY_MAGIC = "\x93NUMPY";
/** Letters of NumPy's array protocol with the bytes of an element. */
const NPY_DTYPES: ReadonlyMap<string, string> = new Map([
  ["f8", "F64"],
  ["f4", "F32"],
  ["f2", "F16"],
  ["i8", "I64"],
  ["i4", "I32"],
  ["i2", "I16"],
  ["i1", "I8"],
  ["u8", "U64"],
  ["u4", "U32"],
  ["u2", "U16"],
  ["u1", "U8"],
  ["b1", "BOOL"],
  ["c8", "C64"],
  ["c16", "C128"],
]);

/** The file's own path in its version and the version's other files: some formats describe a file in another one. */
export type Siblings = { path: string; files: ReadonlyMap<string, ByteSource> };

/**
 * Regions in the order of the file, none for a format that is not known, at most `MAX_REGIONS`. They may overlap, and
 * those of a damaged file may lie outside of it. Throws only what reading `source` throws.
 */
export async function findRegions(source: ByteSource, siblings?: Siblings): Promise<Region[]> {
  try {
    const regions = await readRegions(source, siblings);
    return regions.sort((a, b) => a.offset - b.offset).slice(0, MAX_REGIONS);
  } catch (error) {
    if (isRegistryError(error) && error.code === "invalid_model_file") return [];
    throw error;
  }
}

async function readRegions(source: ByteSource, siblings?: Siblings): Promise<Region[]> {
  const head = Uint8Array.from(await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes)));
  if (isGguf(head)) return ggufRegions(source);
  if (isZip(head)) return torchRegions(source);
  if (Buffer.from(head.subarray(0, NPY_MAGIC.length)).toString("latin1") === NPY_MAGIC)
    return npyRegions(head, source);
  if (isSafetensors(head, source)) return safetensorsRegions(source);
  const beside = siblings ? await readBeside(siblings) : [];
  if (beside.length > 0) return beside;
  return (await isOnnx(head, source)) ? onnxRegions(source) : [];
}

/** The regions of this file that another file of the version describes. */
async function readBeside({ path, files }: Siblings): Promise<Region[]> {
  const prefix = SHARD.exec(path)?.[1];
  const index = prefix === undefined ? undefined : files.get(`${prefix}.index`);
  if (index) return bundleRegions({ path: `${prefix}.index`, source: index }, files, path);
  for (const [other, source] of files) {
    if (!other.endsWith(".onnx") || other === path) continue;
    const regions = await externalRegions({ path: other, source }, path);
    if (regions.length > 0) return regions;
  }
  return [];
}

/** numpy.lib.format: magic, version, length of the header, a Python literal, the values. */
function npyRegions(head: Uint8Array, source: ByteSource): Region[] {
  const view = Buffer.from(head);
  if (view.length < 12) return [];
  const isFirst = view[6] === 1;
  const start = isFirst ? 10 + view.readUInt16LE(8) : 12 + view.readUInt32LE(8);
  const text = view.toString("latin1", isFirst ? 10 : 12, Math.min(start, view.length));
  const descr = /'descr':\s*'[<|=]([a-z]\d{1,2})'/.exec(text)?.[1];
  const dtype = NPY_DTYPES.get(descr ?? "");
  if (dtype === undefined || start >= source.sizeBytes) return [];
  return [{ offset: start, lengthBytes: source.sizeBytes - start, dtype, name: "array" }];
}
