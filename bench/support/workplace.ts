import { randomFillSync } from "node:crypto";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder for one run, removed at its end. `BENCH_DIR` puts it on another volume. Everybody may pass
 * through it, since the embedded PostgreSQL of a root user runs as another user.
 */
export async function makeWorkplace(): Promise<{ folder: string; dispose: () => Promise<void> }> {
  const base = process.env.BENCH_DIR ?? tmpdir();
  await mkdir(base, { recursive: true });
  const folder = await mkdtemp(join(base, "registry-bench-"));
  const { chmod } = await import("node:fs/promises");
  await chmod(folder, 0o755);
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** A valid safetensors file with one tensor of random bytes: nothing compresses or deduplicates it. */
export async function writeModelFile(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.write(safetensorsHead(sizeBytes, 0));
    const block = Buffer.alloc(8 * 1024 * 1024);
    for (let at = HEAD_BYTES; at < sizeBytes; at += block.length) {
      randomFillSync(block);
      await file.write(block, 0, Math.min(block.length, sizeBytes - at), at);
    }
  } finally {
    await file.close();
  }
}

/** The same in memory, of one byte over and over; each `run` has a digest of its own. */
export function modelBytes(sizeBytes: number, run: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, run);
  safetensorsHead(sizeBytes, run).copy(bytes);
  return bytes;
}

/** Makes the file's digest a new one without writing it anew, so that no store knows its bytes. */
export async function renumberModelFile(
  path: string,
  sizeBytes: number,
  run: number,
): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.write(safetensorsHead(sizeBytes, run), 0, HEAD_BYTES, 0);
  } finally {
    await file.close();
  }
}

/**
 * Frees as much memory as the page cache needs for a run that writes `sizeBytes`, and a quarter more. A virtual machine gives
 * memory that has been free for two seconds back to its host (free page reporting), and whoever writes first pays for
 * getting it again.
 */
export async function recycleMemory(folder: string, sizeBytes: number): Promise<void> {
  const path = join(folder, "scratch");
  const file = await open(path, "w");
  try {
    const block = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < sizeBytes * 1.25; at += block.length)
      await file.write(block, 0, block.length, at);
  } finally {
    await file.close();
    await rm(path);
  }
}

const HEAD_BYTES = 256;

/** Eight bytes of length, then JSON padded with spaces (the format allows that). */
function safetensorsHead(sizeBytes: number, run: number): Buffer {
  const dataBytes = sizeBytes - HEAD_BYTES;
  const json = JSON.stringify({
    __metadata__: { run: String(run) },
    weight: { dtype: "U8", shape: [dataBytes], data_offsets: [0, dataBytes] },
  });
  const head = Buffer.alloc(HEAD_BYTES, " ");
  head.writeBigUInt64LE(BigInt(HEAD_BYTES - 8), 0);
  head.write(json, 8);
  return head;
}
