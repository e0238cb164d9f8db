/** The OpenAPI document is what the server really answers: responses are validated against it. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { type Answer, RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

type Operation = {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, Reply>;
};
type Reply = { content?: Record<string, { schema: object }> };
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components?: object;
};

let server: RunningServer;
let api: RegistryClient;
let document: Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (instance: Ajv2020) => void)(ajv);

beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
  document = (await api.get("/api/openapi.json")).body;
  await api.register(
    { name: "m", metadata: '{"accuracy":0.95,"nested":{"a":[1,null]}}', tags: '{"a":"b"}' },
    [{ path: "m.safetensors", bytes: tinyModel() }],
  );
  await api.register({ name: "m" }, [{ path: "m.safetensors", bytes: tinyModel(2) }]);
  await api.send("PUT", "/api/v1/models/m/aliases/champion", { version: "1.0.0" });
  await api.register({ name: "thrown" }, [{ path: "m.safetensors", bytes: tinyModel(3) }]);
  await api.send("DELETE", "/api/v1/models/thrown");
  await api.send("DELETE", "/api/v1/models/m/versions/1.0.1");
});
afterAll(() => server.stop());

function expectValid(method: string, path: string, answer: Answer): void {
  const reply = document.paths[path]?.[method]?.responses;
  const described = reply?.[String(answer.status)];
  const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
  const schema = described?.content?.[type]?.schema;
  expect(schema, `${method} ${path} ${answer.status} ${type} is described`).toBeDefined();
  const validate = ajv.compile({ ...schema, components: document.components });
  validate(answer.body);
  expect(validate.errors ?? [], `${method} ${path}`).toEqual([]);
}

const READS: [path: string, url: string][] = [
  ["/models", "/models?facets=true"],
  ["/models", "/models?limit=0"],
  ["/models/{name}", "/models/m"],
  ["/models/{name}", "/models/none"],
  ["/models/{name}/card", "/models/m/card"],
  ["/models/{name}/next-versions", "/models/m/next-versions"],
  ["/models/{name}/versions", "/models/m/versions"],
  ["/models/{name}/versions/{ref}", "/models/m/versions/latest"],
  ["/models/{name}/versions/{ref}", "/models/m/versions/9.9.9"],
  ["/models/{name}/versions/{ref}/tensors", "/models/m/versions/@champion/tensors"],
  ["/models/{name}/aliases/{alias}/history", "/models/m/aliases/champion/history"],
  ["/trash", "/trash"],
  ["/trash/versions", "/trash/versions"],
  ["/stats", "/stats?range=24h"],
  ["/audit", "/audit"],
];
const CHANGES: [method: string, path: string, url: string, body: unknown][] = [
  ["patch", "/models/{name}", "/models/m", { description: "x" }],
  ["patch", "/models/{name}", "/models/m", { unknown: "x" }],
  ["patch", "/models/{name}/versions/{ref}", "/models/m/versions/1.0.0", { tags: { a: "c" } }],
  [
    "post",
    "/models/{name}/versions/{ref}/stage",
    "/models/m/versions/1.0.0/stage",
    { stage: "staging" },
  ],
  ["put", "/models/{name}/aliases/{alias}", "/models/m/aliases/beta", { version: "latest" }],
  ["post", "/models/{name}/restore", "/models/thrown/restore", undefined],
  ["post", "/models/{name}/versions/{ref}/restore", "/models/m/versions/1.0.1/restore", undefined],
];

describe("the OpenAPI document", () => {
  it("is version 3.1 with unique operation ids", () => {
    expect(document.openapi).toBe("3.1.0");
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((operation) => operation.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(25);
  });

  it("requires every path parameter, as OpenAPI does", () => {
    const wrong = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap((operation) =>
        (operation.parameters ?? [])
          .filter((parameter) => parameter.in === "path" && !parameter.required)
          .map((parameter) => `${path} ${parameter.name}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("names every status that an operation answers with; none stands for all others", () => {
    for (const operations of Object.values(document.paths))
      for (const { operationId, responses } of Object.values(operations)) {
        expect(Object.keys(responses), operationId).not.toContain("default");
        expect(Object.keys(responses), operationId).toEqual(
          expect.arrayContaining(["400", "500", "503"]),
        );
      }
  });

  it.each(READS)("describes GET %s as %s answers", async (path, url) => {
    expectValid("get", path, await api.get(`/api/v1${url}`));
  });

  it.each(CHANGES)("describes %s %s as %s answers", async (method, path, url, body) => {
    expectValid(method, path, await api.send(method.toUpperCase(), `/api/v1${url}`, body));
  });

  it("describes resumable uploads", async () => {
    const bytes = tinyModel(9);
    const begun = await api.send("POST", "/api/v1/uploads", { size_bytes: bytes.length });
    expectValid("post", "/uploads", begun);
    expectValid("post", "/uploads", await api.send("POST", "/api/v1/uploads", { size_bytes: -1 }));
    const url = `/api/v1/uploads/${begun.body.id}`;
    expectValid("get", "/uploads/{id}", await api.get(url));
    const early = await api.send("POST", `${url}/complete`);
    expectValid("post", "/uploads/{id}/complete", early);
    const part = await fetch(`${server.baseUrl}${url}/parts/0`, { method: "PUT", body: bytes });
    expect(part.status).toBe(204);
    const done = await api.send("POST", `${url}/complete`);
    expectValid("post", "/uploads/{id}/complete", done);
    expectValid("get", "/uploads/{id}", await api.get(url));
  });

  it("describes registrations and their refusals", async () => {
    const made = await api.register({ name: "n" }, [
      { path: "m.safetensors", bytes: tinyModel(5) },
    ]);
    expectValid("post", "/models", made);
    const refused = await api.register({ name: "n", framework: "onnx" }, [
      { path: "m.safetensors", bytes: tinyModel(5) },
    ]);
    expectValid("post", "/models", refused);
  });
});
