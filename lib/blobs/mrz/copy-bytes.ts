/** `to.set(from, offset)`, which copies into and out of shared memory at a third of the speed of this. */
export function copyBytes(from: Uint8Array, to: Uint8Array, offset: number): void {
  if (from.buffer instanceof ArrayBuffer && to.buffer instanceof ArrayBuffer) to.set(from, offset);
  else Buffer.from(from.buffer, from.byteOffset, from.byteLength).copy(to, offset);
}
