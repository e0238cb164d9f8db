/** Numbers out of tensors' bytes (little-endian, as every format here keeps them). Pure; dtypes are those of `TensorFact`. */

/** Fills `into` with the first `into.length` elements of `bytes`. */
type Decode = (bytes: Uint8Array, into: Float64Array) => void;
export type Decoder = { elementBytes: number; decode: Decode };

/** null for a dtype whose elements are no single numbers: quantised blocks, complex numbers, packed bits, texts. */
export function decoderOf(dtype: string): Decoder | null {
  return DECODERS.get(dtype) ?? null;
}

type Numbers = { new (buffer: ArrayBufferLike, offset: number, length: number): ArrayLike<number> };

const plain = (elementBytes: number, kind: Numbers): Decoder => ({
  elementBytes,
  decode: (bytes, into) => {
    const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : bytes.slice();
    into.set(new kind(aligned.buffer, aligned.byteOffset, into.length));
  },
});

/** Elements of one or two bytes by a table of all values. */
const tabled = (elementBytes: 1 | 2, table: () => Float32Array): Decoder => {
  let known: Float32Array | null = null;
  const codes = plain(elementBytes, elementBytes === 1 ? Uint8Array : Uint16Array);
  return {
    elementBytes,
    decode: (bytes, into) => {
      known ??= table();
      codes.decode(bytes, into);
      for (let at = 0; at < into.length; at += 1) into[at] = known[into[at] as number] as number;
    },
  };
};

/** Beyond 2^53 neighbouring numbers become the same one. */
const wide = (isSigned: boolean): Decoder => ({
  elementBytes: 8,
  decode: (bytes, into) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8 * into.length);
    for (let at = 0; at < into.length; at += 1) {
      const high = isSigned ? view.getInt32(8 * at + 4, true) : view.getUint32(8 * at + 4, true);
      into[at] = high * 2 ** 32 + view.getUint32(8 * at, true);
    }
  },
});

type Small = { exponentBits: number; fractionBits: number; hasInfinity: boolean };

/** All values of a float of a sign, an exponent and a fraction. Without infinities only the last code of all is no number. */
function smallFloats({ exponentBits, fractionBits, hasInfinity }: Small): Float32Array {
  const bits = 1 + exponentBits + fractionBits;
  const [topExponent, topFraction] = [2 ** exponentBits - 1, 2 ** fractionBits - 1];
  const bias = 2 ** (exponentBits - 1) - 1;
  return Float32Array.from({ length: 2 ** bits }, (_, code) => {
    const sign = code >= 2 ** (bits - 1) ? -1 : 1;
    const exponent = Math.floor(code / 2 ** fractionBits) % 2 ** exponentBits;
    const fraction = code % 2 ** fractionBits;
    if (exponent === topExponent && hasInfinity)
      return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === topExponent && fraction === topFraction) return Number.NaN;
    const part = fraction / 2 ** fractionBits;
    return exponent === 0
      ? sign * part * 2 ** (1 - bias)
      : sign * (1 + part) * 2 ** (exponent - bias);
  });
}

const halves = { exponentBits: 5, fractionBits: 10, hasInfinity: true };
/** The upper half of a 32-bit float. */
const brainFloats = () =>
  new Float32Array(Uint32Array.from({ length: 65_536 }, (_, code) => code * 65_536).buffer);

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ["F64", plain(8, Float64Array)],
  ["F32", plain(4, Float32Array)],
  ["F16", tabled(2, () => smallFloats(halves))],
  ["BF16", tabled(2, brainFloats)],
  [
    "F8_E4M3",
    tabled(1, () => smallFloats({ exponentBits: 4, fractionBits: 3, hasInfinity: false })),
  ],
  [
    "F8_E5M2",
    tabled(1, () => smallFloats({ exponentBits: 5, fractionBits: 2, hasInfinity: true })),
  ],
  ["I64", wide(true)],
  ["U64", wide(false)],
  ["I32", plain(4, Int32Array)],
  ["U32", plain(4, Uint32Array)],
  ["I16", plain(2, Int16Array)],
  ["U16", plain(2, Uint16Array)],
  ["I8", plain(1, Int8Array)],
  ["U8", plain(1, Uint8Array)],
  ["BOOL", plain(1, Uint8Array)],
]);
