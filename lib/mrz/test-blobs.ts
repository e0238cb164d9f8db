/** What the tests of this folder share: blobs in memory, and a store of encoded ones. */
import { createHash } from "node:crypto";
import type { Region } from "#lib/wire/region.ts";
import { type EncodeMrzInput, encodeMrz } from "./encode-mrz.ts";
import type { SourceReader } from "./format.ts";
import type { MrzReport } from "./mrz-output.ts";
import { type MrzReader, openMrz } from "./open-mrz.ts";

export function sourceOf(bytes: Uint8Array): SourceReader {
  return {
    sizeBytes: bytes.length,
    async read(into, offset) {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
    close: async () => undefined,
  };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

type Options = Partial<Omit<EncodeMrzInput, "source" | "sink">>;

export async function encode(
  bytes: Uint8Array,
  regions: readonly Region[] = [],
  options: Options = {},
): Promise<{ file: Uint8Array; report: MrzReport }> {
  const chunks: Uint8Array[] = [];
  const sink = {
    write: async (chunk: Uint8Array) => {
      chunks.push(chunk.slice());
    },
  };
  const report = await encodeMrz({ source: sourceOf(bytes), regions, sink, ...options });
  return { file: Buffer.concat(chunks), report };
}

/** A file that needs no other one. */
export function open(file: Uint8Array): Promise<MrzReader> {
  return openMrz({ file: sourceOf(file), openSource: refuse });
}

const refuse = (): Promise<never> => Promise.reject(new Error("It needs another blob."));

/** Decodes an `.mrz` file at once. */
export async function decode(reader: MrzReader | SourceReader): Promise<Uint8Array> {
  const bytes = new Uint8Array(reader.sizeBytes);
  return bytes.subarray(0, await reader.read(bytes, 0));
}

/** Encoded blobs by digest that refer to each other, as the registry keeps them. */
export class TestStore {
  readonly files = new Map<string, Uint8Array>();
  readonly #pieces = new Map<string, { sha256: string; sizeBytes: number; block: number }>();

  readonly openSource = async (
    { sha256 }: { sha256: string },
    depthLeft?: number,
  ): Promise<SourceReader> => {
    const file = this.files.get(sha256);
    if (!file) throw new Error(`${sha256} is not stored`);
    return openMrz({
      file: sourceOf(file),
      openSource: this.openSource,
      ...(depthLeft === undefined ? {} : { depthLeft }),
    });
  };

  readonly pieces = {
    find: async (pieces: Uint8Array[]) =>
      pieces.map((piece) => this.#pieces.get(Buffer.from(piece).toString("hex")) ?? null),
  };

  /** Encodes with what is stored already, and proves that it can be read again. */
  async add(
    bytes: Uint8Array,
    regions: readonly Region[],
    options: Options = {},
  ): Promise<MrzReport> {
    const { pieces, openSource } = this;
    const { file, report } = await encode(bytes, regions, { pieces, openSource, ...options });
    this.files.set(report.sha256, file);
    for (const { piece, block } of report.pieces) {
      const key = Buffer.from(piece).toString("hex");
      if (!this.#pieces.has(key))
        this.#pieces.set(key, { sha256: report.sha256, sizeBytes: bytes.length, block });
    }
    const reader = await this.openSource(report);
    const decoded = await decode(reader);
    if (Buffer.compare(decoded, bytes) !== 0) throw new Error("It decodes to other bytes.");
    await reader.close();
    return report;
  }
}

/** Reproducible bytes that no coder shortens. */
export function noise(lengthBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < lengthBytes; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Values around zero, distributed as trained weights are: what their exponents have in common is what is saved. */
export function weights(count: number, seed = 1): Float32Array {
  const draws = 12;
  const bytes = noise(count * draws, seed);
  return Float32Array.from({ length: count }, (_, at) => {
    // Each draw adds to the sum at a scale of its own as well, so that mantissas are as good as random.
    let sum = -4;
    let fine = 1 / 255;
    for (let draw = 0; draw < draws; draw += 1) {
      const byte = bytes[at * draws + draw] ?? 0;
      if (draw < 8) sum += byte / 255;
      else {
        fine /= 256;
        sum += byte * fine;
      }
    }
    return sum * 0.02;
  });
}

/** The upper half of each value: bfloat16 by truncation. */
export function toBfloat16(values: Float32Array): Uint8Array {
  const words = new Uint16Array(values.buffer, values.byteOffset, values.length * 2);
  const half = Uint16Array.from({ length: values.length }, (_, at) => words[2 * at + 1] ?? 0);
  return new Uint8Array(half.buffer);
}

/** Tensors one after the other behind a header, as safetensors has them. */
export function layOut(
  tensors: readonly { name: string; dtype: string; bytes: Uint8Array }[],
  header: Uint8Array = Buffer.from("{}"),
): { bytes: Uint8Array; regions: Region[] } {
  let offset = header.length;
  const regions = tensors.map(({ name, dtype, bytes }) => {
    offset += bytes.length;
    return { name, dtype, offset: offset - bytes.length, lengthBytes: bytes.length };
  });
  return { bytes: Buffer.concat([header, ...tensors.map(({ bytes }) => bytes)]), regions };
}
