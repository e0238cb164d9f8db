/** All files of a version in, facts out. The verdict comes from lib/scan. */

import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { isZip, openZip } from "../archives/zip.ts";
import { HEAD_BYTES } from "../bytes/reader.ts";
import { invalidFile, plainText } from "../bytes/window-reader.ts";
import type { Format, ModelFacts, SourceFile } from "../contract.ts";
import { readMlmodel } from "../mlmodel.ts";
import { countDtypes, MAX_TENSORS } from "../tensor-facts.ts";
import { beginsAsTorchArchive } from "../torch/torch-archive.ts";
import { named, readFile } from "./inspect-file.ts";
import { chooseModel } from "./inspect-layout.ts";
import { markLoaded } from "./inspect-loaded.ts";
import {
  checkShards,
  isNeedless,
  isTrainingState,
  mergeProducers,
  missingShards,
  refuseMissing,
  sumParameters,
} from "./inspect-merge.ts";
import { readRepository } from "./inspect-repository.ts";
import { folderOf, readConfig, readWeightIndexes } from "./inspect-side-files.ts";
import { makeUnits, type ReadFile } from "./inspect-units.ts";
import type { InspectedFile } from "./inspected-file.ts";

/** A page shows them all, while GGUF allows 100,000. */
const MAX_PRODUCER_ENTRIES = 500;

/** `ModelFacts` before the verdict. */
export type Inspection = Omit<ModelFacts, "files" | "scan"> & {
  files: InspectedFile[];
};

/**
 * Throws `empty_file`, and `invalid_model_file` for a file that is recognised and cannot be read, or that
 * needs another file which is not there.
 */
export async function inspectFiles(files: readonly SourceFile[]): Promise<Inspection> {
  refuseEmpty(files);
  const inspected: InspectedFile[] = [];
  const read: ReadFile[] = [];
  const sources = new Map(files.map(({ path, source }) => [path, source]));
  for (const file of files) {
    // One map for all: of 10,000 files, a map for each would be 100 million entries.
    sources.delete(file.path);
    const reading = await readFile(file, sources);
    sources.set(file.path, file.source);
    inspected.push({ file, format: reading?.format ?? "unknown", isLoaded: true, reading });
    if (reading) read.push({ file, reading });
  }
  nameParts(inspected, read);
  for (const { file, format } of inspected) if (format === "unknown") await refuseDamagedZip(file);

  const model = await chooseFiles(inspected, read, files);
  const tensors = model.flatMap(({ reading }) => reading.tensors);
  if (tensors.length > MAX_TENSORS) {
    throw new RegistryError(
      "invalid_model_file",
      `The version has more than ${MAX_TENSORS} tensors.`,
    );
  }
  const [largest] = model;
  const told = largest?.reading.framework ?? "other";
  // Which files a loader opens is decided by the bytes alone: a text beside them may say anything.
  await markLoaded(inspected, { files: model, framework: told });
  const mlmodel = await readMlmodel(files);
  const framework = told === "other" ? (mlmodel.framework ?? told) : told;
  const config = await readConfig(files, largest?.file.path ?? "");
  const repository = largest ? await readRepository(files, folderOf(largest.file.path)) : {};
  return {
    framework,
    format: largest?.reading.format ?? "unknown",
    parameters: sumParameters(model, config),
    tensors,
    dtypes: countDtypes(tensors),
    producer: mergeProducers(
      model,
      { ...config, ...repository, ...mlmodel.producer },
      MAX_PRODUCER_ENTRIES,
    ),
    signature: largest?.reading.signature ?? mlmodel.signature,
    files: inspected,
  };
}

/**
 * The files that are the model, largest first. An index that lacks shards which nobody needs is reported, not
 * refused.
 */
async function chooseFiles(
  inspected: readonly InspectedFile[],
  read: readonly ReadFile[],
  files: readonly SourceFile[],
): Promise<ReadFile[]> {
  const indexes = (await readWeightIndexes(files)).map((index) => ({
    index,
    missing: missingShards(index, files),
  }));
  const whole = indexes.filter(({ missing }) => missing.length === 0).map(({ index }) => index);
  for (const index of whole) checkShards(index, read);
  const weights = withoutData(read.filter((entry) => !isTrainingState(entry)));
  const units = makeUnits(weights.length > 0 ? weights : read, files, whole);
  const model = await chooseModel(units, files, whole);
  for (const { index, missing } of indexes) {
    if (missing.length === 0) continue;
    if (!isNeedless(index, model)) refuseMissing(index, missing);
    const detail = `The index names ${missing.length} shards that are not there; the model does not need them`;
    const finding = { severity: "info", code: "index_without_shards", detail } as const;
    const entry = inspected.find(({ file }) => file.path === index.path);
    if (entry) entry.notes = [{ ...finding, file: index.path }];
  }
  return model.flatMap((unit) => unit.files);
}

/** Arrays are the model where there is nothing else: beside one they are its vocabulary, its statistics, its test data. */
function withoutData(read: readonly ReadFile[]): readonly ReadFile[] {
  const models = read.filter(({ reading }) => reading.format !== "numpy");
  return models.length > 0 ? models : read;
}

/** A file may be empty on purpose (`__init__.py`, `.gitkeep`, a lock); a version that is nothing else is a mistake. */
function refuseEmpty(files: readonly SourceFile[]): void {
  const [first] = files;
  if (!first || files.some(({ source }) => source.sizeBytes > 0)) return;
  const name = plainText(first.path, 200);
  throw new RegistryError("empty_file", `${name} is empty.`, {
    problems: [{ pointer: "/file", detail: `${name} is empty` }],
  });
}

/** An upload that broke off is a zip without its directory, which is at the end. */
async function refuseDamagedZip(file: SourceFile): Promise<void> {
  const head = await file.source.read(0, Math.min(HEAD_BYTES, file.source.sizeBytes));
  if (!isZip(head)) return;
  try {
    await openZip(file.source);
  } catch (error) {
    if (!isRegistryError(error) || error.status >= 500 || !beginsAsTorchArchive(head)) {
      throw named(error, file.path);
    }
    const what = "it begins as one and cannot be read to its end, so it was cut short or damaged";
    throw invalidFile(file.path, "a PyTorch model", what, error);
  }
}

/** Gives files that hold another file's tensors, and are nothing by themselves, the format of that file. */
function nameParts(inspected: InspectedFile[], read: readonly ReadFile[]): void {
  const formats = new Map<string, Format>();
  for (const { reading } of read) {
    for (const tensor of reading.tensors) formats.set(tensor.file, reading.format);
    for (const part of reading.parts ?? []) formats.set(part, reading.format);
  }
  for (const entry of inspected) {
    if (entry.reading !== null) continue;
    entry.format = formats.get(entry.file.path) ?? entry.format;
    const slices = read.flatMap(({ reading }) => reading.slices?.get(entry.file.path) ?? []);
    if (slices.length > 0) Object.assign(entry, { format: "torch-distributed", slices });
  }
}
