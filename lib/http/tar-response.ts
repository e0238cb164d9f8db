import { createHash } from "node:crypto";
import type { BlobReader } from "#lib/storage/contract.ts";
import type { ApiRequest } from "./api-request.ts";
import { downloadResponse } from "./file-response.ts";
import { paddingOf, TAR_END_BYTES, tarHeader } from "./tar-layout.ts";

export type TarFile = { path: string; sizeBytes: number; open: () => Promise<BlobReader> };

/**
 * The files of a version as one uncompressed tar, made while it is sent. Its length is known and its bytes depend on
 * the version and on what is withheld only, so ranges and conditional requests work as for a file.
 * `digest` is the version's digest in hex; `withheld` are the paths of its files that are left out. Throws what the first file's `open` throws.
 */
export function tarResponse(
  request: ApiRequest,
  archive: {
    files: readonly TarFile[];
    withheld?: readonly string[];
    fileName: string;
    digest: string;
    modifiedAt: Date;
    requestId?: string | undefined;
    onCompleted?: (bytes: number) => void;
  },
): Promise<Response> {
  const reader = new TarReader(archive.files, archive.modifiedAt);
  return downloadResponse(request, {
    open: async () => {
      await reader.openFirst();
      return reader;
    },
    sizeBytes: reader.sizeBytes,
    tag: tarTag(archive.digest, archive.withheld ?? []),
    sha256: null,
    fileName: archive.fileName,
    mediaType: "application/x-tar",
    lastModified: archive.modifiedAt,
    requestId: archive.requestId,
    ...(archive.onCompleted ? { onCompleted: archive.onCompleted } : {}),
  });
}

/** The tag differs when files are left out, since the archive is another one; no path holds a NUL. */
function tarTag(digest: string, withheld: readonly string[]): string {
  if (withheld.length === 0) return `tar:${digest}`;
  const without = createHash("sha256").update(withheld.join("\0")).digest("hex");
  return `tar:${digest}-without:${without}`;
}

/** A file with its header before it and its padding after it, at its place in the archive. */
type Member = { file: TarFile; start: number; headerBytes: number; end: number };

/**
 * The archive as if it were stored. One file is open at a time, so that, unlike other readers, this one takes one
 * read at a time.
 */
export class TarReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #members: Member[] = [];
  readonly #modifiedAt: Date;
  #open: { file: TarFile; reader: BlobReader } | null = null;

  constructor(files: readonly TarFile[], modifiedAt: Date) {
    this.#modifiedAt = modifiedAt;
    let start = 0;
    for (const file of files) {
      const headerBytes = this.#headerOf(file).length;
      const end = start + headerBytes + file.sizeBytes + paddingOf(file.sizeBytes);
      this.#members.push({ file, start, headerBytes, end });
      start = end;
    }
    this.sizeBytes = start + TAR_END_BYTES;
  }

  /** Opens the first file, so that a missing blob is found while an error still has a status. */
  async openFirst(): Promise<void> {
    const [first] = this.#members;
    if (first) await this.#readerOf(first.file);
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const wanted = Math.max(0, Math.min(into.byteLength, this.sizeBytes - offset));
    let count = 0;
    for (let index = this.#indexAt(offset); count < wanted; ) {
      const member = this.#members[index];
      const at = offset + count;
      const rest = into.subarray(count, wanted);
      if (!member) {
        rest.fill(0);
        return wanted;
      }
      count += await this.#readMember(member, rest, at - member.start);
      if (offset + count === member.end) index += 1;
    }
    return count;
  }

  async prove(): Promise<void> {
    await this.#open?.reader.prove?.();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.reader.close();
  }

  /** Reads from one region of a member: its header, its bytes, or its padding. */
  async #readMember(member: Member, into: Uint8Array, at: number): Promise<number> {
    const { file, headerBytes } = member;
    if (at < headerBytes) {
      const part = this.#headerOf(file).subarray(at, at + into.byteLength);
      into.set(part);
      return part.byteLength;
    }
    const inFile = at - headerBytes;
    if (inFile < file.sizeBytes) {
      const part = into.subarray(0, file.sizeBytes - inFile);
      const count = await (await this.#readerOf(file)).read(part, inFile);
      if (count < part.byteLength) throw new Error(`${file.path} is shorter than announced.`);
      return count;
    }
    const padding = into.subarray(0, member.end - member.start - at).fill(0);
    return padding.byteLength;
  }

  async #readerOf(file: TarFile): Promise<BlobReader> {
    if (this.#open?.file === file) return this.#open.reader;
    await this.prove();
    await this.close();
    const reader = await file.open();
    this.#open = { file, reader };
    return reader;
  }

  /** The member that holds a byte; past the last one for the zeros at the end. */
  #indexAt(offset: number): number {
    let [low, high] = [0, this.#members.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#members[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #headerOf(file: TarFile): Buffer {
    const { path, sizeBytes } = file;
    return tarHeader({ path, sizeBytes, modifiedAt: this.#modifiedAt });
  }
}
