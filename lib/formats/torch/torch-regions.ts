/** Where a PyTorch zip keeps its storages: a stored member each. */
import { isRegistryError } from "#lib/errors.ts";
import type { Region } from "#lib/wire/region.ts";
import { memberStart, STORED } from "../archives/zip.ts";
import type { ByteSource } from "../contract.ts";
import { findTorchArchive, parseMember, type TorchArchive } from "./torch-archive.ts";
import { collectTensors } from "./torch-state.ts";

/** Members of the folders that hold tensors' bytes. */
const STORAGE = /^(?:data|constants)\/\d+$/;
/** Each costs two small reads. */
const MAX_STORAGES = 250_000;

/**
 * A region for each storage: with name and dtype if a tensor uses it, and only with its place in the archive if not.
 * Throws `invalid_model_file`.
 */
export async function torchRegions(source: ByteSource): Promise<Region[]> {
  const archive = await findTorchArchive(source);
  if (!archive) return [];
  const known = await describeStorages(archive);
  const regions: Region[] = [];
  for (const [name, entry] of archive.members) {
    if (!STORAGE.test(name) || entry.method !== STORED || regions.length >= MAX_STORAGES) continue;
    regions.push({
      offset: await memberStart(archive.zip, entry),
      lengthBytes: entry.sizeBytes,
      dtype: known.get(name)?.dtype ?? "UNKNOWN",
      name: known.get(name)?.name ?? name,
    });
  }
  return regions;
}

/** Member -> the first tensor that has its values there. Empty when the pickle cannot be read. */
async function describeStorages(
  archive: TorchArchive,
): Promise<ReadonlyMap<string, { name: string; dtype: string }>> {
  const found = new Map<string, { name: string; dtype: string }>();
  try {
    const { root } = await parseMember(archive, "data.pkl");
    for (const { storageKey, name, dtype } of collectTensors(root)) {
      const member = `data/${storageKey}`;
      if (storageKey !== null && !found.has(member)) found.set(member, { name, dtype });
    }
  } catch (error) {
    // The members are where they are, whatever the pickle says of them.
    if (!isRegistryError(error) || error.code !== "invalid_model_file") throw error;
  }
  return found;
}
