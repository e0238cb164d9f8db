/** Snappy's raw block format (github.com/google/snappy, format_description.txt): decompression only. */

/** Says what is wrong; the caller names the file. */
export class SnappyProblem extends Error {}

/** Throws SnappyProblem for damaged input or more than `maxBytes` of output. */
export function unsnappy(input: Uint8Array, maxBytes: number): Uint8Array {
  let at = 0;
  const byte = (): number => {
    const value = input[at];
    if (value === undefined) throw new SnappyProblem("compressed data ends too early");
    at += 1;
    return value;
  };
  const little = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index += 1) value += byte() * 2 ** (8 * index);
    return value;
  };

  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const part = byte();
    size += (part & 0x7f) * 2 ** shift;
    if (part < 0x80) break;
    if (shift >= 28) throw new SnappyProblem("a compressed length is not valid");
  }
  if (size > maxBytes) throw new SnappyProblem(`compressed data grows beyond ${maxBytes} bytes`);

  const output = new Uint8Array(size);
  let written = 0;
  const room = (length: number) => {
    if (length > size - written) throw new SnappyProblem("compressed data is longer than it says");
  };
  while (at < input.length) {
    const tag = byte();
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const length = 1 + (short < 60 ? short : little(short - 59));
      room(length);
      if (length > input.length - at) throw new SnappyProblem("compressed data ends too early");
      output.set(input.subarray(at, at + length), written);
      at += length;
      written += length;
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = kind === 1 ? ((tag >> 5) << 8) + byte() : little(kind === 2 ? 2 : 4);
    room(length);
    if (distance === 0 || distance > written) {
      throw new SnappyProblem("compressed data refers to what is not there");
    }
    // Byte by byte: a copy may overlap what it writes, which is how runs are encoded.
    for (let index = 0; index < length; index += 1, written += 1) {
      output[written] = output[written - distance] as number;
    }
  }
  if (written !== size) throw new SnappyProblem("compressed data is shorter than it says");
  return output;
}
