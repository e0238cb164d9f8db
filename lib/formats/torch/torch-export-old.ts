/** `torch.export.save` before 2.8: the state dict is a checkpoint inside of the zip, the program says what is a buffer. */

import { storedMember, type ZipArchive } from "../archives/zip.ts";
import type { SourceFile } from "../contract.ts";
import { openTorchArchive, parseMember, storageSizes } from "./torch-archive.ts";
import type { PlacedTensor } from "./torch-export-tensor.ts";
import { checkStorages, toFacts } from "./torch-facts.ts";
import { collectTensors } from "./torch-state.ts";

const STATE = /^serialized_(?:state_dict|constants)\.(?:pt|json)$/;

/** `buffers` are the names that the program says. Throws `invalid_model_file`. */
export async function readOldExport(
  file: SourceFile,
  zip: ZipArchive,
  buffers: ReadonlySet<string>,
): Promise<PlacedTensor[]> {
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
