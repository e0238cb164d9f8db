/**
 * The blobs whose encoded form is kept in this folder, for the format's version. They are made by arithmetic that
 * IEEE 754 defines to the bit, so that any machine makes the same.
 */

import type { Region } from "#lib/wire/region.ts";
import { layOut, noise, toBfloat16, weights } from "../test-blobs.ts";

type Tensor = { name: string; dtype: string; bytes: Uint8Array };
export type GoldenBlob = {
  name: string;
  bytes: Uint8Array;
  regions: Region[];
  base: string | null;
};

const float = (count: number, seed: number) => new Uint8Array(weights(count, seed).buffer);
const bfloat = (count: number, seed: number) => toBfloat16(weights(count, seed));

const OLD: Tensor[] = [
  { name: "embed", dtype: "BF16", bytes: bfloat(34_000, 1) },
  { name: "bias", dtype: "F32", bytes: new Uint8Array(70_000) },
  { name: "norm", dtype: "F32", bytes: float(25, 2) },
  { name: "scale", dtype: "F64", bytes: new Uint8Array(Float64Array.from(weights(40, 3)).buffer) },
  { name: "tied", dtype: "BF16", bytes: bfloat(34_000, 1) },
];
/** Each value of `embed` one step further; the rest as it was, but for a header of another length. */
const NEW: Tensor[] = OLD.map((tensor) =>
  tensor.name === "embed"
    ? { ...tensor, bytes: tensor.bytes.map((byte, at) => (at % 14 === 0 ? byte ^ 1 : byte)) }
    : tensor,
);

const blob = (
  name: string,
  made: ReturnType<typeof layOut>,
  base: string | null = null,
): GoldenBlob => ({
  name,
  ...made,
  base,
});

export const GOLDEN_BLOBS: readonly GoldenBlob[] = [
  blob("empty", { bytes: new Uint8Array(0), regions: [] }),
  blob("text", { bytes: Buffer.from("tokens and merges, ".repeat(200)), regions: [] }),
  blob("noise", { bytes: noise(777), regions: [] }),
  blob("model", layOut(OLD, Buffer.from('{"format":"pt"}'.repeat(90)))),
  blob("tuned", layOut(NEW, Buffer.from('{"format":"pt"}'.repeat(91))), "model"),
];
