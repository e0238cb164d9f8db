/** `torch.export.save` before 2.8: the state dict is a checkpoint inside of the zip, the program says what is a buffer. */

import { readMember, storedMember, type ZipArchive } from "../archives/zip.ts";
import { type Json, JsonProblem, parseStrictJson } from "../bytes/strict-json.ts";
import type { SourceFile } from "../contract.ts";
import { openTorchArchive, parseMember, storageSizes } from "./torch-archive.ts";
import type { PlacedTensor } from "./torch-export-tensor.ts";
import { checkStorages, toFacts } from "./torch-facts.ts";
import { collectTensors } from "./torch-state.ts";

const STATE = /^serialized_(?:state_dict|constants)\.(?:pt|json)$/;
/** The graph of a large model takes some megabytes; one above this does not say what its buffers are. */
const MAX_PROGRAM_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

/** Throws `invalid_model_file`. */
export async function readOldExport(file: SourceFile, zip: ZipArchive): Promise<PlacedTensor[]> {
  const buffers = await bufferNames(zip);
  const placed: PlacedTensor[] = [];
  for (const entry of zip.entries) {
    if (!STATE.test(entry.name) || entry.sizeBytes === 0) continue;
    const source = await storedMember(zip, entry);
    if (source === null) continue;
    const archive = await openTorchArchive(source);
    const stream = await parseMember(archive, "data.pkl");
    const tensors = stream.parsedToEnd ? collectTensors(stream.root) : [];
    checkStorages(tensors, storageSizes(archive));
    const isState = entry.name.startsWith("serialized_state_dict");
    toFacts(tensors, file.path).forEach((fact, at) => {
      placed.push({
        fact,
        isParameter: isState && !buffers.has(fact.name),
        place: `${entry.name} ${tensors[at]?.storageKey ?? at}`,
      });
    });
  }
  return placed;
}

/** `graph_module.signature.input_specs[].buffer.buffer_name`. */
async function bufferNames(zip: ZipArchive): Promise<ReadonlySet<string>> {
  const entry = zip.entries.find(({ name }) => name === "serialized_exported_program.json");
  if (!entry || entry.sizeBytes > MAX_PROGRAM_BYTES) return new Set();
  const text = new TextDecoder().decode(await readMember(zip, entry, MAX_PROGRAM_BYTES));
  try {
    const specs = inside(parseStrictJson(text, MAX_DEPTH), "graph_module.signature.input_specs");
    const names = (Array.isArray(specs) ? specs : []).map((spec) =>
      inside(spec, "buffer.buffer_name"),
    );
    return new Set(names.filter((name) => typeof name === "string"));
  } catch (error) {
    if (error instanceof JsonProblem) return new Set();
    throw error;
  }
}

function inside(json: Json, path: string): Json {
  return path
    .split(".")
    .reduce<Json>((value, key) => (value instanceof Map ? (value.get(key) ?? null) : null), json);
}
