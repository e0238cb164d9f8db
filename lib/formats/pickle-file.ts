/** Plain pickles: scikit-learn and its kin, joblib, or anything that somebody pickled. */
import type { Framework } from "../frameworks.ts";
import type { ByteSource, SourceFile } from "./contract.ts";
import { hasPickleMark, parsePickle } from "./pickle.ts";
import { listGlobals, parsePickles } from "./pickle-report.ts";
import type { FileReading, FormatReader, PickleReport } from "./reader.ts";
import { countParameters } from "./tensor-facts.ts";
import { toFacts } from "./torch-facts.ts";
import { collectTensors } from "./torch-state.ts";

/** Enough opcodes to tell a pickle without a mark (protocol 0 and 1) from a text that begins alike. */
const SNIFF_OPCODES = 200_000;

export const pickleReader: FormatReader = {
  format: "pickle",
  detect: (head, source) => beginsAsPickle(head, source),
  read: async (file) => readPickleFile(file),
};

/**
 * True for a stream that begins with a protocol mark, or that an unpickler would follow to a STOP or to
 * its first call.
 */
export async function beginsAsPickle(head: Uint8Array, source: ByteSource): Promise<boolean> {
  if (hasPickleMark(head)) return true;
  const stream = await parsePickle(source, { maxOpcodes: SNIFF_OPCODES });
  const isCalling = stream.globals.some(({ isCalled }) => isCalled);
  return isCalling || (stream.parsedToEnd && (stream.globals.length > 0 || stream.endOffset > 8));
}

async function readPickleFile(file: SourceFile): Promise<FileReading> {
  const { streams, reports } = await parsePickles(file.source, file.path);
  const tensors = streams[0]?.parsedToEnd ? collectTensors(streams[0].root) : [];
  const framework = tensors.length > 0 ? "pytorch" : frameworkOf(reports);
  const facts = toFacts(tensors, file.path);
  return {
    format: "pickle",
    framework,
    parameters: tensors.length > 0 ? countParameters(facts) : null,
    tensors: facts,
    producer: { pickle_protocol: String(streams[0]?.protocol ?? 0) },
    signature: null,
    findings: [],
    globals: listGlobals(reports),
    parsedToEnd: reports.every(({ parsedToEnd }) => parsedToEnd),
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
