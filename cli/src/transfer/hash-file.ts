import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const READ_BYTES = 4 * 1024 * 1024;

/** `sha256:<hex>` of a file; memory does not grow with it. */
export async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    // Two buffers in turn: one is read while the other is hashed.
    const buffers = [Buffer.allocUnsafe(READ_BYTES), Buffer.allocUnsafe(READ_BYTES)] as const;
    let at = 0;
    let reading = file.read(buffers[0], 0, READ_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) break;
      at = 1 - at;
      reading = file.read(buffers[at] ?? buffers[0], 0, READ_BYTES);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return `sha256:${hash.digest("hex")}`;
  } finally {
    await file.close();
  }
}
