/** The blobs that a backup names, sorted by digest: a line `<sha256> TAB <length>` for each. */
import { RegistryError } from "#lib/errors.ts";
import { parseBackupBlobKey } from "#lib/storage/backup-layout.ts";
import { BLOBS_FOLDER } from "#lib/storage/layout.ts";
import { blobListKey } from "./manifest.ts";
import { readRows } from "./rows-file.ts";
import type { BackupTarget } from "./target.ts";

export type ListedBlob = { sha256: string; sizeBytes: number };

/** Blobs that a version's file has; the trash has versions too. */
export const SELECT_BLOBS = `
  select digest, size_bytes from blob where exists (select from file where file.digest = blob.digest)`;
export const COPY_BLOBS = `copy (${SELECT_BLOBS} order by digest collate "C") to stdout`;

const LINE = /^([0-9a-f]{64})\t(\d{1,16})$/;
/** Longer than any line; more without an end is not a list. */
const LONGEST_LINE = 100;

export async function* readBlobList(target: BackupTarget, id: string): AsyncGenerator<ListedBlob> {
  let rest = "";
  for await (const bytes of readRows(target, blobListKey(id))) {
    const lines = (rest + bytes.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw damaged(id);
    for (const line of lines) {
      const [, sha256, size] = LINE.exec(line) ?? [];
      if (sha256 === undefined) throw damaged(id);
      yield { sha256, sizeBytes: Number(size) };
    }
  }
  if (rest !== "") throw damaged(id);
}

/** Digests of the blobs that are in the target, sorted. */
export async function* listStoredBlobs(target: BackupTarget): AsyncGenerator<string> {
  for await (const key of target.storage.list(BLOBS_FOLDER)) {
    const sha256 = parseBackupBlobKey(key, target.suffix);
    if (sha256 !== null) yield sha256;
  }
}

/** Goes through a sorted list beside sorted digests, and says of each blob whether its digest is among them. */
export async function* compareSorted(
  listed: AsyncIterable<ListedBlob>,
  digests: AsyncIterable<string>,
): AsyncGenerator<ListedBlob & { isThere: boolean }> {
  const others = digests[Symbol.asyncIterator]();
  let other = await others.next();
  try {
    for await (const blob of listed) {
      while (!other.done && other.value < blob.sha256) other = await others.next();
      yield { ...blob, isThere: !other.done && other.value === blob.sha256 };
    }
  } finally {
    await others.return?.();
  }
}

function damaged(id: string): RegistryError {
  return new RegistryError("storage_corrupt", `The list of blobs of the backup ${id} is damaged.`);
}
