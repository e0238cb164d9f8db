/** Files that clients of MLflow put: versions are sealed with what was there then, whatever is put later. */
import { createHash, randomBytes } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../lib/access/actor.ts";
import { purgeVersion } from "../../lib/models/purge-version.ts";
import { provideServices } from "../../lib/server.ts";
import { expireUploads } from "../../lib/uploads/resumable/expire-uploads.ts";
import { identityOf, OPEN, userActor } from "../support/actors.ts";
import {
  ARTIFACTS,
  ask,
  bytesOf,
  create,
  createVersion,
  FILES,
  get,
  logModel,
  MLMODEL,
  mlflow,
  register,
} from "../support/mlflow.ts";
import { tinyModel } from "../support/model-files.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry();
let actor: Actor = OPEN;
beforeAll(() => provideServices({ ...registry.services, identify: async () => identityOf(actor) }));
beforeEach(() => {
  actor = OPEN;
});

describe("a version of files that were logged here", () => {
  it("has these files, their facts and their verdict, and is served from what they were then", async () => {
    const { id, version } = await register("sealed");
    expect(version).toMatchObject({
      name: "sealed",
      version: "1",
      status: "READY",
      source: `models:/${id}`,
    });
    const target = `${ARTIFACTS}/rooms/1/models/${id}/artifacts/model.safetensors`;
    const again = await ask("PUT", target, { body: new Uint8Array(Buffer.from("others")) });
    expect(again.status).toBe(200);
    expect((await ask("GET", target)).bytes).toEqual(new Uint8Array(Buffer.from("others")));
    const served = await bytesOf("sealed", "1", "model.safetensors");
    expect(Buffer.from(served.bytes)).toEqual(Buffer.from(tinyModel()));
    expect((await ask("DELETE", `${ARTIFACTS}/rooms/1/models/${id}`)).status).toBe(200);
    expect((await bytesOf("sealed", "1", "code/__init__.py")).status).toBe(200);
  });

  it("lists its folders one at a time, and takes nothing under its own paths", async () => {
    await register("listed");
    const at = "registry-models/listed/1";
    const list = async (path: string) =>
      (await ask("GET", ARTIFACTS, { query: new URLSearchParams({ path }).toString() })).body.files;
    expect(await list(at)).toEqual([
      { path: "MLmodel", is_dir: false, file_size: MLMODEL.length },
      { path: "code", is_dir: true },
      { path: "model.safetensors", is_dir: false, file_size: tinyModel().length },
    ]);
    expect(await list(`${at}/code`)).toEqual([
      { path: "__init__.py", is_dir: false, file_size: 0 },
    ]);
    for (const method of ["PUT", "DELETE"])
      expect(
        (await ask(method, `${ARTIFACTS}/${at}/MLmodel`, method === "PUT" ? { body: "{}" } : {}))
          .status,
      ).toBe(403);
  });

  it("is the actor's alone: the id of a logged model is no secret, and opens nothing", async () => {
    await create("theirs");
    actor = userActor("one");
    const id = await logModel(FILES);
    const path = `${ARTIFACTS}/rooms/1/models/${id}/artifacts/MLmodel`;
    expect((await ask("GET", path)).status).toBe(200);
    actor = userActor("other");
    expect((await ask("GET", path)).status).toBe(404);
    expect((await ask("GET", ARTIFACTS, { query: "path=rooms" })).body).toEqual({});
    expect((await ask("DELETE", path)).status).toBe(404);
    const { body } = await createVersion("theirs", `models:/${id}`, { model_id: id });
    expect(body.model_version.source).toBe(`models:/${id}`);
    const { body: where } = await mlflow("GET", "/model-versions/get-download-uri", {
      name: "theirs",
      version: "1",
    });
    expect(where.artifact_uri).toBe(`models:/${id}`);
  });

  it("that is malicious has failed, says why, is not served and gets no alias", async () => {
    const { version } = await register("bad", {
      MLmodel: MLMODEL,
      "model.pkl": Buffer.from("cos\nsystem\n(S'true'\ntR."),
    });
    expect(version.status).toBe("FAILED_REGISTRATION");
    expect(version.status_message).toMatch(/malicious/);
    expect(await bytesOf("bad", "1", "model.pkl")).toMatchObject({
      status: 403,
      body: { error_code: "PERMISSION_DENIED" },
    });
    const alias = await mlflow("POST", "/registered-models/alias", {
      name: "bad",
      alias: "prod",
      version: "1",
    });
    expect(alias).toMatchObject({ status: 409, body: { error_code: "RESOURCE_CONFLICT" } });
    await create("bad-copy");
    expect((await createVersion("bad-copy", "models:/bad/1")).status).toBe(404);
  });
});

describe("files at paths of one's own", () => {
  it("come in parts of any order, whose lengths nobody has said", async () => {
    const bytes = randomBytes(2_500_000);
    const { body } = await ask("POST", "/api/2.0/mlflow-artifacts/mpu/create/rooms/big", {
      body: JSON.stringify({ path: "/home/me/../big.bin", num_parts: 3 }),
    });
    expect(body.credentials).toHaveLength(3);
    const put = ({ url, part_number: n }: { url: string; part_number: number }) =>
      ask("PUT", new URL(url).pathname, {
        body: new Uint8Array(bytes.subarray((n - 1) * 1_000_000, n * 1_000_000)),
      });
    const [first, second, last] = body.credentials;
    const answers = await Promise.all([put(last), put(second), put(first)]);
    for (const { status, headers } of answers) {
      expect(status).toBe(200);
      expect(headers.get("etag")).toBeTruthy();
    }
    const sent = { path: "/home/me/../big.bin", upload_id: body.upload_id, parts: [] };
    const done = await ask("POST", "/api/2.0/mlflow-artifacts/mpu/complete/rooms/big", {
      body: JSON.stringify(sent),
    });
    expect(done.status).toBe(200);
    const whole = await ask("GET", `${ARTIFACTS}/rooms/big/big.bin`);
    // The answer's stream uses its buffers again, so that only a socket may read it; its tag is the digest.
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(whole.headers.get("etag")).toBe(`"sha256:${sha256}"`);
    const part = await ask("GET", `${ARTIFACTS}/rooms/big/big.bin`, {
      headers: { Range: "bytes=5-9" },
    });
    expect([part.status, Buffer.from(part.bytes)]).toEqual([206, bytes.subarray(5, 10)]);
    const presigned = await ask("GET", "/api/2.0/mlflow-artifacts/presigned/rooms/big/big.bin");
    expect(presigned.body).toMatchObject({ file_size: 2_500_000 });
  });

  it("that come in parts are given up, and then are not there", async () => {
    const { body } = await ask("POST", "/api/2.0/mlflow-artifacts/mpu/create/rooms", {
      body: JSON.stringify({ path: "x", num_parts: 2 }),
    });
    const sent = JSON.stringify({ path: "x", upload_id: body.upload_id });
    expect(
      (await ask("POST", "/api/2.0/mlflow-artifacts/mpu/abort/rooms", { body: sent })).status,
    ).toBe(200);
    expect(
      (await ask("POST", "/api/2.0/mlflow-artifacts/mpu/complete/rooms", { body: sent })).status,
    ).toBe(404);
  });

  it("expire with uploads, unless a version was made of them, and go with that", async () => {
    const { id } = await register("kept");
    await ask("PUT", `${ARTIFACTS}/loose/file`, { body: new Uint8Array(Buffer.from("loose")) });
    const { db } = registry.ctx;
    await db.$executeRaw`update upload set expires_at = now() - interval '1 s' where expires_at < now() + interval '1 year'`;
    await expireUploads(registry.ctx);
    expect((await ask("GET", `${ARTIFACTS}/loose/file`)).status).toBe(404);
    const run = `${ARTIFACTS}/rooms/1/models/${id}/artifacts/MLmodel`;
    expect((await ask("GET", run)).status).toBe(200);
    await mlflow("DELETE", "/model-versions/delete", { name: "kept", version: "1" });
    await purgeVersion(registry.ctx, { name: "kept", ref: "1.0.0" });
    expect((await ask("GET", run)).status).toBe(404);
    expect(await db.upload.count({ where: { artifact: null, state: "stored" } })).toBe(0);
  });

  it.each([
    "..%2f..%2fetc%2fpasswd",
    "a%2f..%2f..%2fb",
    "a/%2e%2e%2fb",
    "con",
    "a:b",
    "a%00b",
    "a%5cb",
    "%2fetc%2fpasswd",
    "a/%e2%80%aeb",
    "x".repeat(2000),
  ])("%s is no path", async (path) => {
    for (const method of ["PUT", "GET", "DELETE"]) {
      const body = method === "PUT" ? { body: new Uint8Array(Buffer.from("x")) } : {};
      const { status } = await ask(method, `${ARTIFACTS}/${path}`, body);
      expect([400, 404], `${method} ${path}`).toContain(status);
    }
    const { status } = await ask("GET", ARTIFACTS, { query: `path=${path}` });
    expect([400, 404]).toContain(status);
  });
});

describe("a version whose bytes are elsewhere", () => {
  it("is ready at its source, and never the latest of our own API, nor downloadable", async () => {
    await create("elsewhere");
    const { body } = await createVersion("elsewhere", "s3://bucket/model");
    expect(body.model_version).toMatchObject({ status: "READY", source: "s3://bucket/model" });
    const model = await registry.ctx.db.model.findUniqueOrThrow({
      where: { nameKey: "elsewhere" },
    });
    expect(model).toMatchObject({ latestId: null, versionCount: 1 });
    await create("copy-of-elsewhere");
    await createVersion("copy-of-elsewhere", "models:/elsewhere/1");
    const { body: where } = await mlflow("GET", "/model-versions/get-download-uri", {
      name: "copy-of-elsewhere",
      version: "1",
    });
    expect(where.artifact_uri).toBe("s3://bucket/model");
    const id = await logModel(FILES);
    expect((await createVersion("elsewhere", `models:/${id}`)).body.model_version.version).toBe(
      "2",
    );
    expect(
      await registry.ctx.db.model.findUniqueOrThrow({ where: { nameKey: "elsewhere" } }),
    ).toMatchObject({ latestVersion: "1.0.1" });
  });

  it.each([
    "/etc/passwd",
    "file:///proc/self/environ",
    "FILE:/etc",
    "relative/path",
    "c:\\models",
    "s3://b/a/../c",
    "s3://b/%2e%2e/c",
    "http://x/a%252f..%252fb",
    "models:/",
    "models:/a/b/c",
    "runs:/x/../y",
    "s3://b/\u0001",
    `s3://${"x".repeat(5000)}`,
    "http://localhost/api/2.0/mlflow-artifacts/artifacts/nothing/here",
  ])("is not registered from %s", async (source) => {
    await create("sources");
    const { status, body } = await createVersion("sources", source);
    expect(status).toBe(400);
    expect(body.error_code).toBe("INVALID_PARAMETER_VALUE");
    expect((await get("sources")).body.registered_model.latest_versions).toBeUndefined();
  });
});
