/** Bytes in, places of tensors out: where the values of each weight are, for whoever reads some of them. */
import { isRegistryError } from "#lib/errors.ts";
import { isZip } from "./archives/zip.ts";
import { HEAD_BYTES } from "./bytes/reader.ts";
import type { ByteSource } from "./contract.ts";
import { ggufRegions, isGguf } from "./gguf/gguf.ts";
import { isSafetensors, safetensorsPlaces } from "./safetensors.ts";
import type { TensorPlace } from "./tensor-place.ts";
import { torchPlaces } from "./torch/torch-places.ts";

/**
 * By name, the first of several tensors of one name. Empty for a format whose places are not known, and for a file that cannot
 * be read. A place lies inside the file. Throws only what reading `source` throws.
 */
export async function findTensorPlaces(
  source: ByteSource,
): Promise<ReadonlyMap<string, TensorPlace>> {
  const places = new Map<string, TensorPlace>();
  for (const place of await readPlaces(source)) {
    const isInside = place.offset >= 0 && place.offset + place.lengthBytes <= source.sizeBytes;
    if (isInside && !places.has(place.name)) places.set(place.name, place);
  }
  return places;
}

async function readPlaces(source: ByteSource): Promise<TensorPlace[]> {
  const head = Uint8Array.from(await source.read(0, Math.min(HEAD_BYTES, source.sizeBytes)));
  try {
    if (isZip(head)) return await torchPlaces(source);
    if (isGguf(head)) {
      // The version: of a file in the other byte order it is a huge number, and so would its values be.
      if (Buffer.from(head).readUInt32LE(4) > 0xffff) return [];
      const regions = await ggufRegions(source);
      return regions.map((region) => ({ ...region, shape: null }));
    }
    return isSafetensors(head, source) ? await safetensorsPlaces(source) : [];
  } catch (error) {
    if (isRegistryError(error) && error.code === "invalid_model_file") return [];
    throw error;
  }
}
