/** Compressed files as a whole, under a cap, for looking into them. */
import { createGunzip, createInflate } from "node:zlib";
import { chunksOf } from "../formats/byte-source.ts";
import type { ByteSource } from "../formats/contract.ts";

/** scikit-learn models that joblib compressed are below it; it is held in memory while it is scanned. */
const MAX_INFLATED_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** Null when it is damaged, or more than the cap. */
export async function inflateAll(
  source: ByteSource,
  method: "gzip" | "zlib",
): Promise<Uint8Array | null> {
  const inflater = method === "gzip" ? createGunzip() : createInflate();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isTooLong = false;
  const ended = new Promise<boolean>((resolve) => {
    inflater.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > MAX_INFLATED_BYTES) {
        isTooLong = true;
        inflater.destroy();
      } else chunks.push(chunk);
    });
    inflater.on("end", () => resolve(true));
    inflater.on("error", () => resolve(false));
    inflater.on("close", () => resolve(false));
  });
  for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
    if (inflater.destroyed) break;
    await new Promise<void>((resolve) => {
      inflater.once("close", () => resolve());
      inflater.write(chunk, () => resolve());
    });
  }
  if (!inflater.destroyed) inflater.end();
  return (await ended) && !isTooLong ? Buffer.concat(chunks) : null;
}
