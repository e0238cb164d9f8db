import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manyTensors, tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server.stop());

const model = (bytes = tinyModel()) => [{ path: "model.safetensors", bytes }];

describe("registering", () => {
  it("answers the user document's curl with the version, its facts and its location", async () => {
    const bytes = tinyModel(7);
    const answer = await api.register(
      { name: "my_model", framework: "pytorch" },
      [{ path: "model.safetensors", bytes }],
      { path: "/models" },
    );
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe("/api/v1/models/my_model/versions/1.0.0");
    expect(answer.body).toMatchObject({
      model: "my_model",
      version: "1.0.0",
      number: 1,
      framework: "pytorch",
      framework_declared: "pytorch",
      format: "safetensors",
      status: "ready",
      stage: "none",
      parameters: 4,
      tensors: 1,
      dtypes: { F32: 4 },
      sha256: sha256(bytes),
      scan: { verdict: "clean", findings: [] },
    });
    const list = await api.get("/models");
    expect(list.body.items.map((item: { name: string }) => item.name)).toContain("my_model");
  });

  it("proposes versions: 1.0.0, then the latest bumped", async () => {
    const versions = [];
    const steps: Record<string, string>[] = [
      {},
      {},
      { bump: "minor" },
      { bump: "major" },
      { version: "3.0.0-rc.1" },
      {},
    ];
    for (const fields of steps) {
      const answer = await api.register(
        { name: "bumps", ...fields },
        model(tinyModel(versions.length)),
      );
      versions.push(answer.body.version);
    }
    expect(versions).toEqual(["1.0.0", "1.0.1", "1.1.0", "2.0.0", "3.0.0-rc.1", "2.0.1"]);
    const latest = await api.get("/api/v1/models/bumps/versions/latest");
    expect(latest.body.version).toBe("2.0.1");
    const next = await api.get("/api/v1/models/bumps/next-versions");
    expect(next.body).toEqual({ current: "2.0.1", patch: "2.0.2", minor: "2.1.0", major: "3.0.0" });
  });

  it("is idempotent for identical content and refuses other content under one version", async () => {
    const fields = { name: "twice", version: "1.0.0" };
    const first = await api.register(fields, model(tinyModel(1)));
    const again = await api.register(fields, model(tinyModel(1)));
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.number).toBe(first.body.number);
    const other = await api.register(fields, model(tinyModel(2)));
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: "version_exists", errors: [{ pointer: "/version" }] });
  });

  it("answers a repeated Idempotency-Key with the version it made, and refuses it for other content", async () => {
    const headers = { "Idempotency-Key": "key-0001" };
    const first = await api.register({ name: "keyed" }, model(tinyModel(1)), { headers });
    const again = await api.register({ name: "keyed" }, model(tinyModel(1)), { headers });
    expect([first.body.version, again.body.version]).toEqual(["1.0.0", "1.0.0"]);
    const other = await api.register({ name: "keyed" }, model(tinyModel(2)), { headers });
    expect(other.body.code).toBe("idempotency_conflict");
  });

  it("makes one version of 100 simultaneous registrations with the same bytes", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => api.register({ name: "crowd", version: "1.0.0" }, model())),
    );
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect({ created: count(201), same: count(200) }).toEqual({ created: 1, same: 99 });
  });

  it("lets one of 100 simultaneous registrations with different bytes win", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, seed) =>
        api.register({ name: "race", version: "1.0.0" }, model(tinyModel(seed))),
      ),
    );
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect({ created: count(201), refused: count(409) }).toEqual({ created: 1, refused: 99 });
    const versions = await api.get("/api/v1/models/race/versions");
    expect(versions.body.total).toBe(1);
  });

  it("gives 20 simultaneous registrations without a version 20 different versions", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, seed) =>
        api.register({ name: "auto" }, model(tinyModel(seed))),
      ),
    );
    expect(new Set(answers.map((answer) => answer.body.version)).size).toBe(20);
    expect(answers.every((answer) => answer.status === 201)).toBe(true);
  });

  it("registers stored bytes by digest as JSON, and does not know bytes that no version has", async () => {
    const bytes = tinyModel(11);
    await api.register({ name: "by-digest-source" }, model(bytes));
    const digest = `sha256:${sha256(bytes)}`;
    const body = { name: "by-digest", files: [{ path: "weights.safetensors", digest }] };
    const made = await api.send("POST", "/api/v1/models", body);
    expect(made.status).toBe(201);
    expect(made.body.files).toMatchObject([{ path: "weights.safetensors", digest }]);
    const unknown = { ...body, files: [{ path: "x", digest: `sha256:${"0".repeat(64)}` }] };
    expect((await api.send("POST", "/api/v1/models", unknown)).body.code).toBe("blob_not_found");
  });

  it("keeps empty files among others, which come back empty", async () => {
    const empty = new Uint8Array(0);
    const answer = await api.register({ name: "with-empty", version: "1.0.0" }, [
      ...model(),
      { path: "pkg/__init__.py", bytes: empty },
      { path: ".gitkeep", bytes: empty },
    ]);
    expect(answer).toMatchObject({ status: 201, body: { scan: { verdict: "clean" } } });
    const files = "/api/v1/models/with-empty/versions/1.0.0/files";
    const file = await api.download(`${files}/pkg/__init__.py`);
    expect(file.status).toBe(200);
    expect(file.bytes).toHaveLength(0);
  });

  it("lists what training leaves beside the weights as such, and does not count it", async () => {
    const fixture = new URL("../../lib/formats/fixtures/checkpoints/lightning.pt", import.meta.url);
    const bytes = new Uint8Array(await readFile(fixture));
    const made = await api.register({ name: "trained" }, [{ path: "last.pt", bytes }]);
    expect(made.status).toBe(201);
    const { body } = await api.get("/api/v1/models/trained/versions/1.0.0/tensors?limit=200");
    const groups = new Set(body.items.map(({ group }: { group: string | null }) => group));
    expect(groups).toEqual(new Set([null, "training", "copy"]));
    const weights = body.items.filter(({ group }: { group: string | null }) => group === null);
    const elements = weights.flatMap(({ shape }: { shape: number[] }) =>
      shape.reduce((product, size) => product * size, 1),
    );
    expect(made.body.parameters).toBe(elements.reduce((sum: number, n: number) => sum + n, 0));
  });

  it("keeps folders, tags, metadata and description", async () => {
    const answer = await api.register(
      {
        name: "folder",
        description: "A *folder*",
        metadata: '{"accuracy":0.95,"dataset":"ImageNet"}',
        tags: '{"task":"vision"}',
      },
      [
        { path: "weights/model.safetensors", bytes: tinyModel() },
        { path: "README.md", bytes: new TextEncoder().encode("---\nlicense: mit\n---\n# Card\n") },
      ],
    );
    expect(answer.status).toBe(201);
    expect(answer.body.files.map((file: { path: string }) => file.path)).toEqual([
      "README.md",
      "weights/model.safetensors",
    ]);
    expect(answer.body).toMatchObject({
      description: "A *folder*",
      metadata: { accuracy: 0.95, dataset: "ImageNet" },
      tags: { task: "vision" },
    });
    const card = await api.get("/api/v1/models/folder/card");
    expect(card.body).toMatchObject({ source: "readme", license: "mit", markdown: "# Card\n" });
  });

  it("pages and searches 10,000 tensors", async () => {
    const answer = await api.register({ name: "many-tensors" }, model(manyTensors(10_000)));
    expect(answer.body.tensors).toBe(10_000);
    const first = await api.get("/api/v1/models/many-tensors/versions/latest/tensors?limit=1000");
    expect(first.body.items).toHaveLength(1000);
    const second = await api.get(
      `/api/v1/models/many-tensors/versions/latest/tensors?limit=1000&cursor=${first.body.next_cursor}`,
    );
    expect(second.body.items[0].position).toBe(1000);
    const found = await api.get(
      "/api/v1/models/many-tensors/versions/latest/tensors?query=layers.999.part3",
    );
    expect(found.body.items.map((tensor: { name: string }) => tensor.name)).toEqual([
      "model.layers.999.part3.weight",
    ]);
  });
});
