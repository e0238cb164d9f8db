/** Archives (.zip, .tar, .tar.gz) as a stream of their regular files, under caps, with bounded memory. */
import { createGunzip } from "node:zlib";
import { RegistryError } from "#lib/errors.ts";
import { chunksOf } from "../bytes/byte-source.ts";
import type { ByteSource } from "../contract.ts";
import { safeArchivePath, unsafeArchive } from "./archive-path.ts";
import { isTar, readTar, type TarMember } from "./tar.ts";
import { isZip, openZip, streamMember } from "./zip.ts";

const CHUNK_BYTES = 1024 * 1024;
/** Weights shrink to a half at best and graphs to a tenth; a bomb expands a thousandfold. */
const MAX_RATIO = 100;
/** Below this an archive of zeros does no harm. */
const RATIO_FREE_BYTES = 16 * 1024 * 1024;
const UNIX_KIND = 0o170000;
const UNIX_REGULAR = 0o100000;
const UNIX_FOLDER = 0o040000;

export type ArchiveKind = "zip" | "tar" | "tar.gz";
export type UnpackedFile = Omit<TarMember, "offset">;
export type UnpackCaps = { maxFiles: number; maxBytes: number };

/** Tells by content; a gzip is an archive when a tar is inside. */
export async function detectArchive(source: ByteSource): Promise<ArchiveKind | null> {
  const head = await source.read(0, Math.min(source.sizeBytes, 64 * 1024));
  if (isZip(head)) return "zip";
  if (isTar(head)) return "tar";
  if (head[0] !== 0x1f || head[1] !== 0x8b) return null;
  for await (const chunk of gunzip(source)) return isTar(chunk) ? "tar.gz" : null;
  return null;
}

/**
 * The regular files, in the archive's order. Each file's `bytes` are to be read before the next file is
 * asked for. Throws `unsafe_archive` (names, links, bombs, too many files), `invalid_model_file`.
 */
export async function* unpackArchive(
  source: ByteSource,
  kind: ArchiveKind,
  caps: UnpackCaps,
): AsyncGenerator<UnpackedFile, void, undefined> {
  const maxBytes = Math.min(
    caps.maxBytes,
    Math.max(RATIO_FREE_BYTES, source.sizeBytes * MAX_RATIO),
  );
  const members = kind === "zip" ? readZip(source) : readTar(tarChunks(source, kind, maxBytes));
  const paths = new Set<string>();
  let totalBytes = 0;
  for await (const member of members) {
    totalBytes += member.sizeBytes;
    if (totalBytes > maxBytes) throw tooLarge(maxBytes);
    if (paths.size >= caps.maxFiles) throw unsafeArchive(`it has more than ${caps.maxFiles} files`);
    const key = member.path.normalize("NFC").toLowerCase();
    if (paths.has(key))
      throw unsafeArchive(`two files have the path ${JSON.stringify(member.path)}`);
    paths.add(key);
    yield member;
  }
}

/**
 * Names of the members as they stand in the archive, unchecked: a format that is a zip itself may have
 * more and other members than an archive that is unpacked. null where everything would have to be
 * inflated for it. A plain tar is read through once.
 */
export async function listArchiveNames(
  source: ByteSource,
  kind: ArchiveKind,
): Promise<string[] | null> {
  if (kind === "tar.gz") return null;
  if (kind === "zip") return (await openZip(source)).entries.map((entry) => entry.name);
  const names: string[] = [];
  for await (const { path } of readTar(chunksOf(source, CHUNK_BYTES))) names.push(path);
  return names;
}

async function* readZip(source: ByteSource): AsyncGenerator<UnpackedFile, void, undefined> {
  const zip = await openZip(source);
  for (const entry of zip.entries) {
    const kind = entry.unixMode & UNIX_KIND;
    if (kind !== 0 && kind !== UNIX_REGULAR && kind !== UNIX_FOLDER) {
      throw unsafeArchive(`${JSON.stringify(entry.name.slice(0, 120))} is no regular file`);
    }
    const path = safeArchivePath(entry.name);
    if (entry.isFolder) continue;
    yield { path, sizeBytes: entry.sizeBytes, bytes: streamMember(zip, entry) };
  }
}

async function* tarChunks(
  source: ByteSource,
  kind: "tar" | "tar.gz",
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (kind === "tar") {
    yield* chunksOf(source, CHUNK_BYTES);
    return;
  }
  let produced = 0;
  for await (const chunk of gunzip(source)) {
    produced += chunk.length;
    if (produced > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** The inflater goes at its reader's pace, since its output is pulled. Throws `invalid_model_file` for damage. */
async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const inflater = createGunzip({ chunkSize: 256 * 1024 });
  const feeding = (async () => {
    for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
      if (inflater.destroyed) return;
      const taken = new Promise<void>((resolve) => {
        inflater.write(chunk, () => resolve());
        inflater.once("close", () => resolve());
      });
      await taken;
    }
    inflater.end();
  })();
  feeding.catch((cause: unknown) => inflater.destroy(cause as Error));
  try {
    for await (const chunk of inflater) yield chunk as Uint8Array;
    await feeding;
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    throw new RegistryError("invalid_model_file", "The gzip archive is damaged or cut short.", {
      cause,
    });
  } finally {
    inflater.destroy();
  }
}

function tooLarge(maxBytes: number): RegistryError {
  return unsafeArchive(
    `its files have more than ${maxBytes} bytes, far more than its own size explains`,
  );
}
