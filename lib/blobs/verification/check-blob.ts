/** Says whether what is stored of a blob is its bytes. Runs in any thread; knows no database and changes nothing. */
import { createHash } from "node:crypto";
import { otherVersionOf, storedInVersion } from "#lib/mrz/format.ts";
import { openMrz } from "#lib/mrz/open-mrz.ts";
import { BlockSummer } from "#lib/storage/block-sums.ts";
import type { StorageDriver, StoredObject } from "#lib/storage/contract.ts";
import { blobKey, compressedBlobKey } from "#lib/storage/layout.ts";
import { openStored } from "../reading/open-stored.ts";
import { isDamaged, isMissing } from "../reading/stored-errors.ts";
import type { Pacer } from "./pacer.ts";

const STEP_BYTES = 1024 * 1024;

export type CheckInput = {
  sha256: string;
  sizeBytes: number;
  /** What the database says of the stored form. */
  encoding: "raw" | "mrz";
  storedBytes: number;
};

/**
 * `truncated` and `too_long` are about the length, `wrong_bytes` about the content, `unreadable` about the volume;
 * `source_damaged` is a compressed form as it was written that refers to a damaged blob, `other_version` one that
 * another release wrote, which this one cannot read.
 */
export type Problem =
  | "truncated"
  | "too_long"
  | "wrong_bytes"
  | "unreadable"
  | "source_damaged"
  | "other_version";

/** Forms that may be sound stay where they are: the damaged source may be healed, the other release may return. */
export const STAYS: ReadonlySet<Problem> = new Set(["source_damaged", "other_version"]);

/** `revision` tells one stored object from another that took its place. */
export type StoredForm = { sizeBytes: number; revision: string };

export const revisionOf = ({ revision, modifiedAt }: StoredObject): string =>
  revision ?? modifiedAt.toISOString();
export type FormCheck =
  | { state: "absent" }
  | ({ state: "sound"; blockSums: Uint8Array } & StoredForm)
  | ({
      state: "damaged";
      problem: Problem;
      /** The digest (hex) that these bytes have, where it is known. */
      actual: string | null;
      /** What the problem's name leaves open, as a sentence. */
      explanation?: string;
    } & StoredForm);
export type BlobCheck = { raw: FormCheck; mrz: FormCheck };

type Work = { storage: StorageDriver; pacer: Pacer; signal: AbortSignal };
type Readable = {
  sizeBytes: number;
  read(into: Uint8Array, offset: number): Promise<number>;
};
type Finding =
  | { problem: Problem; actual: string | null; explanation?: string }
  | { blockSums: Uint8Array };
type Hashed = { sha256: string; blockSums: Uint8Array };

/** Throws only where nothing is learnt about the bytes: an unreachable store, the signal's reason. */
export async function checkBlob(work: Work, input: CheckInput): Promise<BlobCheck> {
  return {
    raw: await checkForm(work, blobKey(input.sha256), () => checkRaw(work, input)),
    mrz: await checkForm(work, compressedBlobKey(input.sha256), (sizeBytes) =>
      checkCompressed(work, input, sizeBytes),
    ),
  };
}

async function checkForm(
  { storage }: Work,
  key: string,
  find: (sizeBytes: number) => Promise<Finding>,
): Promise<FormCheck> {
  const found = await storage.stat(key);
  if (found === null) return { state: "absent" };
  const form = { sizeBytes: found.sizeBytes, revision: revisionOf(found) };
  try {
    const finding = await find(found.sizeBytes);
    return "problem" in finding
      ? { state: "damaged", ...form, ...finding }
      : { state: "sound", ...form, ...finding };
  } catch (error) {
    if (isMissing(error)) return { state: "absent" };
    if (!isDamaged(error)) throw error;
    return { state: "damaged", ...form, problem: "unreadable", actual: null };
  }
}

/** Reads the file to its end whatever its length is: the digest tells whose bytes these are. */
async function checkRaw(work: Work, { sha256, sizeBytes }: CheckInput): Promise<Finding> {
  const reader = await work.storage.openReader(blobKey(sha256));
  try {
    const { sha256: actual, blockSums } = await hash(work, reader);
    if (actual === sha256) return { blockSums };
    const problem =
      reader.sizeBytes < sizeBytes
        ? "truncated"
        : reader.sizeBytes > sizeBytes
          ? "too_long"
          : "wrong_bytes";
    return { problem, actual };
  } finally {
    await reader.close();
  }
}

async function checkCompressed(
  work: Work,
  { sha256, encoding, storedBytes }: CheckInput,
  formBytes: number,
): Promise<Finding> {
  const isShort = encoding === "mrz" && formBytes < storedBytes;
  const problem: Problem = isShort ? "truncated" : "wrong_bytes";
  let sources: readonly { sha256: string; sizeBytes: number }[] = [];
  try {
    const file = await work.storage.openReader(compressedBlobKey(sha256));
    const reader = await openMrz({
      file,
      openSource: (source, depthLeft) =>
        openStored(work.storage, source.sha256, source.sizeBytes, depthLeft),
    });
    try {
      sources = reader.sources;
      if (reader.sha256 !== sha256) return { problem, actual: reader.sha256 };
      const hashed = await hash(work, reader);
      if (hashed.sha256 !== sha256) return { problem, actual: null };
      return { blockSums: hashed.blockSums };
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!isDamaged(error)) throw error;
    // A file that refers to others was opened, and is of this version.
    const version = sources.length > 0 ? null : otherVersionOf(error);
    if (version !== null) {
      const explanation = `The compressed form is ${storedInVersion(version)}.`;
      return { problem: "other_version", actual: null, explanation };
    }
    for (const source of sources)
      if (!(await isSound(work, source))) return { problem: "source_damaged", actual: null };
    return { problem, actual: null };
  }
}

async function isSound(work: Work, blob: { sha256: string; sizeBytes: number }): Promise<boolean> {
  try {
    const reader = await openStored(work.storage, blob.sha256, blob.sizeBytes);
    try {
      return (await hash(work, reader)).sha256 === blob.sha256;
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (isDamaged(error) || isMissing(error)) return false;
    throw error;
  }
}

async function hash({ pacer, signal }: Work, reader: Readable): Promise<Hashed> {
  const digest = createHash("sha256");
  const summer = new BlockSummer();
  const buffer = Buffer.allocUnsafeSlow(pacer.stepBytes(STEP_BYTES));
  for (let at = 0; at < reader.sizeBytes; ) {
    const count = await reader.read(buffer, at);
    digest.update(buffer.subarray(0, count));
    summer.update(buffer.subarray(0, count));
    at += count;
    if (count === 0) break;
    await pacer.take(count, signal);
  }
  return { sha256: digest.digest("hex"), blockSums: summer.digest() };
}
