/** The inside of the thread that compares tensors' values. It asks the server for bytes: which of them are sound is known there. */
import { LRUCache } from "lru-cache";
import { isRegistryError } from "#lib/errors.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import type { TensorPlace } from "#lib/formats/tensor-place.ts";
import { findTensorPlaces } from "#lib/formats/tensor-places.ts";
import { lowerPriority } from "#lib/workers/lower-priority.ts";
import { type Call, serveCalls } from "#lib/workers/thread-side.ts";
import { measureTensor } from "./measure-tensor.ts";
import type { AskedBytes, MeasureInput, Outcome, TensorSide } from "./weight-comparer.ts";

// Requests come first.
lowerPriority();

/** Small parts are read in pieces of this length: small tensors lie beside each other, and each question takes its time. */
const PIECE_BYTES = 256 * 1024;

type Places = ReadonlyMap<string, TensorPlace>;
/** An answer is a page of many: the next one asks for the same files. Counted in tensors. */
const known = new LRUCache<string, Places>({
  maxSize: 500_000,
  sizeCalculation: (places) => places.size + 1,
});

serveCalls({
  /** Outcomes in the order of the pairs; fewer when the caller has no more time, at least `least`. */
  async measure({ files, pairs, least }: MeasureInput, call: Call): Promise<Outcome[]> {
    const sources = files.map(({ sizeBytes }, file) =>
      buffered(askingSource(call, file, sizeBytes)),
    );
    const found = new Map<number, Places>();
    const placesOf = async (file: number) => {
      const sha256 = files[file]?.sha256 ?? "";
      const places =
        found.get(file) ??
        known.get(sha256) ??
        (await findTensorPlaces(sources[file] as ByteSource));
      // More than `known` takes are found once for an answer.
      found.set(file, places);
      known.set(sha256, places);
      return places;
    };
    const placeOf = async ({ file, name, dtype, shape }: TensorSide) => {
      const place = (await placesOf(file)).get(name);
      const isSame = place?.dtype === dtype && `${place.shape ?? shape}` === `${shape}`;
      return isSame ? place : null;
    };
    const outcomes: Outcome[] = [];
    for (const { from, to } of pairs) {
      if (outcomes.length >= least && call.signal.aborted) break;
      const first = await orDamaged(placeOf(from));
      const second = await orDamaged(placeOf(to));
      if (first === "damaged" || second === "damaged") outcomes.push({ reason: "damaged" });
      else if (!first || !second) outcomes.push({ reason: "format" });
      else {
        const side = ({ file, dtype }: TensorSide, { offset }: TensorPlace) => ({
          dtype,
          read: (at: number, length: number) => {
            const source = sources[file] as ByteSource;
            return source.read(offset + at, length);
          },
        });
        const values = from.shape.reduce((product, size) => product * size, 1);
        const pair = { from: side(from, first), to: side(to, second), values };
        const measured = await orDamaged(measureTensor({ ...pair, sizeBytes: first.lengthBytes }));
        outcomes.push(
          measured === "damaged" ? { reason: "damaged" } : (measured ?? { reason: "dtype" }),
        );
      }
    }
    return outcomes;
  },
});

/** One damaged file says nothing against the other tensors. */
async function orDamaged<T>(work: Promise<T>): Promise<T | "damaged"> {
  try {
    return await work;
  } catch (error) {
    if (isRegistryError(error) && error.code === "storage_corrupt") return "damaged";
    throw error;
  }
}

function askingSource(call: Call, file: number, sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    async read(offset, lengthBytes) {
      const asked: AskedBytes = { file, offset, lengthBytes };
      return (await call.ask(asked)) as Uint8Array;
    },
  };
}

/** Keeps the last piece. */
function buffered(source: ByteSource): ByteSource {
  let piece = { offset: 0, bytes: new Uint8Array(0) };
  return {
    sizeBytes: source.sizeBytes,
    async read(offset, lengthBytes) {
      if (lengthBytes >= PIECE_BYTES) return source.read(offset, lengthBytes);
      const isInside =
        offset >= piece.offset && offset + lengthBytes <= piece.offset + piece.bytes.length;
      if (!isInside) {
        const bytes = await source.read(offset, PIECE_BYTES);
        piece = { offset, bytes: new Uint8Array(bytes) };
      }
      const at = offset - piece.offset;
      return piece.bytes.slice(at, at + lengthBytes);
    },
  };
}
