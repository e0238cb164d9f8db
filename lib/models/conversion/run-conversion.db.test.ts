/** Conversions of files that PyTorch wrote, with what PyTorch says of them: fixtures/make_conversion_fixtures.py. */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { type Actor, SYSTEM } from "#lib/access/actor.ts";
import { isRegistryError } from "#lib/errors.ts";
import { memorySource } from "#lib/formats/bytes/byte-source.ts";
import { safetensorsPlaces } from "#lib/formats/safetensors.ts";
import { CONFINED, READER, userActor } from "../../../tests/support/actors.ts";
import { type Files, modelRegistry } from "../../../tests/support/model-registry.ts";
import { PAYLOAD } from "../../../tests/support/verdict-files.ts";
import { getVersion } from "../get-version.ts";
import { trashVersion } from "../trash-version.ts";
import type { ConvertBody } from "./conversion-schema.ts";
import { getConversionStanding } from "./get-conversion-standing.ts";
import { runConversion } from "./run-conversion.ts";
import { startConversion } from "./start-conversion.ts";

const registry = modelRegistry();
beforeEach(() => registry.clear());

const FOLDER = new URL("../../formats/fixtures/conversion/", import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, FOLDER));
type Facts = Record<string, { dtype: string; shape: number[]; sha256: string }>;
const EXPECTED: Record<string, Facts> = JSON.parse(fixture("expected.json").toString("utf8"));
const SHARDS = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];

const start = (asked: Partial<ConvertBody> = {}) =>
  startConversion(registry.ctx, { name: "net", ref: "latest", to: "safetensors", ...asked });

async function run(id: string, signal = new AbortController().signal) {
  const row = await registry.ctx.db.operation.findUniqueOrThrow({ where: { id: BigInt(id) } });
  const saved: unknown[] = [];
  const save = async (progress: object) => void saved.push({ ...progress });
  return { ...(await runConversion(registry.ctxFor(SYSTEM), row, { signal, save })), saved };
}

async function convert(files: Files, asked: Partial<ConvertBody> = {}) {
  await registry.register("net", files, { metadata: { lr: 0.1 } });
  const { id } = await start(asked);
  return run(id);
}

const version = (ref: string) => getVersion(registry.ctx, { name: "net", ref });

async function contentOf(ref: string, path: string): Promise<Buffer> {
  const { files } = await version(ref);
  const file = files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`${files.map((one) => one.path)} has no ${path}`);
  const reader = await registry.ctx.blobs.openReader(file.digest.slice(7), file.size_bytes);
  const bytes = Buffer.alloc(file.size_bytes);
  await reader.read(bytes, 0);
  await reader.close();
  return bytes;
}

/** What is in a converted file, told as PyTorch tells of the checkpoint. */
async function factsOf(ref: string, path: string): Promise<Facts> {
  const bytes = await contentOf(ref, path);
  const places = await safetensorsPlaces(memorySource(bytes));
  return Object.fromEntries(
    places.map(({ name, dtype, shape, offset, lengthBytes }) => {
      const values = bytes.subarray(offset, offset + lengthBytes);
      const sha256 = createHash("sha256").update(values).digest("hex");
      return [name, { dtype, shape: [...shape], sha256 }];
    }),
  );
}

it.each(["odd.pt", "legacy.pt"])("every tensor of %s is what PyTorch reads", async (name) => {
  const { progress, error } = await convert({ [name]: fixture(name), "config.json": "{}" });
  expect(error).toBeUndefined();
  const expected = EXPECTED[name] as Facts;
  const tensors = Object.keys(expected).length;
  expect(progress).toMatchObject({ files: 1, tensors, left_out: 0, number: 2 });
  const made = await version("1.0.1");
  expect(await factsOf("1.0.1", name.replace(".pt", ".safetensors"))).toEqual(expected);
  const [old] = await Promise.all([version("1.0.0")]);
  expect(made).toMatchObject({ framework: "pytorch", metadata: { lr: 0.1 } });
  expect(made.scan.verdict).toBe("clean");
  const configOf = ({ files }: typeof made) => files.find(({ path }) => path === "config.json");
  expect(configOf(made)).toEqual(configOf(old));
  expect(made.files).toHaveLength(2);
});

it("the new version names its source, and who asked is in the audit log", async () => {
  const { audit } = await registry.observe("net", () =>
    convert({ "odd.pt": fixture("odd.pt") }, { version: "2.0.0-st" }),
  );
  expect(audit.map(({ action, version: of }) => [action, of])).toEqual([
    ["model.created", null],
    ["version.registered", "1.0.0"],
    ["version.conversion_started", "1.0.0"],
    ["version.registered", "2.0.0-st"],
  ]);
  const row = await registry.ctx.db.version.findFirstOrThrow({ where: { version: "2.0.0-st" } });
  expect(row.source).toBe("models:/net/1");
});

it("weights of a training are named as the model names them; the rest is left out, and told", async () => {
  const files = { "training.pt": fixture("training.pt"), "optimizer.pt": fixture("optimizer.pt") };
  const { progress, error } = await convert(files);
  expect(await factsOf("1.0.1", "training.safetensors")).toEqual(EXPECTED["training.pt"]);
  expect(progress.left_out).toBeGreaterThan(0);
  expect(error).toMatch(/^\d+ tensors were left out/);
  // The state of an optimizer has no weights: its file stays.
  expect((await version("1.0.1")).files.map(({ path }) => path)).toContain("optimizer.pt");
});

it("shards and their index get the names that safetensors have", async () => {
  const index = JSON.stringify({ metadata: {}, weight_map: { "0.weight": SHARDS[0] } });
  const files = Object.fromEntries(SHARDS.map((name) => [name, fixture(name)]));
  await convert({ "pytorch_model.bin.index.json": index, ...files });
  const made = await version("1.0.1");
  expect(made.files.map(({ path }) => path).sort()).toEqual([
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
  ]);
  const text = (await contentOf("1.0.1", "model.safetensors.index.json")).toString("utf8");
  const shards = SHARDS.map((name) => Object.keys(EXPECTED[name] as Facts));
  const map = shards.flatMap((names, at) =>
    names.map((name) => [name, `model-0000${at + 1}-of-00002.safetensors`]),
  );
  expect(JSON.parse(text)).toEqual({
    metadata: { total_size: 4 * (16 + 4 * 5) + 8 },
    weight_map: Object.fromEntries(map),
  });
});

it("an operation that runs again makes no second version, and one that is cancelled none", async () => {
  await registry.register("net", { "odd.pt": fixture("odd.pt") });
  const { id } = await start();
  await expect(run(id, AbortSignal.abort(new Error("cancelled")))).rejects.toThrow("cancelled");
  expect((await run(id)).progress.number).toBe(2);
  expect((await run(id)).progress.number).toBe(2);
  expect(await registry.ctx.db.version.count()).toBe(2);
});

it("whoever reads the model sees how far it is, and what came of it", async () => {
  const standing = () => getConversionStanding(registry.ctx, { name: "net", version: "1.0.0" });
  await registry.register("net", { "odd.pt": fixture("odd.pt") });
  expect(await standing()).toBeNull();
  const { id } = await start();
  expect(await standing()).toEqual({ state: "queued", reason: null, made: null });
  const { progress } = await run(id);
  const data = { state: "done", progress: { ...progress } };
  await registry.ctx.db.operation.update({ where: { id: BigInt(id) }, data });
  expect(await standing()).toEqual({ state: "done", reason: null, made: "1.0.1" });
  await trashVersion(registry.ctx, { name: "net", ref: "1.0.1" });
  expect((await standing())?.made).toBeNull();
});

it("takes whoever may register versions in the model, from the question to the end", async () => {
  await registry.register("net", { "odd.pt": fixture("odd.pt") });
  const as = (actor: Actor) =>
    startConversion(registry.ctxFor(actor), { name: "net", ref: "latest", to: "safetensors" });
  await expect(as(READER)).rejects.toMatchObject({ code: "forbidden" });
  await expect(as(CONFINED)).rejects.toMatchObject({ code: "model_not_found" });
  await registry.ctx.db.model.updateMany({ data: { visibility: "private" } });
  await expect(as(userActor("else"))).rejects.toMatchObject({ code: "model_not_found" });
  await registry.ctx.db.model.updateMany({ data: { visibility: "public" } });
  // Nobody has this account any more when the work begins.
  const { id } = await as(userActor("gone", { id: randomUUID() }));
  await expect(run(id)).rejects.toMatchObject({ code: "forbidden" });
  expect(await registry.ctx.db.version.count()).toBe(1);
});

describe("refused in the operation, by the name of the tensor", () => {
  it.each([
    ["quantized.pt", "The tensor weight is quantized"],
    ["sparse.pt", "The tensor layer.mask is sparse"],
    ["lazy.pt", "The tensor one.conj is a conjugate"],
    ["expanded.pt", "share so many values"],
    ["complex32.pt", "The tensor weight has the type complex32"],
    ["twice.pt", "The tensor b is there twice"],
    ["loose.pt", "values that belong to no tensor"],
    ["big_endian.pt", "other byte order"],
    ["deflated.pt", "The values of the tensor weight are compressed"],
    ["optimizer.pt", "No checkpoint of the version has weights"],
  ])("%s", async (name, sentence) => {
    const error = await convert({ [name]: fixture(name) }).catch((reason) => reason);
    expect(isRegistryError(error) && error.code).toBe("not_convertible");
    expect(error.detail).toContain(sentence);
    expect(await registry.ctx.db.version.count()).toBe(1);
  });
});

it("refuses at once what is not clean, not there, or no checkpoint", async () => {
  const refused = (code: string) => expect(start()).rejects.toMatchObject({ code });
  await refused("model_not_found");
  await registry.register("net");
  await refused("not_convertible");
  await registry.register("net", { "odd.pt": fixture("odd.pt"), "other.pkl": PAYLOAD });
  await refused("version_not_clean");
  await registry.register("net", { "odd.pt": fixture("odd.pt") });
  for (const verdict of ["suspicious", "pending", "unscannable"]) {
    await registry.ctx.db.file.updateMany({ data: { verdict } });
    await refused("version_not_clean");
  }
  await registry.ctx.db.file.updateMany({ data: { verdict: "clean" } });
  const { id } = await start();
  await trashVersion(registry.ctx, { name: "net", ref: "latest" });
  await expect(run(id)).rejects.toMatchObject({ code: "version_in_trash" });
  expect(await registry.ctx.db.operation.count()).toBe(1);
});
