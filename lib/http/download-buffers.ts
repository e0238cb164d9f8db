/**
 * Buffers of downloads that have ended, for those that begin: a hundred busy clients left 300 MB of dead buffers behind
 * (docs/performance.md).
 */
import { SpareBuffers } from "#lib/spare-buffers.ts";

/** Shorter ones are cheap, and come in every length. */
export const SMALLEST_KEPT_BYTES = 64 * 1024;
const KEPT_BYTES = 64 * 1024 * 1024;

const spares = new SpareBuffers(KEPT_BYTES);

/** A buffer of at least `sizeBytes`, with anything in it. */
export function takeDownloadBuffer(sizeBytes: number): Uint8Array {
  if (sizeBytes < SMALLEST_KEPT_BYTES) return Buffer.allocUnsafeSlow(sizeBytes);
  return spares.take(2 ** Math.ceil(Math.log2(sizeBytes)));
}

/** Nothing may read or fill the buffer any more. */
export function giveDownloadBuffer(buffer: Uint8Array): void {
  if (buffer.byteLength >= SMALLEST_KEPT_BYTES) spares.give(buffer);
}
