/** What the next version of a model costs when the last one is stored: pieces that are there, differences to a base. */

import { memorySource } from "../lib/formats/bytes/byte-source.ts";
import { findRegions } from "../lib/formats/regions.ts";
import { sha256Of, TestStore } from "../lib/mrz/test-blobs.ts";
import {
  addLowRank,
  change,
  convert,
  type FloatDtype,
  normals,
  type Weights,
  writeSafetensors,
} from "./support/real-weights.ts";
import type { Row } from "./support/statistics.ts";

const noisy = (scale: number, seed: number) => (values: Float32Array) => {
  const normal = normals(seed);
  return values.map((value) => value + normal() * scale);
};
const isIn = (layer: number) => (name: string) => name.includes(`.layer.${layer}.`);

/** Another training of a layer: nothing of it is where it was. */
const retrain = noisy(0.05, 11);

const NEXT_VERSIONS: Record<string, (weights: Weights) => Weights> = {
  "layer appended": (weights) => {
    const extra = change(weights, isIn(5), retrain).tensors.filter(({ name }) => isIn(5)(name));
    const renamed = extra.map((tensor) => ({
      ...tensor,
      name: tensor.name.replace(".layer.5.", ".layer.6."),
    }));
    return { ...weights, tensors: [...weights.tensors, ...renamed] };
  },
  "metadata key added": ({ metadata, tensors }) => ({
    metadata: { ...metadata, note: "second edition" },
    tensors,
  }),
  "vocabulary grown by 500 words": ({ metadata, tensors }) => ({
    metadata,
    tensors: tensors.map((tensor) => {
      const [rows = 0, columns = 0] = tensor.shape;
      if (!tensor.name.includes("word_embeddings")) return tensor;
      const words = retrain(new Float32Array(500 * columns));
      return {
        ...tensor,
        shape: [rows + 500, columns],
        bytes: Buffer.concat([tensor.bytes, new Uint8Array(words.buffer)]),
      };
    }),
  }),
  "one layer of 6 changed": (weights) => change(weights, isIn(3), retrain),
  "tensors reordered": ({ metadata, tensors }) => ({ metadata, tensors: tensors.toReversed() }),
};

const FINE_TUNES: Record<string, (weights: Weights) => Weights> = {
  "LoRA merged into query and value": (weights) =>
    change(
      weights,
      (name) => /\.(?:query|value)\.weight$/.test(name),
      (values, tensor) => addLowRank(values, tensor, 1e-4),
    ),
  "dense, every value by 1e-5": (weights) => change(weights, () => true, noisy(1e-5, 21)),
  "dense, every value by 1e-3": (weights) => change(weights, () => true, noisy(1e-3, 22)),
  "sparse, 1 value of 100": (weights) =>
    change(
      weights,
      () => true,
      (values) => {
        const normal = normals(23);
        return values.map((value, at) => (at % 100 === 0 ? value + normal() * 1e-2 : value));
      },
    ),
};

export async function benchRelated(weights: Weights): Promise<Row[]> {
  const rows: Row[] = [];
  for (const dtype of ["BF16", "F32"] as const) {
    for (const [name, next] of Object.entries(NEXT_VERSIONS))
      rows.push(await benchNext(weights, next(weights), dtype, name, false));
    for (const [name, tune] of Object.entries(FINE_TUNES))
      rows.push(await benchNext(weights, tune(weights), dtype, name, true));
  }
  return rows;
}

async function benchNext(
  first: Weights,
  next: Weights,
  dtype: FloatDtype,
  name: string,
  isTuned: boolean,
): Promise<Row> {
  const [before, after] = [first, next].map((weights) =>
    writeSafetensors(convert(weights, dtype)),
  ) as [Buffer, Buffer];
  const store = new TestStore();
  const regions = await findRegions(memorySource(before));
  const nextRegions = await findRegions(memorySource(after));
  await store.add(before, regions);
  const alone = await new TestStore().add(after, nextRegions);
  const ref = { sha256: sha256Of(before), sizeBytes: before.length };
  const base = isTuned ? { ref, reader: await store.openSource(ref), regions } : null;
  const report = await store.add(after, nextRegions, { base });
  const share = (bytes: number) => `${((bytes / after.length) * 100).toFixed(1)} %`;
  return {
    work: `${dtype === "F32" ? "fp32" : "bf16"}, ${name}: size`,
    measured: share(report.storedBytes),
    baseline: `${share(alone.storedBytes)} by itself`,
    ratio: (report.storedBytes / alone.storedBytes).toFixed(2),
    budget: "",
    isKept: null,
  };
}
