/**
 * Tar archives as a stream: ustar and pax (POSIX.1-2017, pax), GNU long names. Regular files and folders
 * only: links and devices are refused, because an archive that needs them is no model.
 */

import { ByteStream } from "../bytes/byte-stream.ts";
import { safeArchivePath, unsafeArchive } from "./archive-path.ts";

const BLOCK_BYTES = 512;
/** Long names and pax records describe one file, which takes little text. */
const MAX_EXTENSION_BYTES = 64 * 1024;
/** An archive of nothing but such records would never yield a file. */
const MAX_EXTENSIONS_IN_A_ROW = 8;

export type TarMember = {
  path: string;
  sizeBytes: number;
  /** Where in the tar the content begins. */
  offset: number;
  /** The caller reads them before it asks for the next member; what it leaves unread is skipped. */
  bytes: AsyncIterable<Uint8Array>;
};

/** A tar header has its own checksum, which no other format meets by accident. */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK_BYTES && head[0] !== 0 && hasChecksum(head.subarray(0, BLOCK_BYTES));
}

/**
 * The regular files in order. `ended` is called with the offset at which the archive says that it ends, where most
 * readers stop. Throws `unsafe_archive`, `invalid_model_file`.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  ended?: (offset: number) => void,
): AsyncGenerator<TarMember, void, undefined> {
  const stream = new ByteStream(chunks);
  try {
    let extension: Extension = {};
    let extensionsInARow = 0;
    for (
      let block = await stream.take(BLOCK_BYTES);
      block;
      block = await stream.take(BLOCK_BYTES)
    ) {
      if (block.every((byte) => byte === 0)) {
        ended?.(stream.position);
        await stream.drain();
        return;
      }
      if (!hasChecksum(block))
        throw unsafeArchive("a header of the tar does not have its checksum");
      const header = readHeader(block, extension);
      if (header.type === "x" || header.type === "g" || header.type === "L") {
        extensionsInARow += 1;
        if (extensionsInARow > MAX_EXTENSIONS_IN_A_ROW)
          throw unsafeArchive("its headers have no end");
        const text = await readExtension(stream, header.ownSizeBytes);
        // Global records (`g`) describe the archive (a commit, a comment), not a file.
        if (header.type === "x") extension = { ...extension, ...parsePax(text) };
        if (header.type === "L") extension = { ...extension, path: text.replace(/\0.*$/s, "") };
        continue;
      }
      extensionsInARow = 0;
      extension = {};
      if (header.type === "5") {
        safeArchivePath(header.path.replace(/^\.\/?$/, "folder"));
        await stream.skip(padded(header.sizeBytes));
        continue;
      }
      if (!["0", "\0", "7"].includes(header.type))
        throw unsafeArchive(kindOf(header.type, header.path));
      yield* oneMember(stream, safeArchivePath(header.path), header.sizeBytes);
    }
  } finally {
    await stream.close();
  }
}

async function* oneMember(
  stream: ByteStream,
  path: string,
  sizeBytes: number,
): AsyncGenerator<TarMember, void, undefined> {
  let read = 0;
  async function* content() {
    for await (const chunk of stream.stream(sizeBytes)) {
      read += chunk.length;
      yield chunk;
    }
  }
  yield { path, sizeBytes, offset: stream.position, bytes: content() };
  await stream.skip(padded(sizeBytes) - read);
}

type Extension = { path?: string; sizeBytes?: number };

function readHeader(block: Uint8Array, extension: Extension) {
  const name = textOf(block, 0, 100);
  const isPosix = textOf(block, 257, 6).startsWith("ustar") && block[262] === 0;
  const prefix = isPosix ? textOf(block, 345, 155) : "";
  const ownSizeBytes = numberOf(block, 124, 12);
  return {
    type: String.fromCharCode(block[156] ?? 0),
    path: extension.path ?? (prefix === "" ? name : `${prefix}/${name}`),
    ownSizeBytes,
    sizeBytes: extension.sizeBytes ?? ownSizeBytes,
  };
}

async function readExtension(stream: ByteStream, sizeBytes: number): Promise<string> {
  if (sizeBytes > MAX_EXTENSION_BYTES) throw unsafeArchive("a header of it is unreasonably large");
  const bytes = await stream.take(padded(sizeBytes));
  return new TextDecoder().decode((bytes ?? new Uint8Array(0)).subarray(0, sizeBytes));
}

/** Records `<length> <key>=<value>\n`, where the length counts the whole record in bytes. */
function parsePax(text: string): Extension {
  const extension: Extension = {};
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    const space = rest.indexOf(" ");
    const length = Number(rest.subarray(0, Math.max(space, 0)).toString("latin1"));
    if (!Number.isSafeInteger(length) || length <= space + 1 || length > rest.length) {
      throw unsafeArchive("a pax header of it is not valid");
    }
    const record = rest.subarray(space + 1, length - 1).toString("utf8");
    rest = rest.subarray(length);
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path") extension.path = value;
    if (key === "size")
      extension.sizeBytes = checkedSize(Number(/^\d+$/.test(value) ? value : "x"));
    if (key.startsWith("GNU.sparse")) throw unsafeArchive("it has a sparse file");
  }
  return extension;
}

function textOf(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Octal text, or (GNU) big-endian binary when the first bit is set. */
function numberOf(block: Uint8Array, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    return checkedSize(field.subarray(1).reduce((value, byte) => value * 256 + byte, 0));
  }
  const text = textOf(block, start, length).trim();
  if (!/^[0-7]*$/.test(text)) throw unsafeArchive("a number in a header of it is not valid");
  return checkedSize(text === "" ? 0 : Number.parseInt(text, 8));
}

function checkedSize(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0 || size > Number.MAX_SAFE_INTEGER - BLOCK_BYTES) {
    throw unsafeArchive("a size in a header of it is not valid");
  }
  return size;
}

/** The sum of all bytes with the checksum's own field as spaces. */
function hasChecksum(block: Uint8Array): boolean {
  const text = textOf(block, 148, 8).trim();
  if (!/^[0-7]{1,7}$/.test(text)) return false;
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    if (at < 148 || at >= 156) sum += block[at] ?? 0;
  }
  return sum === Number.parseInt(text, 8);
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

const KINDS: Record<string, string> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "6": "a pipe",
  K: "a link",
  S: "a sparse file",
};

function kindOf(type: string, path: string): string {
  return `${JSON.stringify(path.slice(0, 120))} is ${KINDS[type] ?? "no regular file"}`;
}
