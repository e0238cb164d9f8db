/**
 * TorchScript (`torch.jit.save`): a zip whose `data.pkl` holds a module's attributes, whose `code/` holds
 * its classes in a subset of Python that PyTorch compiles itself (it is no Python that runs), and whose
 * `constants.pkl` holds the constants of that code.
 */

import { readMember } from "../archives/zip.ts";
import type { FileReading, FormatReader, PickleGlobal } from "../bytes/reader.ts";
import type { Signature, SourceFile } from "../contract.ts";
import { listGlobals, reportOf } from "../pickle/pickle-report.ts";
import { calleeName, type PickleValue } from "../pickle/pickle-values.ts";
import { elementCount } from "../tensor-facts.ts";
import type { NamedTensor } from "./named-tensor.ts";
import {
  isTorchArchive,
  openTorchArchive,
  parseMember,
  readArchiveProducer,
  storageSizes,
  type TorchArchive,
} from "./torch-archive.ts";
import { checkStorages, countTorchParameters, toFacts } from "./torch-facts.ts";
import { type ClassParameters, collectTensors } from "./torch-state.ts";
import { signatureOfClass } from "./torchscript-signature.ts";

/** A class's source takes some kilobytes; all of a large model's together some megabytes. */
const MAX_SOURCE_BYTES = 16 * 1024 * 1024;
const MAX_SOURCES_BYTES = 64 * 1024 * 1024;

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
  const tensors = data.parsedToEnd
    ? collectTensors(data.root, await readClassParameters(archive, data.globals))
    : [];
  checkStorages(tensors, storageSizes(archive));
  const constantTensors = constants.parsedToEnd ? readConstants(constants.root) : [];
  checkStorages(constantTensors, storageSizes(archive, "constants"));
  // Freezing makes constants of all parameters: such a module has no tensor left, and is still a model with weights.
  const isFrozen = tensors.length === 0 && constantTensors.length > 0;
  const reports = [
    reportOf(data, `${file.path}!/${archive.root}/data.pkl`, true),
    reportOf(constants, `${file.path}!/${archive.root}/constants.pkl`, true),
  ];
  return {
    format: "torchscript",
    framework: "pytorch",
    parameters: data.parsedToEnd && !isFrozen ? countTorchParameters(tensors, file.path) : null,
    tensors: toFacts([...tensors, ...constantTensors], file.path),
    producer: await readArchiveProducer(archive),
    signature: await readSignature(archive, data.root),
    findings: [],
    globals: listGlobals(reports),
    parsedToEnd: data.parsedToEnd && constants.parsedToEnd,
    pickles: reports,
  };
}

/** What the class of the outermost module says of its `forward`. */
async function readSignature(archive: TorchArchive, root: PickleValue): Promise<Signature | null> {
  const name = calleeName(root) ?? "";
  const [module, own] = [
    name.slice(0, name.lastIndexOf(".")),
    name.slice(name.lastIndexOf(".") + 1),
  ];
  const entry = archive.members.get(`code/${module.replaceAll(".", "/")}.py`);
  if (!entry || entry.sizeBytes > MAX_SOURCE_BYTES) return null;
  const source = Buffer.from(await readMember(archive.zip, entry, MAX_SOURCE_BYTES)).toString();
  return signatureOfClass(source, own);
}

/** The tensors among the code's constants, where a frozen module has its weights. Empty tensors stand for "none". */
function readConstants(root: PickleValue): NamedTensor[] {
  return collectTensors(root)
    .filter(({ shape }) => elementCount(shape) !== 0)
    .map((tensor) => ({ ...tensor, name: `constants.${tensor.name}`, isBuffer: true }));
}

/** `class Conv2d(Module):` and, under it, `__parameters__ = ["weight", "bias", ]`, of the named classes. */
async function readClassParameters(
  archive: TorchArchive,
  globals: readonly PickleGlobal[],
): Promise<ClassParameters> {
  const classes = new Map<string, ReadonlySet<string>>();
  let left = MAX_SOURCES_BYTES;
  for (const module of new Set(globals.map((global) => global.module))) {
    const entry = archive.members.get(`code/${module.replaceAll(".", "/")}.py`);
    if (!entry || entry.sizeBytes > Math.min(MAX_SOURCE_BYTES, left)) continue;
    left -= entry.sizeBytes;
    const source = Buffer.from(await readMember(archive.zip, entry, MAX_SOURCE_BYTES)).toString();
    for (const block of source.split(/^class /m).slice(1)) {
      const name = /^\w+/.exec(block)?.[0];
      const list = /^ {2}__parameters__ = \[([^\]]*)\]/m.exec(block)?.[1];
      const names = list?.match(/"([^"]*)"/g)?.map((quoted) => quoted.slice(1, -1));
      if (name && list !== undefined) classes.set(`${module}.${name}`, new Set(names));
    }
  }
  return classes;
}
