/** Blobs that refer to others: pieces stored once, differences to a base, and how far that may go. */
import { describe, expect, test } from "vitest";
import { MAX_BLOCK_BYTES, MAX_CHAIN_DEPTH, type SourceReader } from "./format.ts";
import { openMrz } from "./open-mrz.ts";
import {
  decode,
  encode,
  layOut,
  noise,
  sha256Of,
  sourceOf,
  TestStore,
  toBfloat16,
  weights,
} from "./test-blobs.ts";

const MIB = MAX_BLOCK_BYTES;
type Tensor = { name: string; dtype: string; bytes: Uint8Array };

const layer = (name: string, count: number, seed: number): Tensor => ({
  name,
  dtype: "F32",
  bytes: new Uint8Array(weights(count, seed).buffer),
});
const LAYERS = ["a", "b", "c", "d"].map((name, at) => layer(name, 300_000 + at * 1234, at + 1));
const HEADER = Buffer.from("header of some length ".repeat(90));

async function addBoth(first: Tensor[], second: Tensor[], headers = [HEADER, HEADER]) {
  const store = new TestStore();
  const [one, two] = [layOut(first, headers[0]), layOut(second, headers[1])];
  await store.add(one.bytes, one.regions);
  const report = await store.add(two.bytes, two.regions);
  return { store, report, share: report.storedBytes / two.bytes.length };
}

describe("a version costs about what changed", () => {
  test("nothing when only the header changes, however many bytes it moves the rest", async () => {
    const longer = Buffer.concat([HEADER, noise(37)]);
    const { share, report } = await addBoth(LAYERS, LAYERS, [HEADER, longer]);
    expect(share).toBeLessThan(0.01);
    expect([report.chainDepth, report.sources.length]).toEqual([1, 1]);
  });

  test("the new layer when one is appended", async () => {
    const more = [...LAYERS, layer("e", 300_000, 9)];
    expect((await addBoth(LAYERS, more)).share).toBeLessThan(0.21);
  });

  test("nothing when tensors change their order", async () => {
    expect((await addBoth(LAYERS, LAYERS.toReversed())).share).toBeLessThan(0.01);
  });

  test("the layer that changed", async () => {
    const [a, b, c, d] = LAYERS as [Tensor, Tensor, Tensor, Tensor];
    expect(
      (await addBoth(LAYERS, [a, b, { ...layer("c", 302_468, 7), name: c.name }, d])).share,
    ).toBeLessThan(0.26);
  });

  test("the end of a tensor that grew", async () => {
    const table = weights(1_500_000, 3);
    const grown = new Float32Array(1_510_000);
    grown.set(table);
    grown.set(weights(10_000, 8), 1_500_000);
    const named = (values: Float32Array) => [
      { name: "t", dtype: "F32", bytes: new Uint8Array(values.buffer) },
    ];
    const { report } = await addBoth(named(table), named(grown));
    expect(report.storedBytes).toBeLessThan(MIB);
  });
});

/** `values` and their state after some training, as bfloat16. */
function tuned(count: number, change: number) {
  const before = weights(count, 1);
  const step = weights(count, 2);
  const after = before.map((value, at) => value + (step[at] ?? 0) * change);
  return [before, after].map((values) =>
    layOut([{ name: "w", dtype: "BF16", bytes: toBfloat16(values) }]),
  );
}

async function addTuned(change: number, store = new TestStore()) {
  const [base, next] = tuned(800_000, change) as [
    ReturnType<typeof layOut>,
    ReturnType<typeof layOut>,
  ];
  const { sha256 } = await store.add(base.bytes, base.regions);
  const ref = { sha256, sizeBytes: base.bytes.length };
  const reader = await store.openSource(ref);
  const report = await store.add(next.bytes, next.regions, {
    base: { ref, reader, regions: base.regions },
  });
  return { store, report, next, ref };
}

test("a fine-tune is stored as a difference to its base", async () => {
  const { report, next } = await addTuned(0.001);
  expect(report.blocks.delta.rawBytes).toBe(next.bytes.length - 2);
  expect(report.storedBytes / next.bytes.length).toBeLessThan(0.2);
});

test("a base without anything in common is left alone", async () => {
  const { report } = await addTuned(50);
  expect(report.blocks.delta.count).toBe(0);
  expect(report.sources).toEqual([]);
});

test("an unchanged tensor of the base is referred to even if the base is raw", async () => {
  const { bytes, regions } = layOut(LAYERS, HEADER);
  const ref = { sha256: sha256Of(bytes), sizeBytes: bytes.length };
  const next = layOut(LAYERS, noise(5000));
  const { report, file } = await encode(next.bytes, next.regions, {
    base: { ref, reader: sourceOf(bytes), regions },
  });
  expect(report.blocks.reference.count).toBe(8);
  const reader = await openMrz({ file: sourceOf(file), openSource: async () => sourceOf(bytes) });
  expect(Buffer.compare(await decode(reader), next.bytes)).toBe(0);
});

test("the chain of blobs that need each other ends at its bound", async () => {
  const store = new TestStore();
  const depths: number[] = [];
  let previous: {
    ref: { sha256: string; sizeBytes: number };
    regions: ReturnType<typeof layOut>["regions"];
  } | null = null;
  for (let step = 0; step < MAX_CHAIN_DEPTH + 3; step += 1) {
    const values = weights(200_000, 1).map((value) => value * (1 + step * 1e-3));
    const { bytes, regions } = layOut([
      { name: "w", dtype: "F32", bytes: new Uint8Array(values.buffer) },
    ]);
    const base: {
      ref: { sha256: string; sizeBytes: number };
      reader: SourceReader;
      regions: typeof regions;
    } | null = previous && { ...previous, reader: await store.openSource(previous.ref) };
    const report = await store.add(bytes, regions, { base });
    depths.push(report.chainDepth);
    previous = { ref: { sha256: report.sha256, sizeBytes: bytes.length }, regions };
  }
  expect(depths).toEqual([0, 1, 2, 3, 0, 1]);
});

test("a blob that shall stand alone refers to nothing", async () => {
  const store = new TestStore();
  const { bytes, regions } = layOut(LAYERS, HEADER);
  await store.add(bytes, regions);
  const more = layOut(LAYERS, noise(100));
  const report = await store.add(more.bytes, more.regions, { maxChainDepth: 0 });
  expect([report.sources, report.chainDepth]).toEqual([[], 0]);
});

describe("what the store says of pieces is not believed blindly", () => {
  const { bytes, regions } = layOut(LAYERS, HEADER);
  const other = layOut(LAYERS.toReversed(), HEADER);
  const sources: [string, () => Promise<SourceReader>][] = [
    [
      "other bytes",
      async () => ({
        ...sourceOf(noise(bytes.length)),
        blockRange: () => ({ offset: 0, lengthBytes: MIB }),
      }),
    ],
    ["no such block", async () => ({ ...sourceOf(bytes), blockRange: () => null })],
    ["a raw blob without blocks", async () => sourceOf(bytes)],
  ];
  test.each(sources)("%s", async (_, openSource) => {
    const find = async (pieces: Uint8Array[]) =>
      pieces.map(() => ({ sha256: "ab".repeat(32), sizeBytes: bytes.length, block: 3 }));
    const { report } = await encode(other.bytes, other.regions, { pieces: { find }, openSource });
    expect(report.sources).toEqual([]);
    expect(regions).toHaveLength(4);
  });
});

describe("a damaged source is damage, never other bytes", () => {
  test("changed, shortened, swapped or absent", async () => {
    const { store, report, next, ref } = await addTuned(0.001);
    const good = await decode(await store.openSource(ref));
    const file = store.files.get(report.sha256) as Uint8Array;
    const flipped = Uint8Array.from(good);
    flipped[good.length >> 1] = (flipped[good.length >> 1] ?? 0) ^ 1;
    const wrong: (() => Promise<SourceReader>)[] = [
      async () => sourceOf(flipped),
      async () => sourceOf(noise(good.length)),
      async () => sourceOf(good.subarray(1)),
      async () => ({ ...sourceOf(good.subarray(0, 100)), sizeBytes: good.length }),
    ];
    for (const openSource of wrong) {
      const reader = await openMrz({ file: sourceOf(file), openSource });
      await expect(decode(reader)).rejects.toMatchObject({ code: "storage_corrupt" });
    }
    const gone = await openMrz({
      file: sourceOf(file),
      openSource: () => Promise.reject(new Error("gone")),
    });
    await expect(decode(gone)).rejects.toThrow("gone");
    const healed = await openMrz({ file: sourceOf(file), openSource: async () => sourceOf(good) });
    expect(Buffer.compare(await decode(healed), next.bytes)).toBe(0);
  });

  test("files that refer to each other in a circle are refused, not followed for ever", async () => {
    const { store, report, ref } = await addTuned(0.001);
    let opened = 0;
    const tuned = store.files.get(report.sha256) as Uint8Array;
    const openSource = async (_: unknown, depthLeft: number): Promise<SourceReader> => {
      opened += 1;
      return openMrz({ file: sourceOf(tuned), openSource, depthLeft });
    };
    const reader = await openMrz({ file: sourceOf(tuned), openSource });
    await expect(decode(reader)).rejects.toMatchObject({ code: "storage_corrupt" });
    expect(opened).toBeLessThan(20);
    expect(ref.sizeBytes).toBe(reader.sizeBytes);
  });
});

test("closing a reader closes its file and its sources, once", async () => {
  const { store, report, ref } = await addTuned(0.001);
  const good = await decode(await store.openSource(ref));
  const closed: string[] = [];
  const closing = (name: string, bytes: Uint8Array) => ({
    ...sourceOf(bytes),
    close: async () => {
      closed.push(name);
    },
  });
  const reader = await openMrz({
    file: closing("file", store.files.get(report.sha256) as Uint8Array),
    openSource: async () => closing("source", good),
  });
  await decode(reader);
  await reader.close();
  await reader.close();
  expect(closed).toEqual(["source", "file"]);
});
