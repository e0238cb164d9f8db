/** The inside of the thread that converts checkpoints. It asks the server for bytes, and gives it those of the new file. */
import { RegistryError } from "#lib/errors.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import { DTYPE_BITS } from "#lib/formats/tensor-facts.ts";
import { findTensorPlaces } from "#lib/formats/tensor-places.ts";
import { type ReadBytes, readSteps } from "#lib/formats/torch/read-steps.ts";
import {
  notConvertible,
  readTorchWeights,
  type TorchWeight,
} from "#lib/formats/torch/torch-weights.ts";
import { type SafetensorsHead, safetensorsHead } from "#lib/formats/write-safetensors.ts";
import { lowerPriority } from "#lib/workers/lower-priority.ts";
import { type Call, serveCalls } from "#lib/workers/thread-side.ts";
import type { Asked, Converted, ConvertInput } from "./converter.ts";

// Requests come first.
lowerPriority();

/** Views of one storage may overlap, and a view may repeat one value: a few bytes could become terabytes. */
const GROWTH_MAX = 4;
const GROWTH_FREE_BYTES = 64 * 1024 * 1024;
/** Small tensors are written together: each question takes its time. */
const WRITE_BYTES = 1024 * 1024;

/** The names in each file that was converted, by its new path. */
const names = new Map<string, string[]>();

serveCalls({
  /** null for a file without weights, of which nothing is written. */
  async convert({ path, sizeBytes }: ConvertInput, call: Call): Promise<Converted | null> {
    const ask = (asked: Asked) => call.ask(asked) as Promise<Uint8Array>;
    const read: ReadBytes = (offset, lengthBytes) => ask({ what: "read", offset, lengthBytes });
    const source: ByteSource = { sizeBytes, read };
    const { weights, leftOut } = await readTorchWeights(source);
    if (weights.length === 0) return null;
    const made = safetensorsHead(weights);
    if (made.sizeBytes > sizeBytes * GROWTH_MAX + GROWTH_FREE_BYTES)
      throw notConvertible(
        `The tensors share so many values that a file of ${sizeBytes} bytes would become one of ${made.sizeBytes}.`,
      );
    await ask({ what: "begin", sizeBytes: made.sizeBytes });
    await write(made, read, (bytes) => ask({ what: "write", bytes }));
    await ask({ what: "end" });
    const written: ByteSource = {
      sizeBytes: made.sizeBytes,
      read: (offset, lengthBytes) => ask({ what: "written", offset, lengthBytes }),
    };
    await verify(weights, read, written);
    names.set(
      path,
      weights.map(({ name }) => name),
    );
    const bytes = made.order.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
    return { tensors: weights.length, leftOut, tensorBytes: bytes };
  },

  /** The index of the files of a model that is in several: which tensor is in which. */
  async index({ paths, totalBytes }: { paths: string[]; totalBytes: number }): Promise<Uint8Array> {
    const map = paths.flatMap((path) => {
      const file = path.slice(path.lastIndexOf("/") + 1);
      return (names.get(path) ?? []).map((name) => [name, file] as const);
    });
    map.sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = map.map(([name, file]) => `    ${JSON.stringify(name)}: ${JSON.stringify(file)}`);
    return Buffer.from(
      `{\n  "metadata": {\n    "total_size": ${totalBytes}\n  },\n  "weight_map": {\n${lines.join(",\n")}\n  }\n}\n`,
    );
  },
});

async function write(
  { head, order }: SafetensorsHead<TorchWeight>,
  read: ReadBytes,
  give: (bytes: Uint8Array) => Promise<unknown>,
): Promise<void> {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const flush = async () => {
    if (waitingBytes > 0)
      await give(waiting.length === 1 ? (waiting[0] as Uint8Array) : Buffer.concat(waiting));
    waiting = [];
    waitingBytes = 0;
  };
  const add = async (bytes: Uint8Array) => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waitingBytes >= WRITE_BYTES) await flush();
  };
  await add(head);
  for (const weight of order) for await (const bytes of valuesOf(weight, read)) await add(bytes);
  await flush();
}

function valuesOf({ dtype, ...view }: TorchWeight, read: ReadBytes) {
  return readSteps(read, { ...view, elementBytes: (DTYPE_BITS.get(dtype) ?? 0) / 8 });
}

/** Compares what was written with the checkpoint, as whoever reads the two files would find it. Throws when they differ. */
async function verify(
  weights: readonly TorchWeight[],
  read: ReadBytes,
  written: ByteSource,
): Promise<void> {
  const places = await findTensorPlaces(written);
  if (places.size !== weights.length) throw different("the number of tensors");
  for (const weight of weights) {
    const { name, dtype, shape } = weight;
    const place = places.get(name);
    if (place?.dtype !== dtype || `${place.shape}` !== `${shape}`) throw different(name);
    let at = 0;
    for await (const bytes of valuesOf(weight, read)) {
      const copy = await written.read(place.offset + at, bytes.length);
      if (Buffer.compare(copy, bytes) !== 0) throw different(name);
      at += bytes.length;
    }
    if (at !== place.lengthBytes) throw different(name);
  }
}

function different(what: string): RegistryError {
  return new RegistryError("internal", `The converted file differs from the checkpoint: ${what}.`);
}
