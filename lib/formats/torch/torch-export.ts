/**
 * `torch.export.save` (torch/export/pt2_archive): a zip of JSON and raw weights. Since 2.8 `<root>/archive_format` says
 * "pt2" and a configuration beside the weights describes them; before, `serialized_state_dict` was a checkpoint.
 */

import { isZip, memberHead, openZip, readMember, type ZipArchive } from "../archives/zip.ts";
import type { ZipEntry } from "../archives/zip-directory.ts";
import type { FileReading, FormatReader } from "../bytes/reader.ts";
import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { ByteSource, SourceFile } from "../contract.ts";
import { countParameters, MAX_TENSORS } from "../tensor-facts.ts";
import { readOldExport } from "./torch-export-old.ts";
import { readExportedProgram } from "./torch-export-program.ts";
import { exportedTensor, type PlacedTensor } from "./torch-export-tensor.ts";

const KIND = "an exported PyTorch program";
const OLD_PROGRAM = "serialized_exported_program.json";
/** 200,000 tensors of 300 characters. */
const MAX_CONFIG_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;
const CONFIG = /^data\/(weights|constants)\/(.+)_(?:weights|constants)_config\.json$/;

export const torchExportReader: FormatReader = {
  format: "torch-zip",
  detect: async (head, source) => isZip(head) && (await isExported(source)),
  read: readTorchExport,
};

async function isExported(source: ByteSource): Promise<boolean> {
  try {
    const zip = await openZip(source);
    return (await exportRoot(zip)) !== null || isOld(zip);
  } catch {
    // Nothing says that a damaged zip is an export: the reader that takes it reports the damage.
    return false;
  }
}

function isOld({ entries }: ZipArchive): boolean {
  return entries.some(({ name }) => name === OLD_PROGRAM);
}

/** The folder, with its final slash, that everything is in; null when the zip has no `archive_format`. */
export async function exportRoot(zip: ZipArchive): Promise<string | null> {
  const mark = zip.entries.find(({ name }) => /^[^/]+\/archive_format$/.test(name));
  if (!mark || mark.sizeBytes > 100) return null;
  const format = Buffer.from(await memberHead(zip, mark, 100)).toString("latin1");
  return format.trim() === "pt2" ? mark.name.slice(0, mark.name.indexOf("/") + 1) : null;
}

/** Throws `invalid_model_file` for a configuration that cannot be true. */
async function readTorchExport(file: SourceFile): Promise<FileReading> {
  const zip = await openZip(file.source);
  const root = await exportRoot(zip);
  const program = await readExportedProgram(zip, programEntry(zip, root));
  const placed =
    root === null
      ? await readOldExport(file, zip, program.buffers)
      : await readNew(file, zip, root);
  if (placed.length > MAX_TENSORS) throw invalidFile(file.path, KIND, "it has too many tensors");
  const counted = new Map(placed.flatMap((one) => (one.isParameter ? [[one.place, one]] : [])));
  return {
    format: "torch-zip",
    framework: "pytorch",
    parameters:
      placed.length === 0 ? null : countParameters([...counted.values()].map((one) => one.fact)),
    tensors: placed.map(({ fact }) => fact),
    producer: {
      producer_name: "torch.export",
      ...(program.torchVersion !== null && { torch_version: program.torchVersion }),
    },
    signature: program.signature,
    findings: [],
    globals: [],
    parsedToEnd: true,
    pickles: [],
  };
}

/** An archive may hold several programs: the first one is what `torch.export.load` gives. */
function programEntry({ entries }: ZipArchive, root: string | null): ZipEntry | undefined {
  return entries.find(({ name }) =>
    root === null
      ? name === OLD_PROGRAM
      : name.startsWith(`${root}models/`) && name.endsWith(".json"),
  );
}

async function readNew(file: SourceFile, zip: ZipArchive, root: string): Promise<PlacedTensor[]> {
  const sizes = new Map(zip.entries.map((entry) => [entry.name, entry.sizeBytes]));
  const configs = zip.entries.flatMap((entry) => {
    const match = entry.name.startsWith(root) ? CONFIG.exec(entry.name.slice(root.length)) : null;
    return match ? [{ entry, folder: match[1] as string, model: match[2] as string }] : [];
  });
  const models = new Set(configs.map(({ model }) => model));
  const placed: PlacedTensor[] = [];
  for (const { entry, folder, model } of configs) {
    const text = new TextDecoder().decode(await readMember(zip, entry, MAX_CONFIG_BYTES));
    const prefix = models.size > 1 ? `${model}.` : "";
    for (const [name, payload] of payloads(file, entry.name, text)) {
      const tensor = exportedTensor(file, payload, {
        name: prefix + name,
        sizeOf: (path) => sizes.get(`${root}data/${folder}/${path}`) ?? null,
      });
      if (tensor) placed.push(tensor);
    }
  }
  return placed;
}

/** The entries of `{"config": {name: payload}}`. */
function payloads(file: SourceFile, member: string, text: string): ReadonlyMap<string, Json> {
  const shown = plainText(member, 200);
  try {
    const json = parseStrictJson(text, MAX_DEPTH);
    const config = json instanceof Map ? json.get("config") : null;
    if (config instanceof Map) return config;
  } catch (cause) {
    if (!(cause instanceof JsonProblem)) throw cause;
    throw invalidFile(file.path, KIND, `its ${shown} is not JSON (${cause.message})`, cause);
  }
  throw invalidFile(file.path, KIND, `its ${shown} has no config`);
}
