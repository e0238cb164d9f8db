/**
 * The WebAssembly kernels and their memory: one instance for each thread, made at first use. Calls are synchronous and
 * whoever fills a range reads its result before anything else can run, so all codecs of a thread share it.
 */
import type { ElementSize } from "../format.ts";
import { HUFFMAN_BASE64, KERNELS_BASE64 } from "./kernels-bytes.ts";
import {
  ADDRESSES_AT,
  BASE_AT,
  BYTES_AT,
  COUNTS_AT,
  type FourPlaces,
  LENGTHS_AT,
  OUTPUTS,
  outputRange,
  PAYLOAD_AT,
  PLANES_AT,
  type Place,
  planeStride,
  RANGE_BYTES,
  SPAN_BYTES,
  SPANS,
  SPANS_AT,
} from "./places.ts";

const SYMBOLS = 256;
const COUNT_TABLES = 4;
const MOST_PLANES = 8;
/** Bytes that XXH64 takes at once. */
const STRIPE_BYTES = 32;
/** Elements that are joined at once. */
const HASHED_ELEMENTS = 16;

type Split = (from: number, to: number, count: number, stride: number, rotate: number) => void;
type Join = (addresses: number, to: number, count: number, rotate: number) => void;
type JoinAndHash = (addresses: number, to: number, count: number) => void;
type Difference = (bytes: number, base: number, count: number) => void;
type Exports = {
  memory: WebAssembly.Memory;
  hash_begin(): void;
  hash_stripes(at: number, end: number): void;
  hash_end(at: number, lengthBytes: number): bigint;
} & Record<`split${2 | 4 | 8}`, Split> &
  Record<`join${2 | 4 | 8}`, Join> &
  Record<`join${2 | 4}_hash`, JoinAndHash> &
  Record<`${"diff" | "undiff"}${ElementSize}`, Difference>;
type HuffmanExports = {
  count(at: number, count: number): void;
  assign(): number;
  prepare(): number;
  encode(from: number, count: number, to: number): number;
  decode4(...parameters: [...from: FourPlaces, to: number, each: number]): void;
};

/** `count` whole elements of a block, of which the first one begins at `start`. */
export type Elements = { size: ElementSize; start: number; count: number };

/** `block` is where a block begins; in `bytes` if it is left out. */
type At = { block?: Place };

export type Kernels = {
  /** A payload that is encoded, or that was read elsewhere. */
  readonly payload: Uint8Array;
  /** Buffers for whoever reads payloads. They are taken and given back, so that nobody copies payloads. */
  readonly spans: Uint8Array[];
  /** A block. */
  readonly bytes: Uint8Array;
  /**
   * Buffers for whoever passes blocks on. They are taken and given back whole, so that nobody copies blocks. See
   * `outputAt`.
   */
  readonly outputs: Uint8Array[];
  /** The planes of `bytes`; see `planePlace`. */
  readonly planes: Uint8Array;
  /** The bytes that the block is compared with. */
  readonly base: Uint8Array;
  /** Elements of `bytes` into `planes`. */
  split(elements: Elements, isRotated: boolean): void;
  /** The inverse of `split`, from planes wherever they are. */
  join(elements: Elements, places: readonly Place[], isRotated: boolean, at?: At): void;
  /** Joins as `join`; returns how many bytes it has hashed for `checksum`. */
  joinAndHash(elements: Elements, places: readonly Place[], isRotated: boolean, at?: At): number;
  /** Elements of `bytes` become their differences to those of `base`. */
  diff(elements: Elements): void;
  /** The inverse of `diff`. */
  undiff(elements: Elements, at?: At): void;
  /** XXH64 of the first `lengthBytes` of a block, of which the first `hashedBytes` need not be read again. */
  checksum(lengthBytes: number, options?: At & { hashedBytes?: number }): bigint;
  copy(from: Place, to: Place, lengthBytes: number): void;
  readonly huffman: HuffmanKernels;
};

export type HuffmanKernels = {
  /**
   * Bits of the code of each symbol, at most 11; 0 for one that does not occur. The functions below work with these.
   */
  readonly lengths: Uint8Array;
  /** How often each symbol occurs in `count` bytes. */
  count(from: Place, count: number): Uint32Array;
  /** To be called before `encode`. False if the lengths make no complete code. */
  assign(): boolean;
  /** To be called before `decode4`. False if the lengths make no complete code. */
  prepare(): boolean;
  /** Returns the place behind the stream; up to 7 bytes more are overwritten. */
  encode(from: Place, count: number, to: Place): Place;
  /** `each` symbols of each of four streams, one stream behind the other. */
  decode4(from: FourPlaces, to: Place, each: number): void;
};

/** The place of bytes that a span holds. Other bytes are copied into `payload`, and it is the place of the copy. */
export function placeOf(stored: Uint8Array): Place {
  const { payload } = kernels();
  if (stored.buffer === payload.buffer) return stored.byteOffset;
  payload.set(stored);
  return PAYLOAD_AT;
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
  const exports = instanceOf<Exports>(KERNELS_BASE64, {});
  const { memory } = exports;
  const range = (at: number) => new Uint8Array(memory.buffer, at, RANGE_BYTES);
  const all = new Uint8Array(memory.buffer);
  const copy = (from: Place, to: Place, lengthBytes: number) => {
    all.copyWithin(to, from, from + lengthBytes);
  };
  const addresses = new Uint32Array(memory.buffer, ADDRESSES_AT, MOST_PLANES);
  const join = (
    { size, start, count }: Elements,
    places: readonly Place[],
    isRotated: boolean,
    { block = BYTES_AT }: At = {},
  ) => {
    const to = block + start;
    if (size === 1) copy(places[0] as Place, to, count);
    else {
      addresses.set(places);
      exports[`join${size}`](ADDRESSES_AT, to, count, Number(isRotated));
    }
  };
  return {
    payload: range(PAYLOAD_AT),
    spans: Array.from({ length: SPANS }, (_, span) =>
      all.subarray(SPANS_AT + span * SPAN_BYTES, SPANS_AT + (span + 1) * SPAN_BYTES),
    ),
    bytes: range(BYTES_AT),
    outputs: Array.from({ length: OUTPUTS }, (_, output) => outputRange(memory.buffer, output)),
    planes: range(PLANES_AT),
    base: range(BASE_AT),
    split({ size, start, count }, isRotated) {
      const from = BYTES_AT + start;
      if (size === 1) copy(from, PLANES_AT, count);
      else exports[`split${size}`](from, PLANES_AT, count, planeStride(count), Number(isRotated));
    },
    join,
    joinAndHash(elements, places, isRotated, at = {}) {
      const { size, start, count } = elements;
      const hashed = count - (count % HASHED_ELEMENTS);
      if (start > 0 || !isRotated || (size !== 2 && size !== 4) || hashed === 0) {
        join(elements, places, isRotated, at);
        return 0;
      }
      exports.hash_begin();
      addresses.set(places);
      exports[`join${size}_hash`](ADDRESSES_AT, at.block ?? BYTES_AT, hashed);
      const rest = { size, start: hashed * size, count: count - hashed };
      const behind = places.map((place) => place + hashed);
      if (rest.count > 0) join(rest, behind, isRotated, at);
      return hashed * size;
    },
    diff: ({ size, start, count }) =>
      exports[`diff${size}`](BYTES_AT + start, BASE_AT + start, count),
    undiff: ({ size, start, count }, { block = BYTES_AT } = {}) =>
      exports[`undiff${size}`](block + start, BASE_AT + start, count),
    checksum(lengthBytes, { block = BYTES_AT, hashedBytes = 0 } = {}) {
      if (hashedBytes === 0) exports.hash_begin();
      const end = block + lengthBytes - (lengthBytes % STRIPE_BYTES);
      exports.hash_stripes(block + hashedBytes, end);
      return BigInt.asUintN(64, exports.hash_end(end, lengthBytes));
    },
    copy,
    huffman: instantiateHuffman(memory),
  };
}

function instantiateHuffman(memory: WebAssembly.Memory): HuffmanKernels {
  const exports = instanceOf<HuffmanExports>(HUFFMAN_BASE64, { kernels: { memory } });
  const tables = new Uint32Array(memory.buffer, COUNTS_AT, COUNT_TABLES * SYMBOLS);
  return {
    lengths: new Uint8Array(memory.buffer, LENGTHS_AT, SYMBOLS),
    count(from, count) {
      exports.count(from, count);
      const counts = tables.slice(0, SYMBOLS);
      for (let at = SYMBOLS; at < tables.length; at += 1)
        counts[at % SYMBOLS] = (counts[at % SYMBOLS] as number) + (tables[at] as number);
      return counts;
    },
    assign: () => exports.assign() === 1,
    prepare: () => exports.prepare() === 1,
    encode: (from, count, to) => exports.encode(from, count, to),
    decode4: (from, to, each) => exports.decode4(...from, to, each),
  };
}

const modules = new Map<string, WebAssembly.Module>();

/**
 * Compiles the kernels and keeps them for the life of this thread. All threads of a process share the machine code of
 * equal modules, and V8 may abort when it frees that code at the end of a thread (nodejs/node#64500). A program that
 * starts threads calls this first, so that the code is never freed.
 */
export function loadKernels(): void {
  moduleOf(KERNELS_BASE64);
  moduleOf(HUFFMAN_BASE64);
}

function moduleOf(base64: string): WebAssembly.Module {
  const module = modules.get(base64) ?? new WebAssembly.Module(Buffer.from(base64, "base64"));
  modules.set(base64, module);
  return module;
}

function instanceOf<Shape>(base64: string, imports: WebAssembly.Imports): Shape {
  return new WebAssembly.Instance(moduleOf(base64), imports).exports as unknown as Shape;
}
