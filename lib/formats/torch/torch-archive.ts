/** What PyTorch's two zip formats share: `<root>/data.pkl`, `<root>/data/<key>`, `<root>/version`. */
import { RegistryError } from "#lib/errors.ts";
import { isZip, openZip, readMember, type ZipArchive } from "../archives/zip.ts";
import type { ZipEntry } from "../archives/zip-directory.ts";
import { memorySource } from "../bytes/byte-source.ts";
import type { ByteSource } from "../contract.ts";
import { type PickleStream, parsePickle } from "../pickle/pickle.ts";

/** The pickle of a million tensors takes some 100 MB. */
const MAX_PICKLE_BYTES = 512 * 1024 * 1024;
/** A version or byte order: one line. */
const MAX_RECORD_BYTES = 200;

export type TorchArchive = {
  zip: ZipArchive;
  /** Folder in the archive that everything is in, e.g. `archive`. */
  root: string;
  members: ReadonlyMap<string, ZipEntry>;
  isTorchScript: boolean;
};

/** Null when the file is no zip of PyTorch. Throws `invalid_model_file` for a zip that cannot be read. */
export async function findTorchArchive(source: ByteSource): Promise<TorchArchive | null> {
  if (!isZip(await source.read(0, 4))) return null;
  const zip = await openZip(source);
  const pickles = zip.entries.filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) return null;
  const root = (pickles[0] as ZipEntry).name.split("/")[0] as string;
  const members = new Map(
    zip.entries
      .filter(({ name }) => name.startsWith(`${root}/`))
      .map((entry) => [entry.name.slice(root.length + 1), entry]),
  );
  return { zip, root, members, isTorchScript: members.has("constants.pkl") };
}

/** The members that PyTorch's two writers put first, over the versions of each. */
const FIRST_MEMBERS =
  /^[^/]+\/(?:data\.pkl|constants\.pkl|version|byteorder|\.format_version|\.storage_alignment|\.data\/|data\/\d+$|code\/)/;

/** By the first local header alone: true also for a file whose directory, at its end, never arrived. */
export function beginsAsTorchArchive(head: Uint8Array): boolean {
  if (!isZip(head) || head.length < 30) return false;
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  return FIRST_MEMBERS.test(bytes.toString("latin1", 30, 30 + bytes.readUInt16LE(26)));
}

/** For a reader's `detect`: a damaged zip belongs to no format. */
export async function isTorchArchive(source: ByteSource, isTorchScript: boolean): Promise<boolean> {
  try {
    return (await findTorchArchive(source))?.isTorchScript === isTorchScript;
  } catch (cause) {
    if (cause instanceof RegistryError) return false;
    throw cause;
  }
}

export async function openTorchArchive(source: ByteSource): Promise<TorchArchive> {
  const archive = await findTorchArchive(source);
  if (archive) return archive;
  throw new RegistryError("invalid_model_file", "The file is no zip archive of PyTorch.");
}

/** The member, its checksum verified, as a pickle. Throws `invalid_model_file`. */
export async function parseMember(archive: TorchArchive, name: string): Promise<PickleStream> {
  const entry = archive.members.get(name);
  if (!entry) throw new RegistryError("invalid_model_file", `The PyTorch file has no ${name}.`);
  const bytes = await readMember(archive.zip, entry, MAX_PICKLE_BYTES);
  const stream = await parsePickle(memorySource(bytes));
  if (stream.parsedToEnd && stream.endOffset < bytes.length) {
    stream.oddities.push({ code: "pickle_trailing_bytes", offset: stream.endOffset });
  }
  return stream;
}

/** What the small records of the archive say: format version, byte order. */
export async function readArchiveProducer(archive: TorchArchive): Promise<Record<string, string>> {
  const producer: Record<string, string> = {};
  for (const [record, key] of [
    ["version", "torch_archive_version"],
    [".data/version", "torch_archive_version"],
    [".format_version", "torch_format_version"],
    ["byteorder", "byteorder"],
    ["producer_name", "producer_name"],
  ] as const) {
    const entry = archive.members.get(record);
    if (!entry || entry.sizeBytes > MAX_RECORD_BYTES) continue;
    const text = Buffer.from(await readMember(archive.zip, entry, MAX_RECORD_BYTES)).toString(
      "latin1",
    );
    if (/^[\w.+ -]{1,100}$/.test(text.trim())) producer[key] ??= text.trim();
  }
  return producer;
}

/** Bytes of each storage, from the directory alone; null for one that is not there. */
export function storageSizes(
  archive: TorchArchive,
  folder: "data" | "constants" = "data",
): (key: string) => number | null {
  return (key) => archive.members.get(`${folder}/${key}`)?.sizeBytes ?? null;
}
