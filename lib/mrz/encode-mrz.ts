/** A blob into an `.mrz` file, in one pass over its bytes. */
import { createHash } from "node:crypto";
import type { Region } from "#lib/wire/region.ts";
import { type BaseBlob, BaseFinder } from "./base-finder.ts";
import { type Digested, digestBlocks } from "./digest-blocks.ts";
import { encodeDirectory, encodeFooter, encodeHead } from "./directory.ts";
import { encodeBlock, isFill } from "./encode-block.ts";
import { MAX_BLOCK_BYTES, MAX_BLOCKS, MAX_CHAIN_DEPTH, type RandomAccess } from "./format.ts";
import { directoryPlace, MrzOutput, type MrzReport, type Sink } from "./mrz-output.ts";
import { PieceFinder, type PieceLookup, type SourceOpener } from "./piece-finder.ts";
import { type BlockPlan, planBlocks } from "./plan-blocks.ts";
import { SourceList } from "./source-list.ts";

/** Blocks of this many bytes are read, hashed and looked up together. */
const WINDOW_BYTES = 8 * MAX_BLOCK_BYTES;
const WINDOW_BLOCKS = 256;

export type EncodeMrzInput = {
  source: RandomAccess;
  /** What is known of the content; see lib/formats/regions.ts. */
  regions: readonly Region[];
  sink: Sink;
  /** Blocks that are stored elsewhere; `openSource` reads them. */
  pieces?: PieceLookup;
  openSource?: SourceOpener;
  /** A blob that this one resembles: its tensors of the same name, dtype and length are compared. */
  base?: BaseBlob | null;
  /** At most `MAX_CHAIN_DEPTH`; less for a blob that others refer to, 0 for one that shall stand alone. */
  maxChainDepth?: number;
  onProgress?: (rawBytes: number) => void;
  signal?: AbortSignal;
};

/**
 * Reads `source` once from its start to its end. The sink has everything when this resolves. Throws what reading and
 * writing throw, `storage_corrupt` for a source that ends early, and the signal's reason.
 */
export async function encodeMrz(input: EncodeMrzInput): Promise<MrzReport> {
  const { source, regions, signal, maxChainDepth = MAX_CHAIN_DEPTH } = input;
  const sources = new SourceList(Math.min(maxChainDepth, MAX_CHAIN_DEPTH));
  const output = new MrzOutput(input.sink);
  const base = input.base ? new BaseFinder(input.base, sources) : null;
  const pieces =
    input.pieces && input.openSource
      ? new PieceFinder(input.pieces, input.openSource, sources)
      : null;
  const hash = createHash("sha256");
  const window = new Uint8Array(Math.min(WINDOW_BYTES, source.sizeBytes));
  try {
    await output.write(encodeHead());
    for (const plans of windowsOf(source.sizeBytes, regions)) {
      signal?.throwIfAborted();
      const blocks = await digestBlocks(source, plans, window, hash);
      await pieces?.prepare(
        blocks.filter(({ digest, bytes }) => !output.has(digest) && !isFill(bytes)),
      );
      for (const block of blocks) {
        await output.add(await encodeOne(block, output, pieces, base), block);
        input.onProgress?.(block.plan.offset + block.plan.lengthBytes);
      }
    }
  } finally {
    await pieces?.close();
  }
  const sha256 = hash.digest("hex");
  return finish(output, sources, { sizeBytes: source.sizeBytes, sha256 });
}

/** The cheapest way to store a block: what is there already, then what differs little, then its own bytes. */
async function encodeOne(
  block: Digested,
  output: MrzOutput,
  pieces: PieceFinder | null,
  base: BaseFinder | null,
) {
  const { bytes, digest, plan } = block;
  if (isFill(bytes)) return encodeBlock(bytes, plan.grouping);
  return (
    output.findRepeat(digest) ??
    (await pieces?.find(block)) ??
    (await base?.find(block)) ??
    encodeBlock(bytes, plan.grouping)
  );
}

function* windowsOf(sizeBytes: number, regions: readonly Region[]): Generator<BlockPlan[]> {
  let plans: BlockPlan[] = [];
  let bytes = 0;
  let count = 0;
  for (const plan of planBlocks(sizeBytes, regions)) {
    count += 1;
    if (count > MAX_BLOCKS)
      throw new RangeError(`An .mrz file holds at most ${MAX_BLOCKS} blocks.`);
    if (bytes + plan.lengthBytes > WINDOW_BYTES || plans.length === WINDOW_BLOCKS) {
      yield plans;
      plans = [];
      bytes = 0;
    }
    plans.push(plan);
    bytes += plan.lengthBytes;
  }
  if (plans.length > 0) yield plans;
}

async function finish(
  output: MrzOutput,
  sources: SourceList,
  raw: { sizeBytes: number; sha256: string },
): Promise<MrzReport> {
  const { entries } = output;
  const { refs, chainDepth } = sources;
  const offset = output.storedBytes;
  const directory = encodeDirectory({ ...raw, chainDepth, sources: refs }, entries);
  await output.write(directory);
  await output.write(encodeFooter(directoryPlace(offset, directory)));
  return output.report({
    rawBytes: raw.sizeBytes,
    sha256: raw.sha256,
    chainDepth,
    sources: refs.map(({ sha256 }) => sha256),
  });
}
