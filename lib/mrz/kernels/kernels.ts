/**
 * The WebAssembly kernels and their memory: one instance for each thread, made at first use. Calls are synchronous and
 * whoever fills a range reads its result before anything else can run, so all codecs of a thread share it.
 */
import type { ElementSize } from "../format.ts";
import { KERNELS_BASE64 } from "./kernels-bytes.ts";
import { BASE_AT, BYTES_AT, PLANES_AT, planeStride, RANGE_BYTES } from "./places.ts";

/** Bytes that XXH64 takes at once. */
const STRIPE_BYTES = 32;
/** Elements that are joined at once. */
const HASHED_ELEMENTS = 16;

type Regroup = (from: number, to: number, count: number, stride: number, rotate: number) => void;
type JoinAndHash = (from: number, to: number, count: number, stride: number) => void;
type Difference = (bytes: number, base: number, count: number) => void;
type Exports = {
  memory: WebAssembly.Memory;
  hash_begin(): void;
  hash_stripes(at: number, end: number): void;
  hash_end(at: number, lengthBytes: number): bigint;
} & Record<`${"split" | "join"}${2 | 4 | 8}`, Regroup> &
  Record<`join${2 | 4}_hash`, JoinAndHash> &
  Record<`${"diff" | "undiff"}${ElementSize}`, Difference>;

/** `count` whole elements of `bytes`, of which the first one begins at `start`. */
export type Elements = { size: ElementSize; start: number; count: number };

export type Kernels = {
  /** A block. */
  readonly bytes: Uint8Array;
  /** The planes of `bytes`; see `planeOffset`. */
  readonly planes: Uint8Array;
  /** The bytes that the block is compared with. */
  readonly base: Uint8Array;
  /** Elements of `bytes` into `planes`. */
  split(elements: Elements, isRotated: boolean): void;
  /** The inverse of `split`. */
  join(elements: Elements, isRotated: boolean): void;
  /** Joins as `join`; returns how many bytes it has hashed for `checksum`. */
  joinAndHash(elements: Elements, isRotated: boolean): number;
  /** Elements of `bytes` become their differences to those of `base`. */
  diff(elements: Elements): void;
  /** The inverse of `diff`. */
  undiff(elements: Elements): void;
  /** XXH64 of the first `lengthBytes` of `bytes`, of which the first `hashedBytes` need not be read again. */
  checksum(lengthBytes: number, hashedBytes?: number): bigint;
};

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
  const exports = new WebAssembly.Instance(loadKernels()).exports as unknown as Exports;
  const range = (at: number) => new Uint8Array(exports.memory.buffer, at, RANGE_BYTES);
  const bytes = range(BYTES_AT);
  const planes = range(PLANES_AT);
  const join = ({ size, start, count }: Elements, isRotated: boolean) => {
    const to = BYTES_AT + start;
    if (size === 1) bytes.set(planes.subarray(0, count), start);
    else exports[`join${size}`](PLANES_AT, to, count, planeStride(count), Number(isRotated));
  };
  return {
    bytes,
    planes,
    base: range(BASE_AT),
    split({ size, start, count }, isRotated) {
      const from = BYTES_AT + start;
      if (size === 1) planes.set(bytes.subarray(start, start + count));
      else exports[`split${size}`](from, PLANES_AT, count, planeStride(count), Number(isRotated));
    },
    join,
    joinAndHash(elements, isRotated) {
      const { size, start, count } = elements;
      const hashed = count - (count % HASHED_ELEMENTS);
      if (start > 0 || !isRotated || (size !== 2 && size !== 4) || hashed === 0) {
        join(elements, isRotated);
        return 0;
      }
      const stride = planeStride(count);
      exports.hash_begin();
      exports[`join${size}_hash`](PLANES_AT, BYTES_AT, hashed, stride);
      const to = BYTES_AT + hashed * size;
      if (count > hashed) exports[`join${size}`](PLANES_AT + hashed, to, count - hashed, stride, 1);
      return hashed * size;
    },
    diff: ({ size, start, count }) =>
      exports[`diff${size}`](BYTES_AT + start, BASE_AT + start, count),
    undiff: ({ size, start, count }) =>
      exports[`undiff${size}`](BYTES_AT + start, BASE_AT + start, count),
    checksum(lengthBytes, hashedBytes = 0) {
      if (hashedBytes === 0) exports.hash_begin();
      const end = BYTES_AT + lengthBytes - (lengthBytes % STRIPE_BYTES);
      exports.hash_stripes(BYTES_AT + hashedBytes, end);
      return BigInt.asUintN(64, exports.hash_end(end, lengthBytes));
    },
  };
}

let module: WebAssembly.Module | null = null;

/**
 * Compiles the kernels and keeps them for the life of this thread. All threads of a process share the machine code of
 * equal modules, and V8 may abort when it frees that code at the end of a thread (nodejs/node#64500). A program that
 * starts threads calls this first, so that the code is never freed.
 */
export function loadKernels(): WebAssembly.Module {
  module ??= new WebAssembly.Module(Buffer.from(KERNELS_BASE64, "base64"));
  return module;
}
