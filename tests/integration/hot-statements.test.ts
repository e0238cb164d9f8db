/** The statements that are written by hand say what Prisma says. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { getModel, getModelFacts } from "../../lib/models/get-model.ts";
import { getVersion } from "../../lib/models/get-version.ts";
import { findFile, findListed } from "../../lib/models/hot-statements.ts";
import { findAliases } from "../../lib/models/list-aliases.ts";
import type { ModelCtx } from "../../lib/models/model-context.ts";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { registerVersion } from "../../lib/models/register-version.ts";
import type { Registration } from "../../lib/models/request-schema.ts";
import { setStage } from "../../lib/models/set-stage.ts";
import { findStageVersions } from "../../lib/models/stage-versions.ts";
import { withCounter, withFiles } from "../../lib/models/store.ts";
import { trashVersion } from "../../lib/models/trash-version.ts";
import { updateModel } from "../../lib/models/update-model.ts";
import { modelToListed, versionToWire } from "../../lib/models/wire.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry();
let ctx: ModelCtx;

beforeAll(async () => {
  ctx = registry.ctx;
  const fixture = (name: string) => readFile(join("lib/formats/fixtures", name));
  const weights = await fixture("state_dict.pth");
  await register(
    { name: "Net", description: 'äöü "quoted" \\ \n', tags: { b: "1", a: "2" } },
    {
      "model.pth": weights,
    },
  );
  const metadata = {
    zeta: 1e-7,
    big: 2 ** 53,
    nested: { "1": [null, true], "0": "x" },
    text: "\u2028",
  };
  await register(
    { name: "net", version: "2.0.0-rc.1+b", metadata },
    {
      "config.json": Buffer.from("{}"),
      "sub/model.pth": weights,
      "run.sh": Buffer.from("#!/bin/sh\nrm -rf /\n"),
    },
  );
  await register(
    { name: "net", version: "1.10.0" },
    { "model.joblib": await fixture("sklearn.joblib") },
  );
  await register(
    { name: "net", version: "1.2.0" },
    {
      "model.onnx": await fixture("external.onnx"),
      "external.onnx.data": await fixture("external.onnx.data"),
    },
  );
  await register({ name: "net", version: "3.0.0" }, { "gone.txt": Buffer.from("gone") });
  for (const [alias, version] of [
    ["champion", "1.2.0"],
    ["Best", "1.10.0"],
    ["old", "3.0.0"],
  ] as const)
    await moveAlias(ctx, { name: "net", alias, version, accept_risk: true, comment: "test" });
  for (const ref of ["1.0.0", "1.2.0"])
    await setStage(ctx, {
      name: "net",
      ref,
      stage: "production",
      accept_risk: true,
      comment: "test",
    });
  await setStage(ctx, { name: "net", ref: "1.10.0", stage: "archived", accept_risk: true });
  await trashVersion(ctx, { name: "net", ref: "3.0.0" });
  await updateModel(ctx, { name: "net", owner: "somebody" });
  await register({ name: "lonely" }, { "a.txt": Buffer.from("a") });
  await trashVersion(ctx, { name: "lonely", ref: "1.0.0" });
});
async function register(registration: Registration, files: Record<string, Uint8Array>) {
  const staged = await registry.stage(files);
  await registerVersion(ctx, { registration, files: staged, idempotencyKey: null });
}

/** As a client gets it. */
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

it.each(["net", "NET", "lonely"])("of the model %s", async (name) => {
  const { id } = await ctx.db.model.findUniqueOrThrow({ where: { nameKey: name.toLowerCase() } });
  const facts = await getModelFacts(ctx, { name });
  const aliases = await findAliases(ctx.db, { modelId: id });
  expect(json(await getModel(ctx, { name }))).toEqual(json({ ...facts, aliases }));
});

it("of a list", async () => {
  const rows = await ctx.db.model.findMany({ include: withCounter, orderBy: { id: "desc" } });
  const stages = await findStageVersions(ctx.db, rows);
  const listed = await findListed(ctx.db, [...rows.map(({ id }) => id), 10n ** 9n]);
  expect(json(listed.map(({ body }) => body))).toEqual(
    json(rows.map((row) => modelToListed(row, stages.get(row.id)))),
  );
});

describe("of a version", () => {
  const byPrisma = async (version: string) => {
    const model = await ctx.db.model.findUniqueOrThrow({ where: { nameKey: "net" } });
    const row = await ctx.db.version.findUniqueOrThrow({
      where: { modelId_version: { modelId: model.id, version } },
      include: withFiles,
    });
    return versionToWire(model.name, row);
  };

  it.each([
    ["1.0.0", "1.0.0"],
    ["2.0.0-rc.1+b", "2.0.0-rc.1+b"],
    ["latest", "1.10.0"],
    ["@champion", "1.2.0"],
    ["@Best", "1.10.0"],
  ])("%s", async (ref, version) => {
    const found = await getVersion(ctx, { name: "Net", ref });
    expect(found.version).toBe(version);
    expect(json(found)).toEqual(json(await byPrisma(version)));
    expect(JSON.stringify(found.metadata)).toBe(JSON.stringify((await byPrisma(version)).metadata));
  });

  it.each([
    ["net", "3.0.0", "version_not_found"],
    ["net", "9.9.9", "version_not_found"],
    ["net", "@old", "alias_not_found"],
    ["net", "@none", "alias_not_found"],
    ["net", "@", "alias_not_found"],
    ["lonely", "latest", "version_not_found"],
    ["absent", "latest", "model_not_found"],
  ])("%s %s: %s", async (name, ref, code) => {
    await expect(getVersion(ctx, { name, ref })).rejects.toMatchObject({ code });
  });

  it("of its file, that there is, and that there is not", async () => {
    const find = (ref: string, path: string) => findFile(ctx.db, { nameKey: "net", ref, path });
    const row = await ctx.db.file.findFirstOrThrow({
      where: { path: "sub/model.pth" },
      include: { version: true },
    });
    expect(await find("2.0.0-rc.1+b", "sub/model.pth")).toEqual({
      model_id: row.version.modelId.toString(),
      name: "Net",
      visibility: "public",
      version_id: row.versionId.toString(),
      version: row.version.version,
      digest: row.version.digest,
      framework: row.version.framework,
      created_at: row.version.createdAt,
      path: row.path,
      size_bytes: row.sizeBytes.toString(),
      file_digest: row.digest,
      media_type: row.mediaType,
      verdict: row.verdict,
      is_damaged: false,
    });
    expect(await find("latest", "none")).toMatchObject({ version: "1.10.0", path: null });
    expect(await find("3.0.0", "gone.txt")).toMatchObject({ version_id: null });
  });
});
