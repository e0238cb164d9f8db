/**
 * One file's bytes onto the disk: ranges in parallel, hashed in their order while they come, written to a `.part` file
 * that always has the first bytes of the file and nothing else. So its length is all that a later run has to know.
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { RangeConnections } from "../http/range-connections.ts";
import { type RangeRequest, readRange } from "./read-range.ts";
import type { Bar } from "./upload-file.ts";

/** Long enough that requests cost nothing, short enough that a cut loses little. */
const SEGMENT_BYTES = 8 * 1024 * 1024;

export type DownloadJob = Omit<RangeRequest, "onBytes" | "connections"> & {
  /** `sha256:<hex>` of the whole. */
  digest: string;
  jobs: number;
  bar: Bar;
};

/** Throws Failure; the `.part` file stays for the next run unless its bytes were wrong. */
export async function downloadFile(job: DownloadJob, part: string, target: string): Promise<void> {
  const resumedBytes = await fetchOnce(job, part);
  if (resumedBytes === null) {
    await rename(part, target);
    return;
  }
  // What an earlier run left may have been damaged since; the server's bytes get a chance of their own.
  job.bar.add(-job.sizeBytes);
  if (resumedBytes > 0 && (await fetchOnce(job, part)) === null) {
    await rename(part, target);
    return;
  }
  throw new Failure(
    EXIT.damaged,
    job.t("download.damaged", { path: job.path, digest: job.digest }),
  );
}

/** Null when the digest is right. Else the file is removed, and the answer is how many bytes were there before. */
async function fetchOnce(job: DownloadJob, part: string): Promise<number | null> {
  const file = await open(part, "a+", 0o666);
  let isRight = false;
  let isWhole = false;
  let resumedBytes = 0;
  try {
    const hash = createHash("sha256");
    resumedBytes = await hashPrefix(file, hash, job);
    await fetchRest(job, file, hash, resumedBytes);
    isWhole = true;
    isRight = `sha256:${hash.digest("hex")}` === job.digest;
  } finally {
    await file.close();
    if (isWhole && !isRight) await rm(part, { force: true });
  }
  return isRight ? null : resumedBytes;
}

async function hashPrefix(file: FileHandle, hash: Hash, job: DownloadJob): Promise<number> {
  const { size } = await file.stat();
  // More than the whole is not ours.
  if (size > job.sizeBytes) await file.truncate(0);
  const length = size > job.sizeBytes ? 0 : size;
  const buffer = Buffer.allocUnsafe(Math.min(SEGMENT_BYTES, Math.max(length, 1)));
  let at = 0;
  while (at < length) {
    job.signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - at), at);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  job.bar.skip(at);
  return at;
}

/** Segments come in any order, and wait in memory for those before them: at most two for each connection. */
async function fetchRest(
  job: DownloadJob,
  file: FileHandle,
  hash: Hash,
  start: number,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([job.signal, failed.signal]);
  const connections = RangeConnections.to(job.registry.url);
  const range = { ...job, connections, signal, onBytes: (count: number) => job.bar.add(count) };
  const running: { promise: Promise<Buffer>; length: number }[] = [];
  const spare: Buffer[] = [];
  let next = start;
  const begin = () => {
    const length = Math.min(SEGMENT_BYTES, job.sizeBytes - next);
    const whole = spare.pop() ?? Buffer.allocUnsafe(Math.min(SEGMENT_BYTES, job.sizeBytes));
    const target = whole.subarray(0, length);
    const promise = readRange(range, next, target).then(() => whole);
    // It is awaited in its turn; a failure before that is not unhandled.
    promise.catch(() => undefined);
    running.push({ promise, length });
    next += length;
  };
  try {
    for (;;) {
      while (running.length < job.jobs && next < job.sizeBytes) begin();
      const oldest = running.shift();
      if (oldest === undefined) return;
      const whole = await oldest.promise;
      if (next < job.sizeBytes) begin();
      const bytes = whole.subarray(0, oldest.length);
      const writing = file.writeFile(bytes);
      hash.update(bytes);
      await writing;
      spare.push(whole);
    }
  } finally {
    failed.abort();
    connections?.close();
    await Promise.allSettled(running.map(({ promise }) => promise));
  }
}
