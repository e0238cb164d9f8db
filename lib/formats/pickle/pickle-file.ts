/** Plain pickles, compressed or not: scikit-learn and its kin, joblib, or anything that somebody pickled. */
import { isRegistryError } from "#lib/errors.ts";
import type { Framework } from "#lib/wire/frameworks.ts";
import {
  type Compression,
  compressionOf,
  inflatedHead,
  openCompressed,
} from "../archives/compressed.ts";
import {
  type FileReading,
  type FormatReader,
  HEAD_BYTES,
  type PickleReport,
} from "../bytes/reader.ts";
import type { ByteSource, SourceFile } from "../contract.ts";
import { countParameters } from "../tensor-facts.ts";
import { toFacts } from "../torch/torch-facts.ts";
import { collectTensors } from "../torch/torch-state.ts";
import { hasPickleMark, type PickleStream, parsePickle } from "./pickle.ts";
import { estimatorFacts } from "./pickle-estimators.ts";
import { listGlobals, parsePickles } from "./pickle-report.ts";
import { isResolvable } from "./pickle-values.ts";

/** Enough opcodes to tell a pickle without a mark (protocol 0 and 1) from a text that begins alike. */
const SNIFF_OPCODES = 200_000;

export const pickleReader: FormatReader = {
  format: "pickle",
  detect: async (head, source) =>
    (await beginsAsCompressedPickle(head, source)) || beginsAsPickle(head, source),
  read: async (file) => readPickleFile(file),
};

/**
 * True for a stream that begins with a protocol mark, or that an unpickler would follow to a STOP or to
 * its first call.
 */
export async function beginsAsPickle(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (hasPickleMark(head)) return true;
  const stream = await parsePickle(source, { maxOpcodes: SNIFF_OPCODES });
  const isCalling = stream.globals.some(
    ({ module, name, isCalled }) => isCalled && isResolvable(module, name),
  );
  return isCalling || (stream.parsedToEnd && (stream.globals.length > 0 || stream.endOffset > 8));
}

/** joblib compresses what it dumps; what is inside has a mark, since joblib takes no older protocol by itself. */
async function beginsAsCompressedPickle(head: Uint8Array, source: ByteSource): Promise<boolean> {
  const compression = compressionOf(head);
  return compression !== null && hasPickleMark(await inflatedHead(source, compression, 2));
}

async function readPickleFile(file: SourceFile): Promise<FileReading> {
  const head = await file.source.read(0, Math.min(HEAD_BYTES, file.source.sizeBytes));
  const compression = compressionOf(head);
  const source = compression === null ? file.source : await findInflated(file.source, compression);
  // The scan judges damage and bombs here, as it judges a pickle's own damage.
  if (source === null) return readingOf([], [], file.path);
  const { streams, reports } = await parsePickles(source, file.path);
  return readingOf(streams, reports, file.path);
}

async function findInflated(
  source: ByteSource,
  compression: Compression,
): Promise<ByteSource | null> {
  try {
    return await openCompressed(source, compression);
  } catch (error) {
    if (isRegistryError(error) && error.status < 500) return null;
    throw error;
  }
}

function readingOf(
  streams: readonly PickleStream[],
  reports: PickleReport[],
  path: string,
): FileReading {
  const tensors = streams[0]?.parsedToEnd ? collectTensors(streams[0].root) : [];
  const framework = tensors.length > 0 ? "pytorch" : frameworkOf(reports);
  const facts = toFacts(tensors, path);
  return {
    format: "pickle",
    framework,
    parameters: tensors.length > 0 ? countParameters(facts) : null,
    tensors: facts,
    producer: {
      pickle_protocol: String(streams[0]?.protocol ?? 0),
      ...estimatorFacts(streams, reports),
    },
    signature: null,
    findings: [],
    globals: listGlobals(reports),
    parsedToEnd: reports.length > 0 && reports.every(({ parsedToEnd }) => parsedToEnd),
    pickles: reports,
  };
}

function frameworkOf(reports: readonly PickleReport[]): Framework {
  const packages = new Set(
    reports.flatMap(({ globals }) => globals.map(({ module }) => module.split(".")[0])),
  );
  if (packages.has("sklearn")) return "sklearn";
  return packages.has("torch") ? "pytorch" : "other";
}
