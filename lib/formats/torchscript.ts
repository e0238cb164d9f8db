/**
 * TorchScript (`torch.jit.save`): a zip whose `data.pkl` holds a module's attributes, whose `code/` holds
 * its classes in a subset of Python that PyTorch compiles itself (it is no Python that runs), and whose
 * `constants.pkl` holds the constants of that code.
 */
import type { SourceFile } from "./contract.ts";
import { listGlobals, reportOf } from "./pickle-report.ts";
import type { FileReading, FormatReader } from "./reader.ts";
import {
  isTorchArchive,
  openTorchArchive,
  parseMember,
  readArchiveProducer,
  storageSizes,
} from "./torch-archive.ts";
import { checkStorages, countTorchParameters, toFacts } from "./torch-facts.ts";
import { collectTensors } from "./torch-state.ts";

export const torchScriptReader: FormatReader = {
  format: "torchscript",
  detect: (_head, source) => isTorchArchive(source, true),
  read: (file) => readTorchScript(file),
};

/** Throws `invalid_model_file`. */
async function readTorchScript(file: SourceFile): Promise<FileReading> {
  const archive = await openTorchArchive(file.source);
  const data = await parseMember(archive, "data.pkl");
  const constants = await parseMember(archive, "constants.pkl");
  const tensors = data.parsedToEnd ? collectTensors(data.root) : [];
  checkStorages(tensors, storageSizes(archive));
  const reports = [
    reportOf(data, `${file.path}!/${archive.root}/data.pkl`, true),
    reportOf(constants, `${file.path}!/${archive.root}/constants.pkl`, true),
  ];
  return {
    format: "torchscript",
    framework: "pytorch",
    parameters: data.parsedToEnd ? countTorchParameters(tensors, file.path) : null,
    tensors: toFacts(tensors, file.path),
    producer: await readArchiveProducer(archive),
    signature: null,
    findings: [],
    globals: listGlobals(reports),
    parsedToEnd: data.parsedToEnd && constants.parsedToEnd,
    pickles: reports,
  };
}
