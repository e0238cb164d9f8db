/** A file whose bytes the server reads, seen from the process that parses it. */
import type { ByteSource } from "#lib/formats/contract.ts";

/** Fetches `[offset, offset + length)`, which is inside the file. */
export type Fetch = (offset: number, length: number) => Promise<Uint8Array>;

/** The local header of a zip's member, its name and the first page of its content. */
const FIRST_AHEAD_BYTES = 16 * 1024;
/** Messages cost no more than a memory copy of this size. */
const MAX_AHEAD_BYTES = 1024 * 1024;

/**
 * Each fetch is a message there and back, so a little more is fetched than was asked for, and twice as much
 * each time while the file is read in order. Random reads stay small.
 */
export function remoteSource(sizeBytes: number, fetch: Fetch): ByteSource {
  let start = 0;
  let window: Uint8Array = new Uint8Array(0);
  let aheadBytes = FIRST_AHEAD_BYTES;

  async function advance(offset: number, length: number): Promise<void> {
    const end = start + window.length;
    const isInOrder = offset >= start && offset <= end && window.length > 0;
    aheadBytes = isInOrder ? Math.min(aheadBytes * 2, MAX_AHEAD_BYTES) : FIRST_AHEAD_BYTES;
    window = await fetch(offset, Math.min(Math.max(length, aheadBytes), sizeBytes - offset));
    start = offset;
  }

  return {
    sizeBytes,
    async read(offset, length) {
      const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
      if (wanted > MAX_AHEAD_BYTES) return fetchWhole(fetch, offset, wanted);
      if (offset < start || offset + wanted > start + window.length) await advance(offset, wanted);
      return window.subarray(offset - start, offset - start + wanted);
    },
  };
}

/** Fetches in pieces, since the thread that reads them has other things to do as well. */
async function fetchWhole(fetch: Fetch, offset: number, length: number): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  for (let at = 0; at < length; at += MAX_AHEAD_BYTES) {
    const piece = await fetch(offset + at, Math.min(MAX_AHEAD_BYTES, length - at));
    whole.set(piece, at);
    if (piece.length < Math.min(MAX_AHEAD_BYTES, length - at)) {
      return whole.subarray(0, at + piece.length);
    }
  }
  return whole;
}
