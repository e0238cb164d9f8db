/**
 * A request's body chunk by chunk. A reader in a loop is several times faster here than
 * `Readable.fromWeb` with a pipeline, and it keeps back-pressure.
 */
export async function* requestChunks(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
