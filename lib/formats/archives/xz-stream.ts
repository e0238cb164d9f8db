/** Streams of the .xz file format 1.2.1 (tukaani.org/xz/xz-file-format.txt) and of the older .lzma. */
import { DamagedStream, type InputWindow } from "../bytes/input-window.ts";
import { LzmaDecoder } from "./lzma-decoder.ts";

const PIECE_BYTES = 256 * 1024;
const HEADER_BYTES = 12;
const LZMA2 = 0x21;
/** Bytes of a block's check, by the type that the stream's header names. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** Throws `DamagedStream`, also for filters other than LZMA2. Checks of blocks are passed over. */
export async function* decodeXz(input: InputWindow): AsyncGenerator<Uint8Array> {
  while (await input.need(1)) {
    const header = Buffer.from(await input.take(HEADER_BYTES));
    if (header.toString("latin1", 0, 6) !== "\xfd7zXZ\0" || header[6] !== 0)
      throw new DamagedStream();
    const checkBytes = CHECK_BYTES[header[7] as number] ?? 0;
    for (;;) {
      const [size = 0] = await input.take(1);
      if (size === 0) break;
      const block = await input.take(size * 4 + 3);
      yield* decodeLzma2(input, new LzmaDecoder(dictionaryOf(block)));
      // All parts of a stream are aligned to four bytes.
      await input.take(((4 - (input.position % 4)) % 4) + checkBytes);
    }
    await skipIndex(input);
    while (await hasPadding(input)) input.at += 4;
  }
}

/** Throws `DamagedStream`. A file has one such stream. */
export async function* decodeLzma(input: InputWindow): AsyncGenerator<Uint8Array> {
  const header = Buffer.from(await input.take(13));
  const sizeBytes = header.readBigUInt64LE(5);
  const decoder = new LzmaDecoder(header.readUInt32LE(1));
  decoder.setProperties(header[0] as number);
  decoder.resetState();
  if (!(await input.need(5))) throw new DamagedStream();
  decoder.feed(input.bytes, input.at);
  decoder.startRange();
  input.at = decoder.usedTo;
  let left = sizeBytes === 0xffffffffffffffffn ? Number.POSITIVE_INFINITY : Number(sizeBytes);
  while (left > 0 && !decoder.hasEnded) {
    await input.need(PIECE_BYTES);
    decoder.feed(input.bytes, input.at);
    left -= decoder.decode(Math.min(left, PIECE_BYTES), input.isLast, left > PIECE_BYTES);
    input.at = decoder.usedTo;
    yield decoder.emit();
  }
}

async function* decodeLzma2(input: InputWindow, decoder: LzmaDecoder): AsyncGenerator<Uint8Array> {
  for (;;) {
    const [control = 0] = await input.take(1);
    if (control === 0) return;
    if (control === 1) decoder.resetDictionary();
    if (control < 0x80) {
      if (control > 2) throw new DamagedStream();
      const length = 1 + Buffer.from(await input.take(2)).readUInt16BE(0);
      decoder.copy(await input.take(length));
      yield decoder.emit();
      continue;
    }
    const sizes = Buffer.from(await input.take(4));
    const length = 1 + ((control & 0x1f) << 16) + sizes.readUInt16BE(0);
    const inputBytes = 1 + sizes.readUInt16BE(2);
    const reset = (control >> 5) & 3;
    if (reset === 3) decoder.resetDictionary();
    if (reset >= 2) decoder.setProperties((await input.take(1))[0] as number);
    if (reset >= 1) decoder.resetState();
    decoder.feed(await input.take(inputBytes), 0);
    decoder.startRange();
    decoder.decode(length, true);
    if (decoder.usedTo !== inputBytes || decoder.hasEnded) throw new DamagedStream();
    yield decoder.emit();
  }
}

/** The bytes of a block's header after its size. */
function dictionaryOf(header: Uint8Array): number {
  const flags = header[0] as number;
  if ((flags & 0x3f) !== 0) throw new DamagedStream();
  let at = 1;
  // A decoder may check the declared sizes of the block; this one goes by the bytes that are there.
  for (const flag of [0x40, 0x80]) {
    if ((flags & flag) === 0) continue;
    while (((header[at] ?? 0) & 0x80) !== 0) at += 1;
    at += 1;
  }
  const bits = header[at + 2] ?? 0xff;
  if (header[at] !== LZMA2 || header[at + 1] !== 1 || bits > 40) throw new DamagedStream();
  return bits === 40 ? 0xffffffff : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

/** The index of blocks, whose first byte is taken, its checksum, and the footer. */
async function skipIndex(input: InputWindow): Promise<void> {
  const records = await varint(input);
  for (let left = records * 2; left > 0; left -= 1) await varint(input);
  await input.take(((4 - (input.position % 4)) % 4) + 4);
  const footer = Buffer.from(await input.take(HEADER_BYTES));
  if (footer.toString("latin1", 10) !== "YZ") throw new DamagedStream();
}

async function varint(input: InputWindow): Promise<number> {
  let value = 0;
  for (let place = 0; place < 9; place += 1) {
    const [byte = 0] = await input.take(1);
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return value;
  }
  throw new DamagedStream();
}

async function hasPadding(input: InputWindow): Promise<boolean> {
  if (!(await input.need(4))) return false;
  return input.bytes.subarray(input.at, input.at + 4).every((byte) => byte === 0);
}
