/**
 * NumPy's files: `.npy` with an array, `.npz` with one in each member of a zip. Only headers are read: of an array of 50 GB its
 * first kilobyte, in an archive each member's.
 */
import { isRegistryError } from "#lib/errors.ts";
import { isZip, memberHead, openZip } from "../archives/zip.ts";
import type { ZipEntry } from "../archives/zip-directory.ts";
import { HEAD_BYTES } from "../bytes/reader.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile, TensorFact } from "../contract.ts";
import type { FormatFacts } from "../format-facts.ts";
import { MAX_NAME_BYTES } from "../tensor-facts.ts";
import { type NpyHeader, npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";

const KIND = "NumPy file";
/** An archive has some thousand arrays; each costs a read, or the inflation of its first bytes. */
const MAX_ARRAYS = 20_000;

/** Headers that NumPy itself would not read make no array: the scan judges such a file. */
export async function isNumpy(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (isZip(head)) return isArchive(source);
  return (await readHeader(head, source)) !== null;
}

/** Throws `invalid_model_file` for an array that is cut short. */
export async function readNumpy(file: SourceFile): Promise<FormatFacts> {
  const head = await file.source.read(0, Math.min(HEAD_BYTES, file.source.sizeBytes));
  const arrays = isZip(head) ? await readArchive(file) : [await readOne(file, head)];
  const [first] = arrays;
  const isAny = (test: (header: NpyHeader) => boolean) => arrays.some(({ header }) => test(header));
  return {
    format: "numpy",
    framework: "other",
    // NumPy tells no weights from data.
    parameters: null,
    tensors: arrays.map(({ name, header }) => toFact(name, header, file.path)),
    producer: {
      producer_name: "numpy",
      ...(first && { npy_format: first.header.formatVersion }),
      ...(isZip(head) && { npz_arrays: String(arrays.length) }),
      numpy_order: isAny(({ isFortran }) => isFortran)
        ? isAny(({ isFortran }) => !isFortran)
          ? "C, Fortran"
          : "Fortran"
        : "C",
      ...(isAny(({ isBigEndian }) => isBigEndian) && { numpy_byteorder: "big" }),
    },
    signature: null,
    findings: [],
  };
}

type Named = { name: string; header: NpyHeader };

function toFact(name: string, { dtype, shape, sizeBytes }: NpyHeader, file: string): TensorFact {
  return { name, dtype, shape, sizeBytes: sizeBytes ?? 0, file };
}

async function readHeader(head: Uint8Array, source: ByteSource): Promise<NpyHeader | null> {
  const length = npyHeaderBytes(head);
  if (length === null || length > source.sizeBytes) return null;
  return parseNpyHeader(length <= head.length ? head : await source.read(0, length));
}

async function readOne(file: SourceFile, head: Uint8Array): Promise<Named> {
  const header = await readHeader(head, file.source);
  if (header === null) throw invalidFile(file.path, KIND, "its header cannot be read");
  requireWhole(file.path, "the array", header, file.source.sizeBytes);
  // Several files of one name, and of one shape, are several arrays.
  return { name: plainText(file.path.replace(/\.npy$/i, ""), MAX_NAME_BYTES), header };
}

function requireWhole(path: string, what: string, header: NpyHeader, bytes: number): void {
  const { start, sizeBytes } = header;
  if (sizeBytes !== null && sizeBytes > bytes - start) {
    const needed = `${what} takes ${sizeBytes} bytes and ${Math.max(0, bytes - start)} are there`;
    throw invalidFile(path, KIND, needed);
  }
}

/** Every member is an array by name, and the first one by its bytes too. */
async function isArchive(source: ByteSource): Promise<boolean> {
  try {
    const zip = await openZip(source);
    const [first] = zip.entries;
    if (first === undefined || zip.entries.length > MAX_ARRAYS) return false;
    if (!zip.entries.every(isArray)) return false;
    return npyHeaderBytes(await memberHead(zip, first, HEAD_BYTES)) !== null;
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500) throw error;
    // Nothing says that a damaged zip holds arrays: the reader that takes it reports the damage.
    return false;
  }
}

function isArray({ name, isFolder }: ZipEntry): boolean {
  return !isFolder && name.endsWith(".npy");
}

async function readArchive(file: SourceFile): Promise<Named[]> {
  const zip = await openZip(file.source);
  const arrays: Named[] = [];
  for (const entry of zip.entries) {
    const name = entry.name.slice(0, -".npy".length);
    const shown = plainText(entry.name, 200);
    if (entry.nameBytes.length > MAX_NAME_BYTES) {
      throw invalidFile(file.path, KIND, "a name in it is too long");
    }
    let head = await memberHead(zip, entry, HEAD_BYTES);
    const length = npyHeaderBytes(head);
    if (length !== null && length > head.length) head = await memberHead(zip, entry, length);
    const header = parseNpyHeader(head);
    if (header === null)
      throw invalidFile(file.path, KIND, `the header of ${shown} cannot be read`);
    requireWhole(file.path, shown, header, entry.sizeBytes);
    arrays.push({ name: plainText(name, MAX_NAME_BYTES), header });
  }
  return arrays;
}
