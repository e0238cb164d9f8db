/** Where each tensor of a PyTorch zip has its values. */
import { memberStart, STORED } from "../archives/zip.ts";
import type { ByteSource } from "../contract.ts";
import { byteCount, elementCount } from "../tensor-facts.ts";
import type { TensorPlace } from "../tensor-place.ts";
import { findTorchArchive, parseMember, readArchiveProducer } from "./torch-archive.ts";
import { collectTensors } from "./torch-state.ts";

/**
 * The tensors whose values lie one behind the other, the weights of the model alone. Views of a storage, sparse tensors and
 * numbers of the other byte order are left out. Throws `invalid_model_file`.
 */
export async function torchPlaces(source: ByteSource): Promise<TensorPlace[]> {
  const archive = await findTorchArchive(source);
  if (!archive || (await readArchiveProducer(archive)).byteorder === "big") return [];
  const { root, parsedToEnd } = await parseMember(archive, "data.pkl");
  if (!parsedToEnd) return [];
  const starts = new Map<string, number>();
  const places: TensorPlace[] = [];
  for (const { name, dtype, shape, group, storageKey, start } of collectTensors(root)) {
    const member = `data/${storageKey}`;
    const entry = archive.members.get(member);
    const count = elementCount(shape);
    if (group !== null || start === null || entry?.method !== STORED || count === null) continue;
    const [skipped, lengthBytes] = [byteCount(dtype, start), byteCount(dtype, count)];
    if (skipped === null || lengthBytes === null) continue;
    if (skipped + lengthBytes > entry.sizeBytes) continue;
    const storage = starts.get(member) ?? (await memberStart(archive.zip, entry));
    starts.set(member, storage);
    places.push({ name, dtype, shape, offset: storage + skipped, lengthBytes });
  }
  return places;
}
