/** Versions whose source is a file by HTTP: an operation brings their bytes here, or the version says why not. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { cancelOperation } from "../../lib/operations/cancel-operation.ts";
import { OPEN, userActor } from "../support/actors.ts";
import { BYTES, importScene, sha256 } from "../support/import-scene.ts";
import { bytesOf, createVersion, mlflow } from "../support/mlflow.ts";

const {
  scene,
  source,
  registry,
  versionOf,
  operationOf,
  attempt,
  register,
  imported,
  fileDigests,
} = await importScene();

describe("a file by HTTP", () => {
  const url = () => `${source.url}/models/model%20a.safetensors?download=1`;

  it("is pending, then a sealed version with the right bytes, facts and audit", async () => {
    expect(await imported(url())).toMatchObject({ status: "READY", version: "1", source: url() });
    expect(await fileDigests()).toEqual({ "model a.safetensors": sha256(BYTES) });
    const served = await bytesOf(scene.name, "1", "model%20a.safetensors");
    expect(Buffer.from(served.bytes)).toEqual(Buffer.from(BYTES));
    const row = await registry.ctx.db.model.findUniqueOrThrow({ where: { nameKey: scene.name } });
    expect(row).toMatchObject({
      latestVersion: "1.0.0",
      framework: "pytorch",
      versionCount: 1,
    });
    const audit = await registry.auditOf(scene.name);
    expect(audit.map(({ action }) => action)).toEqual([
      "model.created",
      "version.registered",
      "version.imported",
    ]);
    expect(audit.at(-1)).toMatchObject({ version: "1.0.0", detail: { source: url() } });
    const operation = await registry.ctx.db.operation.findFirstOrThrow({
      where: { id: BigInt(await operationOf()) },
    });
    expect(operation).toMatchObject({
      ...{ kind: "import", state: "done", subject: `model:${scene.name}` },
      progress: { files: 1, total_files: 1, bytes: BYTES.length, total_bytes: BYTES.length },
    });
    expect(await registry.ctx.db.artifact.count()).toBe(0);
  });

  it("leads nowhere while it comes: no download, copy or alias, and its number is taken", async () => {
    await register(url());
    const named = { name: scene.name, version: "1" };
    const download = await mlflow("GET", "/model-versions/get-download-uri", named);
    expect(download).toMatchObject({
      status: 409,
      body: { error_code: "RESOURCE_CONFLICT", message: expect.stringMatching(/being imported/) },
    });
    expect((await createVersion(scene.name, `models:/${scene.name}/1`)).status).toBe(409);
    const alias = { ...named, alias: "prod" };
    expect((await mlflow("POST", "/registered-models/alias", alias)).status).toBe(409);
    expect((await register("s3://foreign/x")).version).toBe("2");
    await attempt();
    expect(await versionOf()).toMatchObject({ status: "READY" });
    expect((await mlflow("POST", "/registered-models/alias", alias)).status).toBe(200);
    expect(
      (
        await registry.ctx.db.version.findFirstOrThrow({
          where: { model: { name: scene.name }, number: 1 },
        })
      ).location,
    ).toBeNull();
  });

  it("that is malicious is sealed, has failed, and says so", async () => {
    const bad = Buffer.from("cos\nsystem\n(S'true'\ntR.");
    source.react = (_request, response) => response.end(bad);
    expect(await imported(`${source.url}/model.pkl`)).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(/malicious/),
    });
  });

  it("is cancelled before it begins, and in the middle", async () => {
    await register(url());
    await cancelOperation(registry.ctx, { id: await operationOf() });
    expect(await versionOf()).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: "The import was cancelled.",
    });
    await register(url());
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((done) => {
      begun = done;
    });
    source.react = (_request, response) => {
      response.writeHead(200, { "Content-Length": 1_000_000 });
      const timer = setInterval(() => response.write(Buffer.alloc(200)), 20);
      response.on("close", () => clearInterval(timer));
      begun();
    };
    const running = attempt();
    await hasBegun;
    await cancelOperation(registry.ctx, { id: await operationOf() });
    await running;
    expect(await versionOf("2")).toMatchObject({ status: "FAILED_REGISTRATION" });
    expect(await fileDigests()).toEqual({});
  });

  it("that was sealed before its process ended is not sealed again", async () => {
    await imported(url());
    const { id } = await registry.ctx.db.operation.update({
      where: { id: BigInt(await operationOf()) },
      data: { state: "running" },
    });
    source.seen = 0;
    await attempt();
    expect(source.seen).toBe(0);
    expect(await registry.ctx.db.operation.findUniqueOrThrow({ where: { id } })).toMatchObject({
      state: "done",
    });
    expect(
      (await registry.auditOf(scene.name)).filter(({ action }) => action === "version.imported"),
    ).toHaveLength(1);
  });

  it("is not brought for who may not register any more, nor into the trash", async () => {
    scene.actor = userActor("gone", { id: randomUUID() });
    await register(url());
    await attempt();
    scene.actor = OPEN;
    expect(await versionOf()).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(/may not do so any more/),
    });
    expect(source.seen).toBe(0);
    await register(url());
    await mlflow("DELETE", "/model-versions/delete", { name: scene.name, version: "2" });
    await attempt();
    const operation = await registry.ctx.db.operation.findUniqueOrThrow({
      where: { id: BigInt(await operationOf()) },
    });
    expect(operation).toMatchObject({ state: "failed", error: expect.stringMatching(/trash/) });
  });

  it("may have an address that nobody allows: then the version fails at once", async () => {
    expect(await imported("http://169.254.169.254/latest/meta-data/iam")).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(/allowed_networks/),
    });
  });
});
