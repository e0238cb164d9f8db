import { encode, sha256Of, sourceOf } from "../test-blobs.ts";
import { GOLDEN_BLOBS, type GoldenBlob } from "./golden-blobs.ts";

/** With its base, if it has one, as raw bytes. */
export function encodeGolden({ bytes, regions, base: name }: GoldenBlob) {
  const base = GOLDEN_BLOBS.find((other) => other.name === name);
  if (!base) return encode(bytes, regions);
  const ref = { sha256: sha256Of(base.bytes), sizeBytes: base.bytes.length };
  return encode(bytes, regions, {
    base: { ref, reader: sourceOf(base.bytes), regions: base.regions },
  });
}
