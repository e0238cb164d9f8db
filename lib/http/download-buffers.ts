/**
 * Buffers of downloads that have ended, for those that begin. V8 counts what lies outside of its heap, and yet collects
 * it late: a hundred busy clients left 300 MB of dead buffers behind (docs/performance.md).
 */

/** Shorter ones are cheap, and come in every length. */
export const SMALLEST_KEPT_BYTES = 64 * 1024;
const KEPT_BYTES = 64 * 1024 * 1024;

const free = new Map<number, Uint8Array[]>();
let keptBytes = 0;

/** A buffer of at least `sizeBytes`, with anything in it. */
export function takeDownloadBuffer(sizeBytes: number): Uint8Array {
  if (sizeBytes < SMALLEST_KEPT_BYTES) return Buffer.allocUnsafeSlow(sizeBytes);
  const rounded = 2 ** Math.ceil(Math.log2(sizeBytes));
  const kept = free.get(rounded)?.pop();
  if (kept) keptBytes -= rounded;
  return kept ?? Buffer.allocUnsafeSlow(rounded);
}

/** Nothing may read or fill the buffer any more. */
export function giveDownloadBuffer(buffer: Uint8Array): void {
  const { byteLength } = buffer;
  if (byteLength < SMALLEST_KEPT_BYTES || keptBytes + byteLength > KEPT_BYTES) return;
  const alike = free.get(byteLength) ?? [];
  free.set(byteLength, alike);
  alike.push(buffer);
  keptBytes += byteLength;
}
