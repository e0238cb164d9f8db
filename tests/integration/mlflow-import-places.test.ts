/** Sources by their places: MLflow servers that are configured, buckets that the operator has named, and what nobody allows. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { BYTES, importScene, sha256 } from "../support/import-scene.ts";
import { logModel, MLMODEL, mlflow } from "../support/mlflow.ts";
import { MlflowCounterpart } from "../support/mlflow-counterpart.ts";
import { S3_KEYS, startS3Server } from "../support/s3-server.ts";

const there = new MlflowCounterpart();
const unnamed = new MlflowCounterpart();
const [store] = await Promise.all([startS3Server(), there.open(), unnamed.open()]);
const { bucket } = await store.createBucket();
const { scene, source, registry, versionOf, attempt, register, imported, fileDigests } =
  await importScene({
    MODEL_REGISTRY_INTEGRATIONS__MLFLOW_SERVERS: there.url,
    MODEL_REGISTRY_INTEGRATIONS__IMPORT_BUCKETS: bucket,
    MODEL_REGISTRY_STORAGE__S3__ENDPOINT: store.endpoint,
    MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: S3_KEYS.accessKeyId,
    MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
  });
beforeEach(() => {
  there.fault = () => false;
  there.files.clear();
  there.runs.clear();
});
afterAll(() => Promise.all([there.close(), unnamed.close(), store.stop()]));

describe("a folder of a tracking server", () => {
  const put = (server: MlflowCounterpart, room: string) => {
    server.files.set(`${room}/MLmodel`, Buffer.from(MLMODEL));
    server.files.set(`${room}/data/model.safetensors`, Buffer.from(BYTES));
  };
  const FILES = { MLmodel: sha256(Buffer.from(MLMODEL)), "data/model.safetensors": sha256(BYTES) };

  it.each([
    ["by its URL", () => `${there.url}/api/2.0/mlflow-artifacts/artifacts/1/room/model`],
    ["by its host", () => `mlflow-artifacts://${new URL(there.url).host}/1/room/model`],
    ["by a URI that names no server", () => "mlflow-artifacts:/1/room/model"],
  ])("%s is imported whole", async (_, uri) => {
    put(there, "1/room/model");
    expect(await imported(uri())).toMatchObject({ status: "READY" });
    expect(await fileDigests()).toEqual(FILES);
  });

  it("one file of it is imported alone", async () => {
    put(there, "1/room/model");
    const uri = `${there.url}/api/2.0/mlflow-artifacts/artifacts/1/room/model/data/model.safetensors`;
    expect(await imported(uri)).toMatchObject({ status: "READY" });
    expect(await fileDigests()).toEqual({ "model.safetensors": sha256(BYTES) });
  });

  it("of a run is imported, unless the actor has put files of it here", async () => {
    const run = "a".repeat(32);
    put(there, "0/run/artifacts/model");
    there.fault = (request, response) => {
      if (!request.url?.includes("/runs/get")) return false;
      const info = { artifact_uri: "mlflow-artifacts:/0/run/artifacts" };
      response.writeHead(200).end(JSON.stringify({ run: { info } }));
      return true;
    };
    expect(await imported(`runs:/${run}/model`)).toMatchObject({ status: "READY" });
    expect(await fileDigests()).toEqual(FILES);
    const id = await logModel({ MLmodel: MLMODEL });
    expect(await register(`models:/${id}`)).toMatchObject({ status: "READY" });
  });

  it("that no configured server has stays where it is: READY, by its source", async () => {
    const uri = "mlflow-artifacts:/9/nowhere";
    expect(await imported(uri)).toMatchObject({ status: "READY" });
    const named = { name: scene.name, version: "1" };
    const { body } = await mlflow("GET", "/model-versions/get-download-uri", named);
    expect(body.artifact_uri).toBe(uri);
  });

  it("of a server that is named has failed where it is not there", async () => {
    const uri = `${there.url}/api/2.0/mlflow-artifacts/artifacts/9/nowhere`;
    expect(await imported(uri)).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(/no files/),
    });
  });

  it("goes on where it was: what came whole does not come again", async () => {
    put(there, "1/room/model");
    there.fault = (request, response) => {
      if (!request.url?.endsWith("/model.safetensors")) return false;
      response.destroy();
      return true;
    };
    const uri = `${there.url}/api/2.0/mlflow-artifacts/artifacts/1/room/model`;
    expect(await imported(uri)).toMatchObject({ status: "PENDING_REGISTRATION" });
    there.fault = () => false;
    there.seen.length = 0;
    await attempt();
    expect(await versionOf()).toMatchObject({ status: "READY" });
    expect(there.seen.filter((call) => call.endsWith("/MLmodel"))).toEqual([]);
  });
});

describe("what nobody allows", () => {
  it.each([
    "s3://foreign/models/a",
    "dbfs:/models/a",
    `models:/m-${"b".repeat(32)}`,
    "https://example.org/folder/",
    "https://name:password@example.org/model.bin",
    "gs://bucket/model",
  ])("stays registered by its source: %s", async (uri) => {
    expect(await register(uri)).toMatchObject({ status: "READY", source: uri });
    expect(
      await registry.ctx.db.operation.count({ where: { subject: `model:${scene.name}` } }),
    ).toBe(0);
  });

  it("stays so: a tracking server that is not configured, and a prompt", async () => {
    const uri = `${unnamed.url}/api/2.0/mlflow-artifacts/artifacts/1/x`;
    expect(await register(uri)).toMatchObject({ status: "READY" });
    const tags = [{ key: "mlflow.prompt.is_prompt", value: "true" }];
    expect(await register(`${source.url}/x.bin`, { tags })).toMatchObject({ status: "READY" });
    expect(unnamed.seen).toEqual([]);
    expect(source.seen).toBe(0);
  });
});

describe("a prefix of a bucket that the operator has named", () => {
  const put = (Key: string, Body: Uint8Array | string) =>
    store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

  it("is imported with all that is below it, and nothing beside it", async () => {
    await put("a/model/MLmodel", MLMODEL);
    await put("a/model/data/model.safetensors", BYTES);
    await put("a/model-2/other", "x");
    expect(await imported(`s3://${bucket}/a/model/`)).toMatchObject({ status: "READY" });
    expect(await fileDigests()).toEqual({
      MLmodel: sha256(Buffer.from(MLMODEL)),
      "data/model.safetensors": sha256(BYTES),
    });
  });

  it("may be one object", async () => {
    await put("one/model.safetensors", BYTES);
    expect(await imported(`s3://${bucket}/one/model.safetensors`)).toMatchObject({
      status: "READY",
    });
    expect(await fileDigests()).toEqual({ "model.safetensors": sha256(BYTES) });
  });

  it("has failed where there is nothing, or too much", async () => {
    expect(await imported(`s3://${bucket}/none`)).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(/no objects/),
    });
    await put("big/model.bin", Buffer.alloc(1_000_001, 7));
    await register(`s3://${bucket}/big`);
    await attempt();
    expect(await versionOf("2")).toMatchObject({
      status: "FAILED_REGISTRATION",
      status_message: expect.stringMatching(/at most 1000000 bytes/),
    });
  });
});
