import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { anonymous } from "#lib/access/actor.ts";
import { CONFINED, READER, userActor } from "../../tests/support/actors.ts";
import { tinyModel } from "../../tests/support/model-files.ts";
import { type Files, modelRegistry } from "../../tests/support/model-registry.ts";
import { PAYLOAD } from "../../tests/support/verdict-files.ts";
import { listTensors } from "./list-tensors.ts";
import { registerVersion } from "./register-version.ts";
import type { Registration } from "./request-schema.ts";

const registry = modelRegistry();

/** Nothing that was staged may stay behind, whatever happens. */
const expectNothingStaged = async () =>
  expect(await readdir(join(registry.folder, "uploads"))).toEqual([]);

async function registerAs(
  actor: typeof READER,
  registration: Registration,
  files: Files = { "model.safetensors": tinyModel() },
) {
  return registerVersion(registry.ctxFor(actor), {
    registration,
    files: await registry.stage(files),
    idempotencyKey: null,
  });
}

it("makes a model and its first version, with the facts that the bytes tell", async () => {
  const fields = { description: "text", tags: { team: "a" }, metadata: { epochs: 3 } };
  const { answer, audit, records } = await registry.observe("Net", () =>
    registerAs(userActor("ana"), { name: "Net", ...fields }),
  );
  const { created, version } = answer;
  expect(created).toBe(true);
  expect(version).toMatchObject({
    model: "Net",
    version: "1.0.0",
    number: 1,
    ...fields,
    format: "safetensors",
    parameters: 4,
    tensors: 1,
    created_by: "ana",
    stage: "none",
    scan: { verdict: "clean" },
  });
  expect(audit).toMatchObject([
    { action: "model.created", version: null, actor: "ana", detail: {} },
    {
      action: "version.registered",
      version: "1.0.0",
      actor: "ana",
      detail: { digest: version.digest.slice("sha256:".length), verdict: "clean" },
    },
  ]);
  expect(records).toEqual(["write Net 1.0.0"]);
  const page = { name: "net", ref: "latest", limit: 10 };
  expect(await listTensors(registry.ctx, page)).toMatchObject({ items: [{ name: "weight" }] });
  await expectNothingStaged();
});

it("adds to a model whose name is written in another case", async () => {
  await registry.register("Known", undefined, { description: "of the model" });
  const { audit } = await registry.observe("Known", () => registry.register("kNOWN"));
  expect(audit.map(({ action, version }) => [action, version])).toEqual([
    ["version.registered", "1.0.1"],
  ]);
});

it("keeps bytes that several versions have once", async () => {
  await registry.register("shared", { "a.safetensors": tinyModel(7) });
  await registry.register("shared", { "b.safetensors": tinyModel(7) });
  const { sha256 } = (await registry.register("shared", { c: tinyModel(7) })).version;
  expect(await registry.ctx.db.blob.count({ where: { digest: sha256 ?? "" } })).toBe(1);
});

it("stores what is malicious, with its verdict", async () => {
  const { version } = await registry.register("bad", { "model.pkl": PAYLOAD });
  expect(version.scan).toMatchObject({ verdict: "malicious" });
  expect(version.withheld).toEqual([{ path: "model.pkl", verdict: "malicious" }]);
});

it("keeps the declared framework beside that of the bytes, and refuses one that they contradict", async () => {
  const { version } = await registry.register("told", undefined, { framework: "safetensors" });
  expect(version).toMatchObject({ framework: "pytorch", framework_declared: "safetensors" });
  await expect(
    registry.register("told", { m: "text" }, { framework: "sklearn" }),
  ).rejects.toMatchObject({ code: "framework_mismatch", problems: [{ pointer: "/framework" }] });
  await expectNothingStaged();
});

it.each<[string, Partial<Registration>, Files]>([
  ["invalid_version", { version: "one" }, { m: "text" }],
  ["invalid_model_file", {}, { "model.safetensors": tinyModel().subarray(0, 40) }],
  ["empty_file", {}, { "model.safetensors": "" }],
])("refuses with %s, and neither model nor file is left", async (code, fields, files) => {
  const { audit } = await registry.observe("refused", () =>
    expect(registry.register("refused", files, fields)).rejects.toMatchObject({ code }),
  );
  expect(audit).toEqual([]);
  expect(await registry.ctx.db.model.count({ where: { nameKey: "refused" } })).toBe(0);
  await expectNothingStaged();
});

it("takes a contributor, who may see the model that comes to be", async () => {
  const refused = (actor: typeof READER, name = "new") =>
    expect(registerAs(actor, { name })).rejects;
  await refused(READER).toMatchObject({ code: "forbidden" });
  await refused(anonymous(true)).toMatchObject({ code: "unauthenticated" });
  await registry.register("theirs");
  await refused(CONFINED).toMatchObject({ code: "forbidden" });
  await refused(CONFINED, "theirs").toMatchObject({ code: "forbidden" });
  expect(await registerAs(CONFINED, { name: "Mine-1" })).toMatchObject({ created: true });
  await expectNothingStaged();
});

const SIGNATURE = {
  inputs: [{ name: "image", dtype: "uint8", shape: ["batch", 224, null] }],
  outputs: [{ name: "scores", dtype: "F32", shape: null }],
};

it("keeps the signature that a client gives instead of the bytes' own, as a part of the version", async () => {
  const given = { version: "1.0.0", signature: SIGNATURE };
  const { version } = await registry.register("signed", undefined, given);
  expect(version).toMatchObject({ signature: SIGNATURE, signature_given: true });
  expect((await registry.register("signed", undefined, given)).created).toBe(false);
  await expect(registry.register("signed", undefined, { version: "1.0.0" })).rejects.toMatchObject({
    code: "version_exists",
  });
  const without = await registry.register("signed");
  expect(without.version).toMatchObject({ signature: null, signature_given: false });
});
