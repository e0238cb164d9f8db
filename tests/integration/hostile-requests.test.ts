/** Bad input gets a clear error, stores nothing and leaves the server alive (docs/api: error table). */
import { readdirSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_STORAGE__MAX_UPLOAD_SIZE: "32MiB" } });
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server.stop());
afterEach(async () => {
  const { body } = await api.get("/api/v1/models");
  expect(body.total, "nothing may be registered").toBe(0);
  expect(temporaryFiles(), "no temp file may stay").toEqual([]);
});

function temporaryFiles(): string[] {
  return readdirSync(join(server.dataFolder, "uploads"), { recursive: true }).map(String);
}

const file = (path: string, bytes = tinyModel()) => [{ path, bytes }];

describe("names", () => {
  it.each([
    "",
    " ",
    "..",
    ".hidden",
    "a/b",
    "a\\b",
    "a b",
    "é",
    "a\u0000b",
    "a\u202eb",
    "con",
    "NUL.txt",
    "x".repeat(129),
    "$(touch x)",
    "a;rm",
    "-rf",
    "__proto__",
  ])("refuses %j", async (name) => {
    const answer = await api.register({ name }, file("m.safetensors"));
    expect(answer.status).toBe(400);
    expect(answer.body.code).toMatch(/^invalid_(name|request)$/);
  });
});

describe("file paths", () => {
  it.each([
    "../x",
    "a/../../x",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/.",
    "a\\..\\b",
    "C:\\x",
    "aux",
    "a/nul.bin",
    "x\u202etxt.exe",
    "x".repeat(300),
    `${"d/".repeat(600)}x`,
  ])("refuses %j", async (path) => {
    const answer = await api.register({ name: "hostile" }, file(path));
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("invalid_path");
  });

  it("refuses two files with one path, also when only their case differs", async () => {
    for (const [first, second] of [
      ["m.bin", "m.bin"],
      ["README.md", "readme.md"],
    ] as const) {
      const answer = await api.register({ name: "double" }, [...file(first), ...file(second)]);
      expect(answer.body.code).toBe("invalid_path");
    }
  });
});

describe("fields", () => {
  const rows: [what: string, fields: Record<string, string>][] = [
    ["a version of one number", { version: "1" }],
    ["a version with a v", { version: "v1.0.0" }],
    ["an endless version", { version: `1.0.0-${"x".repeat(200)}` }],
    ["an unknown framework", { framework: "cobol" }],
    ["an unknown bump", { bump: "huge" }],
    ["metadata that is no JSON", { metadata: "{" }],
    ["metadata that is a list", { metadata: "[]" }],
    ["a tag that is a number", { tags: '{"a":1}' }],
    ["__proto__ as a tag", { tags: '{"__proto__":"x"}' }],
    ["an owner", { owner: "admin" }],
    ["an unknown field", { unknown: "1" }],
    ["an endless description", { description: "x".repeat(70_000) }],
    ["endless metadata", { metadata: `{"a":"${"x".repeat(300_000)}"}` }],
  ];
  it.each(rows)("refuses %s", async (_, fields) => {
    const answer = await api.register({ name: "fields", ...fields }, file("m.safetensors"));
    expect(answer.status).toBe(400);
    expect(answer.body.errors.length).toBeGreaterThan(0);
  });
});

describe("bytes", () => {
  it("refuses a version of empty files", async () => {
    const answer = await api.register({ name: "empty" }, file("m.bin", new Uint8Array(0)));
    expect(answer).toMatchObject({ status: 400, body: { code: "empty_file" } });
  });

  it("refuses a truncated safetensors file", async () => {
    const answer = await api.register(
      { name: "cut" },
      file("m.safetensors", tinyModel().slice(0, -3)),
    );
    expect(answer.body).toMatchObject({ status: 422, code: "invalid_model_file" });
  });

  it.each<Record<string, string>>([{}, { framework: "pytorch" }])(
    "refuses a truncated PyTorch file, declared %j",
    async (declared) => {
      const whole = readFileSync("lib/formats/fixtures/state_dict.pth");
      const cut = new Uint8Array(whole.subarray(0, whole.length / 2));
      const answer = await api.register({ name: "cut", ...declared }, file("m.pth", cut));
      expect(answer.body).toMatchObject({ status: 422, code: "invalid_model_file" });
      expect(answer.body.detail).toMatch(/^m\.pth cannot be read as a PyTorch model/);
    },
  );

  it("refuses a framework that the bytes contradict", async () => {
    const answer = await api.register({ name: "wrong", framework: "onnx" }, file("m.onnx"));
    expect(answer.body).toMatchObject({ status: 422, code: "framework_mismatch" });
    expect(answer.body.errors[0].pointer).toBe("/framework");
  });

  it.each(["/models", "/api/v1/models", "/models/big/versions", "/api/v1/models/big/versions"])(
    "refuses an upload over the limit on %s",
    async (path) => {
      const answer = await api.register(
        { name: "big" },
        file("m.bin", new Uint8Array(40 * 1024 * 1024)),
        { path },
      );
      expect([404, 413]).toContain(answer.status);
    },
  );
});

describe("bodies", () => {
  const raw = (headers: Record<string, string>, chunks: string[], end = true) =>
    new Promise<{ status: number; text: string } | "cut">((resolve) => {
      const request = httpRequest(
        `${server.baseUrl}/api/v1/models`,
        { method: "POST", headers },
        (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      request.on("error", () => resolve("cut"));
      for (const chunk of chunks) request.write(chunk);
      if (end) request.end();
      else setTimeout(() => request.destroy(), 200);
    });
  const part = (name: string, value: string) =>
    `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const filePart = `--B\r\nContent-Disposition: form-data; name="file"; filename="m.bin"\r\n\r\nabc`;
  const multipart = { "Content-Type": "multipart/form-data; boundary=B" };

  it.each([
    ["no content type", {}, ["x"]],
    ["no boundary", { "Content-Type": "multipart/form-data" }, ["x"]],
    [
      "an endless boundary",
      { "Content-Type": `multipart/form-data; boundary=${"b".repeat(8000)}` },
      ["x"],
    ],
    ["junk", multipart, ["junk"]],
    ["a form that is cut", multipart, [part("name", "x"), filePart]],
    ["an empty field name", multipart, [part("", "x"), "--B--\r\n"]],
    ["no file", multipart, [part("name", "x"), "--B--\r\n"]],
    ["a field twice", multipart, [part("name", "x"), part("name", "y"), "--B--\r\n"]],
    ["100,000 parts", multipart, [part("tags", "{}").repeat(100_000), "--B--\r\n"]],
    ["JSON that is none", { "Content-Type": "application/json" }, ["{"]],
    [
      "JSON with __proto__",
      { "Content-Type": "application/json" },
      ['{"__proto__":{},"name":"x"}'],
    ],
    ["JSON as text", { "Content-Type": "text/plain" }, ["{}"]],
  ])("refuses %s", async (_, headers, chunks) => {
    const answer = await raw(headers, chunks);
    if (answer === "cut") throw new Error("the connection was cut without an answer");
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(JSON.parse(answer.text).code).toBeTypeOf("string");
  });

  it("keeps nothing of an upload that its client gave up", async () => {
    await raw(multipart, [part("name", "gone"), filePart, "x".repeat(1_000_000)], false);
    await expect.poll(temporaryFiles, { timeout: 5000 }).toEqual([]);
  });

  it("refuses what another site's page sends", async () => {
    const foreign: Record<string, string>[] = [
      { "Sec-Fetch-Site": "cross-site" },
      { Origin: "https://evil.example" },
    ];
    for (const headers of foreign) {
      const answer = await api.register({ name: "csrf" }, file("m.safetensors"), { headers });
      expect(answer.body.code).toBe("forbidden");
    }
  });
});

describe("paths", () => {
  it.each([
    "/api/v1/models/..%2f..%2fetc",
    "/api/v1/models/%00",
    "/api/v1/models/a%5cb",
    "/api/v1/models/x/versions/%2e%2e",
    "/api/v1/models/x/versions/1.0.0/files/..%2f..%2fetc%2fpasswd",
    "/api/v1/nothing",
    "/api/v1/models/x%ff",
    "/models/%E2%80%AE",
  ])("answers %s with a problem", async (path) => {
    const answer = await api.get(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});
