/**
 * `node lib/mrz/golden/make-golden.ts` writes the golden files of the current format version. To be run once for
 * each version, before its first release; files of released versions never change.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { FORMAT_VERSION } from "../format.ts";
import { encodeGolden } from "./encode-golden.ts";
import { GOLDEN_BLOBS } from "./golden-blobs.ts";

const folder = new URL(`./v${FORMAT_VERSION}/`, import.meta.url);
await mkdir(folder, { recursive: true });
for (const blob of GOLDEN_BLOBS)
  await writeFile(new URL(`${blob.name}.mrz`, folder), (await encodeGolden(blob)).file);
