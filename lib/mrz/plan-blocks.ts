/**
 * Where a blob is cut. A tensor's blocks depend on nothing but the tensor: it begins a block, however long its
 * neighbours are, so that the same tensor gives the same blocks in any file.
 */
import type { Region } from "#lib/wire/region.ts";
import { type Grouping, MAX_BLOCK_BYTES } from "./format.ts";
import { groupingOf } from "./grouping.ts";

/** Shorter tensors share a block with their neighbours: a block each would cost more than its bytes. */
export const MIN_OWN_BLOCK_BYTES = 64 * 1024;
/** Scalars and axes of a graph: not worth a cut in the text around them. */
const MIN_REGION_BYTES = 1024;
/** Share of a block's bytes that must be of one kind for the whole to be treated as that. */
const LEAST_SHARE = 0.75;
/** Headers and padding between tensors; what is longer is text or code, and has blocks of its own. */
const MAX_FILLER_BYTES = 1024;

export type BlockPlan = {
  offset: number;
  lengthBytes: number;
  /** What the whole block is made of; null where that has to be found out. */
  grouping: Grouping | null;
  /** The tensor that this block is a part of; null for bytes of several or of none. */
  region: Region | null;
};

/** One after the other from 0 to `sizeBytes`, each at most `MAX_BLOCK_BYTES`. */
export function* planBlocks(sizeBytes: number, regions: readonly Region[]): Generator<BlockPlan> {
  let at = 0;
  let run: Region[] = [];
  for (const region of inOrder(sizeBytes, regions)) {
    if (region.lengthBytes < MIN_OWN_BLOCK_BYTES) {
      run.push(region);
      continue;
    }
    yield* planRun(at, region.offset, run);
    yield* planRegion(region);
    run = [];
    at = region.offset + region.lengthBytes;
  }
  yield* planRun(at, sizeBytes, run);
}

/** Tensors of numbers, without those that overlap an earlier one or are not inside the file. */
function inOrder(sizeBytes: number, regions: readonly Region[]): Region[] {
  let end = 0;
  return [...regions]
    .sort((a, b) => a.offset - b.offset || b.lengthBytes - a.lengthBytes)
    .filter(({ offset, lengthBytes, dtype }) => {
      if (lengthBytes < MIN_REGION_BYTES || dtype === "STRING") return false;
      const fits = offset >= end && offset + lengthBytes <= sizeBytes;
      if (fits) end = offset + lengthBytes;
      return fits;
    });
}

function* planRegion(region: Region): Generator<BlockPlan> {
  const grouping = groupingOf(region.dtype, 0);
  for (let done = 0; done < region.lengthBytes; done += MAX_BLOCK_BYTES) {
    const lengthBytes = Math.min(MAX_BLOCK_BYTES, region.lengthBytes - done);
    yield { offset: region.offset + done, lengthBytes, grouping, region };
  }
}

/** Short tensors and the bytes around them, as many in a block as fit. */
function* planRun(start: number, end: number, regions: readonly Region[]): Generator<BlockPlan> {
  let from = start;
  let at = start;
  let members: Region[] = [];
  const flush = function* (): Generator<BlockPlan> {
    if (at > from) yield planMembers(from, at, members);
    from = at;
    members = [];
  };
  for (const region of regions) {
    if (region.offset - at > MAX_FILLER_BYTES) {
      yield* flush();
      yield* planFiller(at, region.offset);
      from = region.offset;
      at = region.offset;
    }
    const next = region.offset + region.lengthBytes;
    if (next - from > MAX_BLOCK_BYTES) yield* flush();
    at = next;
    members.push(region);
  }
  if (end - at > MAX_FILLER_BYTES || end - from > MAX_BLOCK_BYTES) {
    yield* flush();
    yield* planFiller(at, end);
  } else {
    at = end;
    yield* flush();
  }
}

function* planFiller(start: number, end: number): Generator<BlockPlan> {
  for (let offset = start; offset < end; offset += MAX_BLOCK_BYTES) {
    const lengthBytes = Math.min(MAX_BLOCK_BYTES, end - offset);
    yield { offset, lengthBytes, grouping: null, region: null };
  }
}

/** A block is of one kind only if most of it has the same size of element, and elements at the same places. */
function planMembers(offset: number, end: number, members: readonly Region[]): BlockPlan {
  const [first] = members;
  const isWhole =
    members.length === 1 && first?.offset === offset && first.lengthBytes === end - offset;
  return {
    offset,
    lengthBytes: end - offset,
    grouping: commonGrouping(offset, end - offset, members),
    region: isWhole ? (first ?? null) : null,
  };
}

function commonGrouping(
  offset: number,
  lengthBytes: number,
  members: readonly Region[],
): Grouping | null {
  const kinds = new Map<string, { grouping: Grouping; bytes: number }>();
  for (const member of members) {
    const grouping = groupingOf(member.dtype, member.offset - offset);
    if (!grouping) continue;
    const key = `${grouping.elementSize} ${grouping.phase} ${grouping.isRotated}`;
    const kind = kinds.get(key) ?? { grouping, bytes: 0 };
    kind.bytes += member.lengthBytes;
    kinds.set(key, kind);
    if (kind.bytes >= LEAST_SHARE * lengthBytes) return grouping;
  }
  return null;
}
