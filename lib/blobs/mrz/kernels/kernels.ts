/**
 * The WebAssembly kernels and their memory: one instance for each thread, made at first use. Calls are synchronous and
 * whoever fills a range reads its result before anything else can run, so all codecs of a thread share it.
 */
import { type ElementSize, MAX_BLOCK_BYTES } from "../format.ts";
import { KERNELS_BASE64 } from "./kernels-bytes.ts";

/** Room for the vectors that reach over the end, and for planes that begin at multiples of 16. */
const SLACK_BYTES = 4096;
const RANGE_BYTES = MAX_BLOCK_BYTES + SLACK_BYTES;
const BYTES_AT = 0;
const PLANES_AT = RANGE_BYTES;
const BASE_AT = 2 * RANGE_BYTES;

type Regroup = (from: number, to: number, count: number, stride: number, rotate: number) => void;
type Difference = (bytes: number, base: number, count: number) => void;
type Exports = {
  memory: WebAssembly.Memory;
  xxh64(at: number, lengthBytes: number): bigint;
} & Record<`${"split" | "join"}${2 | 4 | 8}`, Regroup> &
  Record<`${"diff" | "undiff"}${ElementSize}`, Difference>;

export type Kernels = {
  /** A block. */
  readonly bytes: Uint8Array;
  /** Its planes; see `planeStride`. */
  readonly planes: Uint8Array;
  /** The bytes that the block is compared with. */
  readonly base: Uint8Array;
  /** `count` elements of `bytes`, from `phase` on, into `planes`. */
  split(size: ElementSize, count: number, phase: number, isRotated: boolean): void;
  /** The inverse of `split`. */
  join(size: ElementSize, count: number, phase: number, isRotated: boolean): void;
  /** Elements of `bytes` become their differences to those of `base`. */
  diff(size: ElementSize, count: number, phase: number): void;
  /** The inverse of `diff`. */
  undiff(size: ElementSize, count: number, phase: number): void;
  /** XXH64 of the first `lengthBytes` of `bytes`. */
  checksum(lengthBytes: number): bigint;
};

/** Bytes from the start of one plane to the start of the next. */
export function planeStride(count: number): number {
  return (count + 15) & ~15;
}

/** XXH64 of a block. */
export function checksumOf(block: Uint8Array): bigint {
  const kernel = kernels();
  kernel.bytes.set(block);
  return kernel.checksum(block.length);
}

let made: Kernels | null = null;

export function kernels(): Kernels {
  made ??= instantiate();
  return made;
}

function instantiate(): Kernels {
  const module = new WebAssembly.Module(Buffer.from(KERNELS_BASE64, "base64"));
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports;
  const { buffer } = exports.memory;
  const bytes = new Uint8Array(buffer, BYTES_AT, RANGE_BYTES);
  const planes = new Uint8Array(buffer, PLANES_AT, RANGE_BYTES);
  return {
    bytes,
    planes,
    base: new Uint8Array(buffer, BASE_AT, RANGE_BYTES),
    split(size, count, phase, isRotated) {
      if (size === 1) planes.set(bytes.subarray(phase, phase + count));
      else
        exports[`split${size}`](
          BYTES_AT + phase,
          PLANES_AT,
          count,
          planeStride(count),
          Number(isRotated),
        );
    },
    join(size, count, phase, isRotated) {
      if (size === 1) bytes.set(planes.subarray(0, count), phase);
      else
        exports[`join${size}`](
          PLANES_AT,
          BYTES_AT + phase,
          count,
          planeStride(count),
          Number(isRotated),
        );
    },
    diff: (size, count, phase) => exports[`diff${size}`](BYTES_AT + phase, BASE_AT + phase, count),
    undiff: (size, count, phase) =>
      exports[`undiff${size}`](BYTES_AT + phase, BASE_AT + phase, count),
    checksum: (lengthBytes) => BigInt.asUintN(64, exports.xxh64(BYTES_AT, lengthBytes)),
  };
}
