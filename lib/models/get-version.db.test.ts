import { expect, it } from "vitest";
import { tinyModel } from "../../tests/support/model-files.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { PAYLOAD, UNKNOWN } from "../../tests/support/verdict-files.ts";
import { getVersion, getVersionFacts } from "./get-version.ts";
import { moveAlias } from "./move-alias.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const read = (name: string, ref: string) => getVersion(registry.ctx, { name, ref });

it("gives what was registered, whatever ref names it", async () => {
  const { version } = await registry.register("Net", undefined, { version: "1.2.0+build" });
  await registry.register("net", undefined, { version: "2.0.0-rc.1" });
  await moveAlias(registry.ctx, { name: "net", alias: "champion", version: "1.2.0+build" });
  const expected = { ...version, aliases: ["champion"] };
  for (const ref of ["1.2.0+build", "latest", "@champion"])
    expect(await read("NET", ref)).toEqual(expected);
});

it("has the digest of its file when there is one file only", async () => {
  const { version } = await registry.register("one", { m: "text" });
  expect(`sha256:${version.sha256}`).toBe(version.files[0]?.digest);
  await registry.register("two", { a: "text", b: "more" });
  expect(await read("two", "latest")).not.toHaveProperty("sha256");
});

it("lists files by their paths, and those that are withheld", async () => {
  const files = { "w.safetensors": tinyModel(), "b.dat": UNKNOWN, "a.pkl": PAYLOAD };
  await registry.register("mixed", files);
  const version = await read("mixed", "latest");
  expect(version.files.map(({ path }) => path)).toEqual(["a.pkl", "b.dat", "w.safetensors"]);
  expect(version.withheld).toEqual([
    { path: "a.pkl", verdict: "malicious" },
    { path: "b.dat", verdict: "suspicious" },
  ]);
  expect(version.scan.verdict).toBe("malicious");
});

it("gives the same without the files", async () => {
  for (const [name, files] of [
    ["few", { m: "text" }],
    ["many", { a: "one", b: "two", "c.pkl": PAYLOAD }],
  ] as const) {
    await registry.register(name, files);
    const { files: _, ...facts } = await read(name, "latest");
    expect(await getVersionFacts(registry.ctx, { name, ref: "latest" })).toEqual(facts);
  }
});

it.each([
  ["9.9.9", "version_not_found"],
  ["one", "version_not_found"],
  ["@nobody", "alias_not_found"],
])("refuses %s with %s", async (ref, code) => {
  await registry.register("found");
  for (const get of [getVersion, getVersionFacts])
    await expect(get(registry.ctx, { name: "found", ref })).rejects.toMatchObject({ code });
});

it("finds neither a trashed version, nor its alias, nor the latest of none", async () => {
  await registry.register("gone");
  await moveAlias(registry.ctx, { name: "gone", alias: "champion", version: "1.0.0" });
  await trashVersion(registry.ctx, { name: "gone", ref: "1.0.0" });
  for (const ref of ["1.0.0", "latest"])
    await expect(read("gone", ref)).rejects.toMatchObject({ code: "version_not_found" });
  await expect(read("gone", "@champion")).rejects.toMatchObject({ code: "alias_not_found" });
  await trashModel(registry.ctx, { name: "gone" });
  await expect(read("gone", "1.0.0")).rejects.toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  await registry.register("theirs");
  for (const get of [getVersion, getVersionFacts])
    await expectRefusals(registry, { least: "reader", hidden: "theirs" }, (ctx, name) =>
      get(ctx, { name, ref: "latest" }),
    );
});
