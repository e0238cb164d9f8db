/**
 * `torch.save` before 1.6 (torch/serialization.py, `_legacy_save`): five pickles (magic number, protocol,
 * system, the object, the storages' keys), then each storage as a count of elements and their bytes.
 */
import { RegistryError } from "#lib/errors.ts";
import { readExactly } from "../bytes/byte-source.ts";
import type { FileReading, FormatReader, PickleReport } from "../bytes/reader.ts";
import type { ByteSource, SourceFile } from "../contract.ts";
import { type PickleStream, parsePickle } from "../pickle/pickle.ts";
import { listGlobals, reportOf } from "../pickle/pickle-report.ts";
import { entryOf, itemsOf } from "../pickle/pickle-values.ts";
import { DTYPE_BITS } from "../tensor-facts.ts";
import { storageDtype } from "./torch-dtypes.ts";
import { checkStorages, countTorchParameters, listParts, toFacts } from "./torch-facts.ts";
import { collectTensors } from "./torch-state.ts";
import { storageTuple } from "./torch-tensor.ts";

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
const STREAMS = 5;

export const torchLegacyReader: FormatReader = {
  format: "torch-legacy",
  detect: (_head, source) => isTorchLegacy(source),
  read: (file) => readTorchLegacy(file),
};

/** The magic number is the first pickle, in whichever protocol it was written. */
export async function isTorchLegacy(source: ByteSource): Promise<boolean> {
  const first = await parsePickle(source, { maxOpcodes: 8 });
  return first.parsedToEnd && first.root === MAGIC_NUMBER;
}

export type LegacyStorage = { offset: number; lengthBytes: number };

export type LegacyStreams = {
  streams: PickleStream[];
  reports: PickleReport[];
  /** Bytes of each storage, and where they begin; empty when the streams were not parsed to their end. */
  storages: Map<string, LegacyStorage>;
};

/**
 * Follows the streams and steps over the storages. The last report says so when they are cut short or something
 * follows them.
 */
export async function parseTorchLegacy(source: ByteSource, where: string): Promise<LegacyStreams> {
  const streams: PickleStream[] = [];
  const reports: PickleReport[] = [];
  let offset = 0;
  while (streams.length < STREAMS) {
    const stream = await parsePickle(source, { offset });
    streams.push(stream);
    reports.push(reportOf(stream, where));
    offset = stream.endOffset;
    if (!stream.parsedToEnd) return { streams, reports, storages: new Map() };
  }
  const last = reports[STREAMS - 1] as PickleReport;
  const startsAt = source.startsAt ?? 0;
  const { storages, end } = await walkStorages(source, streams as PickleStream[], offset);
  if (end === null) {
    last.parsedToEnd = false;
    last.problem = "its storages are cut short or of an unknown type";
    last.problemAt = startsAt + offset;
  } else if (end < source.sizeBytes) {
    last.oddities.push({ code: "pickle_trailing_bytes", offset: startsAt + end });
  }
  return { streams, reports, storages };
}

async function walkStorages(
  source: ByteSource,
  streams: readonly PickleStream[],
  start: number,
): Promise<{ storages: Map<string, LegacyStorage>; end: number | null }> {
  const itemBytes = new Map<string, number>();
  for (const id of streams[3]?.persistentIds ?? []) {
    const storage = storageTuple(id);
    const bits = DTYPE_BITS.get(storageDtype(storage?.[1]) ?? "");
    if (storage && bits !== undefined) itemBytes.set(String(storage[2]), bits / 8);
  }
  const storages = new Map<string, LegacyStorage>();
  let at = start;
  for (const key of itemsOf(streams[4]?.root) ?? []) {
    const width = itemBytes.get(String(key));
    if (width === undefined || at + 8 > source.sizeBytes) return { storages, end: null };
    const head = await readExactly(source, at, 8);
    const count = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
    at += 8 + count * width;
    if (!Number.isSafeInteger(at) || at > source.sizeBytes) return { storages, end: null };
    const lengthBytes = count * width;
    storages.set(String(key), { offset: at - lengthBytes, lengthBytes });
  }
  return { storages, end: at };
}

/** Throws `invalid_model_file`. */
async function readTorchLegacy(file: SourceFile): Promise<FileReading> {
  const { streams, reports, storages } = await parseTorchLegacy(file.source, file.path);
  const [, version, system, object] = streams;
  const parsedToEnd = reports.every((report) => report.parsedToEnd);
  if (version?.parsedToEnd && version.root !== PROTOCOL_VERSION) {
    throw new RegistryError(
      "invalid_model_file",
      "The PyTorch file cannot be read: its protocol is not the one that this format has.",
    );
  }
  const tensors = object?.parsedToEnd ? collectTensors(object.root) : [];
  if (parsedToEnd) checkStorages(tensors, (key) => storages.get(key)?.lengthBytes ?? null);
  const isLittle = entryOf(system?.root, "little_endian");
  return {
    format: "torch-legacy",
    framework: "pytorch",
    parameters: object?.parsedToEnd ? countTorchParameters(tensors, file.path) : null,
    tensors: toFacts(tensors, file.path),
    producer: {
      ...(typeof isLittle === "boolean" && { byteorder: isLittle ? "little" : "big" }),
      ...listParts(tensors),
    },
    signature: null,
    findings: [],
    globals: listGlobals(reports),
    parsedToEnd,
    pickles: reports,
  };
}
