import { beforeAll, expect, it } from "vitest";
import type { BlobReader } from "#lib/storage/contract.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { PAYLOAD, UNKNOWN } from "../../tests/support/verdict-files.ts";
import { moveAlias } from "./move-alias.ts";
import { openVersionFile, openVersionFiles } from "./open-files.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const input = (name: string, acceptRisk = false, ref = "latest") => ({ name, ref, acceptRisk });
const openAll = (name: string, acceptRisk?: boolean, ref?: string) =>
  openVersionFiles(registry.ctx, input(name, acceptRisk, ref));
const openOne = (name: string, path: string, acceptRisk?: boolean) =>
  openVersionFile(registry.ctx, { ...input(name, acceptRisk), path });
async function textOf(reader: BlobReader): Promise<string> {
  const bytes = Buffer.alloc(reader.sizeBytes);
  await reader.read(bytes, 0);
  await reader.close();
  return bytes.toString();
}

beforeAll(async () => {
  await registry.register("Mixed", { "c.dat": UNKNOWN, "a.txt": "clean", "b.pkl": PAYLOAD });
  await registry.register("bad", { "m.pkl": PAYLOAD });
  await registry.register("unsure", { "m.dat": UNKNOWN });
});

it("gives the clean files, and the paths of those that are withheld", async () => {
  const { files, ...version } = await openAll("MIXED");
  expect(version).toMatchObject({
    model: "Mixed",
    version: "1.0.0",
    withheld: ["b.pkl", "c.dat"],
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(files).toMatchObject([
    { path: "a.txt", sizeBytes: 5, mediaType: "text/plain; charset=utf-8" },
  ]);
  const reader = await files[0]?.open();
  expect(reader && (await textOf(reader))).toBe("clean");
});

it("gives suspicious files to whoever accepts the risk, and malicious ones to nobody", async () => {
  const { files, withheld } = await openAll("mixed", true);
  expect(files.map(({ path }) => path)).toEqual(["a.txt", "c.dat"]);
  expect(withheld).toEqual(["b.pkl"]);
  expect((await openAll("unsure", true)).files).toHaveLength(1);
});

it("refuses a version none of whose files is served", async () => {
  const quarantined = { code: "version_quarantined" };
  await expect(openAll("unsure")).rejects.toMatchObject(quarantined);
  for (const acceptRisk of [false, true])
    await expect(openAll("bad", acceptRisk)).rejects.toMatchObject(quarantined);
});

it("gives one file by its own verdict", async () => {
  const { version, file } = await openOne("mixed", "a.txt");
  expect(version).toMatchObject({ model: "Mixed", version: "1.0.0" });
  expect(await textOf(await file.open())).toBe("clean");
  const quarantined = { code: "version_quarantined" };
  await expect(openOne("mixed", "c.dat")).rejects.toMatchObject(quarantined);
  await expect(openOne("mixed", "b.pkl", true)).rejects.toMatchObject(quarantined);
  expect((await openOne("mixed", "c.dat", true)).file).toMatchObject({ sizeBytes: 500 });
});

it("finds no file at another path", async () => {
  for (const path of ["A.TXT", "a", ""])
    await expect(openOne("mixed", path)).rejects.toMatchObject({ code: "file_not_found" });
});

it("refuses known damage before the first byte, but not the other files", async () => {
  await registry.register("damaged", { "a.txt": "damaged bytes", "b.txt": "whole bytes" });
  const { files } = await openAll("damaged");
  await registry.ctx.db.blob.update({
    where: { digest: files[0]?.sha256 ?? "" },
    data: { damagedAt: new Date() },
  });
  const corrupt = { code: "storage_corrupt" };
  await expect(openAll("damaged")).rejects.toMatchObject(corrupt);
  await expect(openOne("damaged", "a.txt")).rejects.toMatchObject(corrupt);
  const { file } = await openOne("damaged", "b.txt");
  expect(await textOf(await file.open())).toBe("whole bytes");
});

it("finds neither a trashed version nor a version of a trashed model", async () => {
  await registry.register("gone", { m: "text" });
  await registry.register("gone", { m: "other text" });
  await moveAlias(registry.ctx, { name: "gone", alias: "old", version: "1.0.0" });
  expect(await openAll("gone", false, "@old")).toMatchObject({ version: "1.0.0" });
  await trashVersion(registry.ctx, { name: "gone", ref: "1.0.0" });
  const refused = (ref: string) => expect(openAll("gone", false, ref)).rejects;
  await refused("1.0.0").toMatchObject({ code: "version_not_found" });
  await refused("@old").toMatchObject({ code: "alias_not_found" });
  await trashModel(registry.ctx, { name: "gone" });
  await refused("1.0.1").toMatchObject({ code: "model_not_found" });
});

it("takes a reader who sees the model", async () => {
  const who = { least: "reader", hidden: "Mixed" } as const;
  await expectRefusals(registry, who, (ctx, name) => openVersionFiles(ctx, input(name)));
  await expectRefusals(registry, who, (ctx, name) =>
    openVersionFile(ctx, { ...input(name), path: "a.txt" }),
  );
});
