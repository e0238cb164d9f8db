/** `torch.save` since 1.6: a zip whose `data.pkl` describes tensors and whose `data/` holds their bytes. */

import type { FileReading, FormatReader } from "../bytes/reader.ts";
import type { SourceFile } from "../contract.ts";
import { listGlobals, reportOf } from "../pickle/pickle-report.ts";
import {
  isTorchArchive,
  openTorchArchive,
  parseMember,
  readArchiveProducer,
  storageSizes,
} from "./torch-archive.ts";
import { checkStorages, countTorchParameters, listParts, toFacts } from "./torch-facts.ts";
import { collectTensors } from "./torch-state.ts";

export const torchZipReader: FormatReader = {
  format: "torch-zip",
  detect: (_head, source) => isTorchArchive(source, false),
  read: (file) => readTorchZip(file),
};

/** Reads the directory, `data.pkl` and some one-line records; never a storage. Throws `invalid_model_file`. */
async function readTorchZip(file: SourceFile): Promise<FileReading> {
  const archive = await openTorchArchive(file.source);
  const stream = await parseMember(archive, "data.pkl");
  const tensors = stream.parsedToEnd ? collectTensors(stream.root) : [];
  checkStorages(tensors, storageSizes(archive));
  const report = reportOf(stream, `${file.path}!/${archive.root}/data.pkl`);
  return {
    format: "torch-zip",
    framework: "pytorch",
    parameters: stream.parsedToEnd ? countTorchParameters(tensors, file.path) : null,
    tensors: toFacts(tensors, file.path),
    producer: { ...(await readArchiveProducer(archive)), ...listParts(tensors) },
    signature: null,
    findings: [],
    globals: listGlobals([report]),
    parsedToEnd: stream.parsedToEnd,
    pickles: [report],
  };
}
