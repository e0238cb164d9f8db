/** The compressed form of real weights against zstd -3 and a plain copy, in turn; processor time of one thread. */
import { createHash } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { memorySource } from "../lib/formats/bytes/byte-source.ts";
import type { ByteSource } from "../lib/formats/contract.ts";
import { findRegions, type Siblings } from "../lib/formats/regions.ts";
import { encodeMrz } from "../lib/mrz/encode-mrz.ts";
import type { MrzReader } from "../lib/mrz/open-mrz.ts";
import { encode, open, sourceOf } from "../lib/mrz/test-blobs.ts";
import { benchRelated } from "./related-weights.ts";
import { convert, parseSafetensors, realFile, writeSafetensors } from "./support/real-weights.ts";
import { median, type Row, roundsOr } from "./support/statistics.ts";

const ROUNDS = roundsOr(5);
/** A short file is coded again and again until this much was done: clocks are coarse. */
const WORK_BYTES = 64 * 1024 * 1024;
const ZSTD_CHUNK_BYTES = 4 * 1024 * 1024;
/** A copy takes less than the clock of a thread can tell. */
const COPIES = 16;
const RANDOM_READS = 500;
const MIN_RANDOM_BYTES = 16 * 1024 * 1024;
const RANDOM_READ_BYTES = 64 * 1024;
/** Text in blocks that can be read alone is a little longer than in one piece. */
const MOST_OF_ZSTD = 1.02;
const LEVEL_3 = { params: { [constants.ZSTD_c_compressionLevel]: 3 }, chunkSize: ZSTD_CHUNK_BYTES };

export async function benchCompression(): Promise<Row[]> {
  const weights = parseSafetensors(await realFile("all-minilm-l6-v2/model.safetensors"));
  const [bf16, fp16] = [convert(weights, "BF16"), convert(weights, "F16")].map(writeSafetensors);
  const fp32 = writeSafetensors(weights);
  const rows: Row[] = [];
  rows.push(...(await benchFile("fp32", fp32)));
  rows.push(...(await benchFile("bf16", bf16 as Buffer)));
  rows.push(...(await benchFile("fp16", fp16 as Buffer)));
  rows.push(...(await benchFile("ONNX", await realFile("silero-vad-onnx/silero_vad.onnx"))));
  rows.push(...(await benchFile("TorchScript", await realFile("silero-vad/silero_vad.jit"))));
  const variables = "variables/variables.data-00000-of-00001";
  const shard = await realFile(`basic-pitch/${variables}`);
  const index = await realFile("basic-pitch/variables/variables.index");
  const files = new Map<string, ByteSource>([
    [variables, memorySource(shard)],
    ["variables/variables.index", memorySource(index)],
  ]);
  rows.push(...(await benchFile("SavedModel, variables", shard, { path: variables, files })));
  rows.push(
    ...(await benchFile("SavedModel, graph", await realFile("basic-pitch/saved_model.pb"))),
  );
  rows.push(...(await benchRelated(weights)));
  return rows;
}

async function benchFile(name: string, bytes: Buffer, siblings?: Siblings): Promise<Row[]> {
  const regions = await findRegions(memorySource(bytes), siblings);
  const times = Math.max(1, Math.round(WORK_BYTES / bytes.length));
  const work = bytes.length * times;
  const { file } = await encode(bytes, regions);
  const reader = await open(file);
  const frames = zstdFrames(bytes);
  const into = Buffer.alloc(Math.min(bytes.length, ZSTD_CHUNK_BYTES));
  const seconds = {
    encode: [] as number[],
    zstd: [] as number[],
    decode: [] as number[],
    unzstd: [] as number[],
    copy: [] as number[],
  };
  const steps: Record<keyof typeof seconds, () => unknown> = {
    encode: () =>
      encodeMrz({ source: sourceOf(bytes), regions, sink: { write: async () => undefined } }),
    // What ours includes too: whoever stores a blob must know its digest.
    zstd: () => [zstdFrames(bytes), createHash("sha256").update(bytes).digest()],
    decode: () => readAll(reader, into),
    unzstd: () => frames.map((frame) => zstdDecompressSync(frame, { chunkSize: ZSTD_CHUNK_BYTES })),
    copy: async () => {
      for (let copy = 0; copy < COPIES; copy += 1) await readAll(sourceOf(bytes), into);
    },
  };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const step of Object.keys(steps) as (keyof typeof seconds)[]) {
      const begun = threadSeconds();
      for (let time = 0; time < times; time += 1) await steps[step]();
      if (round > 0) seconds[step].push(threadSeconds() - begun);
    }
  }
  const speed = (step: keyof typeof seconds) => work / median(seconds[step]) / 1e9;
  const zstdBytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  return [
    {
      work: `${name}, ${(bytes.length / 1e6).toFixed(1)} MB: size`,
      measured: percent(file.length / bytes.length),
      baseline: `${percent(zstdBytes / bytes.length)} zstd -3`,
      ratio: (file.length / zstdBytes).toFixed(2),
      budget: `<= ${MOST_OF_ZSTD}`,
      isKept: file.length <= zstdBytes * MOST_OF_ZSTD,
    },
    speedRow("encode", speed("encode"), speed("zstd"), "zstd -3"),
    speedRow("decode", speed("decode"), speed("unzstd"), "zstd -3"),
    { ...speedRow("decode", speed("decode"), speed("copy") * COPIES, "plain copy"), isKept: null },
    // A short file is in the reader's cache of decoded blocks after the first of them.
    ...(bytes.length > MIN_RANDOM_BYTES ? [await randomReads(reader)] : []),
  ];
}

function speedRow(work: string, ours: number, theirs: number, name: string): Row {
  return {
    work: `  ${work}`,
    measured: `${ours.toFixed(2)} GB/s`,
    baseline: `${theirs.toFixed(2)} GB/s ${name}`,
    ratio: (ours / theirs).toFixed(2),
    budget: "",
    isKept: null,
  };
}

async function randomReads(reader: MrzReader): Promise<Row> {
  const into = Buffer.alloc(Math.min(RANDOM_READ_BYTES, reader.sizeBytes));
  const begun = threadSeconds();
  for (let read = 0; read < RANDOM_READS; read += 1) {
    const at = ((read * 2_654_435_761) % 2 ** 32) / 2 ** 32;
    await reader.read(into, Math.floor(at * (reader.sizeBytes - into.length)));
  }
  const milliseconds = ((threadSeconds() - begun) / RANDOM_READS) * 1000;
  return {
    work: `  ${RANDOM_READ_BYTES / 1024} KiB at random`,
    measured: `${milliseconds.toFixed(2)} ms`,
    baseline: "",
    ratio: "",
    budget: "",
    isKept: null,
  };
}

async function readAll(reader: Pick<MrzReader, "read" | "sizeBytes">, into: Buffer): Promise<void> {
  for (let at = 0; at < reader.sizeBytes; ) at += await reader.read(into, at);
}

function zstdFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += ZSTD_CHUNK_BYTES)
    frames.push(zstdCompressSync(bytes.subarray(at, at + ZSTD_CHUNK_BYTES), LEVEL_3));
  return frames;
}

/** Processor time of this thread: what else the machine does is not counted. */
function threadSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
