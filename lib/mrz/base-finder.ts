import { isRegistryError } from "#lib/errors.ts";
import type { Region } from "#lib/wire/region.ts";
import type { Digested } from "./digest-blocks.ts";
import { type EncodedBlock, encodeDelta } from "./encode-block.ts";
import { MAX_BLOCK_BYTES, type SourceReader, type SourceRef } from "./format.ts";
import { estimateGrouping } from "./grouping.ts";
import { type Reference, referenceTo } from "./reference.ts";
import type { SourceList } from "./source-list.ts";

/** A blob that is probably an earlier state of the one that is encoded. */
export type BaseBlob = { ref: SourceRef; reader: SourceReader; regions: readonly Region[] };

/** By a sample, a difference must be this much smaller than the plain block, since reading it costs a second read. */
const DELTA_ADVANTAGE = 0.9;
/** A shorter tensor saves less than its tie to the base costs. */
const MIN_BASE_BYTES = 4096;

/** Blocks as differences to the base's tensor of the same name, dtype and length. */
export class BaseFinder {
  readonly #base: BaseBlob;
  readonly #sources: SourceList;
  readonly #tensors: ReadonlyMap<string, Region>;
  readonly #scratch = new Uint8Array(MAX_BLOCK_BYTES);

  constructor(base: BaseBlob, sources: SourceList) {
    this.#base = base;
    this.#sources = sources;
    this.#tensors = new Map(base.regions.map((region) => [keyOf(region), region]));
  }

  async find({ bytes, plan }: Digested): Promise<(EncodedBlock & Reference) | null> {
    const { ref, reader } = this.#base;
    const twin = plan.region && this.#tensors.get(keyOf(plan.region));
    if (!plan.region || !twin || bytes.length < MIN_BASE_BYTES) return null;
    if (!this.#sources.accepts(ref, reader)) return null;
    const offset = twin.offset + plan.offset - plan.region.offset;
    const before = this.#scratch.subarray(0, bytes.length);
    if (!(await this.#readBase(before, offset))) return null;
    if (Buffer.compare(before, bytes) === 0)
      return referenceTo(this.#sources.use(ref, reader), offset);
    const { grouping } = plan;
    if (!grouping) return null;
    const plain = estimateGrouping(bytes, grouping).share;
    if (estimateGrouping(bytes, grouping, { base: before }).share >= plain * DELTA_ADVANTAGE)
      return null;
    const delta = encodeDelta(bytes, before, grouping);
    if (delta.payloadBytes >= bytes.length * plain) return null;
    return { ...delta, source: this.#sources.use(ref, reader), sourceOffset: offset };
  }

  /** False when the base is damaged: the block is stored by itself then. */
  async #readBase(into: Uint8Array, offset: number): Promise<boolean> {
    try {
      return (await this.#base.reader.read(into, offset)) === into.length;
    } catch (error) {
      if (isRegistryError(error) && error.code === "storage_corrupt") return false;
      throw error;
    }
  }
}

function keyOf({ name, dtype, lengthBytes }: Region): string {
  return `${dtype} ${lengthBytes} ${name}`;
}
