import { expect, it } from "vitest";
import { takeDownloadBuffer } from "./download-buffers.ts";
import { blobStream } from "./file-response-stream.ts";

const CHUNK = 1024 * 1024;

it("gives no buffer on while a cancelled download still fills it", async () => {
  const filled: Uint8Array[] = [];
  let finishRead = () => {};
  let closeAnswer = () => {};
  const reader = {
    sizeBytes: 8 * CHUNK,
    // The third read hangs, as one of a slow disk does; closing the file does not stop it.
    read: async (into: Uint8Array) => {
      filled.push(new Uint8Array(into.buffer));
      if (filled.length === 3)
        await new Promise<void>((resolve) => {
          finishRead = resolve;
        });
      return into.byteLength;
    },
    close: async () => {},
  };
  const blob = await blobStream(
    reader,
    { start: 0, end: 8 * CHUNK - 1 },
    {
      signal: new AbortController().signal,
      onSent: () => {},
      whenClosed: (callback) => {
        closeAnswer = callback;
      },
    },
  );
  const stream = blob.getReader();
  await stream.read();
  await stream.read();
  const hanging = stream.read();
  await expect.poll(() => filled.length).toBe(3);
  closeAnswer();
  const ours = new Set(filled.map(({ buffer }) => buffer));
  const isOurs = () => ours.has(takeDownloadBuffer(CHUNK).buffer);

  await new Promise(setImmediate);
  expect(isOurs()).toBe(false);
  finishRead();
  await hanging;
  await new Promise(setImmediate);
  expect([isOurs(), isOurs(), isOurs()]).toEqual([true, true, false]);
});

it("is sent when the client has the last chunk, however long the blob takes to be closed", async () => {
  let sent = 0;
  let closeBlob = () => {};
  const reader = {
    sizeBytes: CHUNK,
    read: async (into: Uint8Array) => into.byteLength,
    close: () =>
      new Promise<void>((resolve) => {
        closeBlob = resolve;
      }),
  };
  const blob = await blobStream(
    reader,
    { start: 0, end: CHUNK - 1 },
    { signal: new AbortController().signal, onSent: () => sent++, whenClosed: null },
  );
  const stream = blob.getReader();
  expect((await stream.read()).value?.byteLength).toBe(CHUNK);
  // It knows the length, and leaves without a look at the end of the stream.
  void stream.cancel();
  closeBlob();
  await new Promise(setImmediate);
  expect(sent).toBe(1);
});

const options = { signal: new AbortController().signal, onSent: () => {}, whenClosed: null };

it("fails before the answer begins when its first bytes cannot be given, and closes the blob", async () => {
  let closed = 0;
  const reader = {
    sizeBytes: CHUNK,
    read: async () => Promise.reject(new Error("other bytes")),
    close: async () => {
      closed += 1;
    },
  };
  const range = { start: 5, end: 100 };
  await expect(blobStream(reader, range, options)).rejects.toThrow("other bytes");
  expect(closed).toBe(1);
});

it("gives the last bytes of a range only when the reader has proven what it gave", async () => {
  const proofs: number[] = [];
  let given = 0;
  const reader = {
    sizeBytes: 8 * CHUNK,
    read: async (into: Uint8Array) => {
      given += into.byteLength;
      return into.byteLength;
    },
    prove: async () => {
      proofs.push(given);
      throw new Error("other bytes");
    },
    close: async () => {},
  };
  const blob = await blobStream(reader, { start: 7, end: 2 * CHUNK + 7 }, options);
  const stream = blob.getReader();
  await stream.read();
  await stream.read();
  await expect(stream.read()).rejects.toThrow("other bytes");
  expect(proofs).toEqual([2 * CHUNK + 1]);
});
