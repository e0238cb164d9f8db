/** What no client of MLflow sends: each call answers it with an error of MLflow's, and nothing of the server shows. */
import { beforeAll, describe, expect, it } from "vitest";
import { MLFLOW_CALLS } from "../../lib/protocols/mlflow/tables.ts";
import { provideServices } from "../../lib/server.ts";
import { identityOf, OPEN } from "../support/actors.ts";
import { ask, mlflow } from "../support/mlflow.ts";
import { modelRegistry } from "../support/model-registry.ts";

const registry = modelRegistry();
beforeAll(() => provideServices({ ...registry.services, identify: async () => identityOf(OPEN) }));

describe("what no client sends", () => {
  const calls = MLFLOW_CALLS.filter(({ prefix }) => prefix === "/api/2.0/mlflow")
    .flatMap(({ prefix, calls: all }) => all.map((call) => ({ call, path: prefix + call.path })))
    .filter(({ call }) => call.method !== "GET");
  const BODIES = [
    "null",
    "[]",
    '"text"',
    "{",
    '{"name": {"a": 1}}',
    '{"name": ["x"], "version": 1.5}',
    '{"name": "x/y", "version": "1; drop table model", "key": 5}',
    `{"name": "${"x".repeat(100_000)}", "version": "9999999999999999999999"}`,
    '{"name": "\\u0000", "version": "\\ud800"}',
    '{"__proto__": {"name": "x"}, "constructor": 1}',
    `{"name": ${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
    '{"tags": [{"key": "__proto__", "value": "x"}], "name": "proto", "source": "s3://x/y"}',
    `{"name": "many", "source": "s3://x/y", "tags": ${JSON.stringify(Array.from({ length: 101 }, (_, index) => ({ key: `k${index}`, value: "" })))}}`,
  ];

  it.each(calls.map(({ call, path }) => [call.method, path]))("%s %s", async (method, path) => {
    for (const body of BODIES) {
      const { status, body: answer } = await ask(method, path, { body });
      expect(status, body.slice(0, 80)).toBeGreaterThanOrEqual(400);
      expect(status, body.slice(0, 80)).toBeLessThan(500);
      expect(answer).toMatchObject({ error_code: expect.any(String), message: expect.any(String) });
      expect(JSON.stringify(answer)).not.toMatch(/prisma|node_modules|select |StatementError/i);
    }
    const form = await ask(method, path, {
      body: new Uint8Array(Buffer.from("name=x")),
      headers: { "Content-Type": "text/plain" },
    });
    expect(form.status).toBe(415);
  });

  it("a body of many megabytes is refused", async () => {
    const body = JSON.stringify({ name: "x".repeat(17_000_000) });
    expect((await ask("POST", "/api/2.0/mlflow/registered-models/create", { body })).status).toBe(
      413,
    );
  });

  it.each([
    { max_results: "1e9" },
    { max_results: "-1" },
    { page_token: "../../x" },
    { filter: `name = '${"%".repeat(60_000)}'` },
    { filter: "name LIKE '\\' AND 1=1" },
    { order_by: "name; drop table model" },
    { order_by: "(select 1)" },
  ])("a search with %j", async (given) => {
    for (const what of ["registered-models", "model-versions"]) {
      const { status } = await mlflow("GET", `/${what}/search`, given as never);
      expect(status, JSON.stringify(given).slice(0, 80)).toBeLessThan(500);
    }
  });

  it.each([0, -1, 10_001, 1e9, "x", null, 1.5])("a file in %s parts", async (parts) => {
    const sent = JSON.stringify({ path: "x", num_parts: parts });
    const { status } = await ask("POST", "/api/2.0/mlflow-artifacts/mpu/create/rooms", {
      body: sent,
    });
    expect(status).toBe(parts === null ? 200 : 400);
  });

  it("parts that are longer than the first, are none, or are of nobody's upload", async () => {
    const { body } = await ask("POST", "/api/2.0/mlflow-artifacts/mpu/create/rooms", {
      body: JSON.stringify({ path: "odd", num_parts: 3 }),
    });
    const put = (part: string, bytes: number) =>
      ask("PUT", `/api/2.0/mlflow-artifacts/mpu/parts/${body.upload_id}/${part}`, {
        body: new Uint8Array(bytes),
      });
    expect((await put("1", 100)).status).toBe(200);
    expect((await put("2", 101)).status).toBe(400);
    expect((await put("3", 101)).status).toBe(400);
    for (const part of ["0", "4", "-1", "x", "1.5"])
      expect((await put(part, 100)).status, part).toBe(400);
    const complete = JSON.stringify({ path: "odd", upload_id: body.upload_id, parts: [] });
    expect(
      (await ask("POST", "/api/2.0/mlflow-artifacts/mpu/complete/rooms", { body: complete }))
        .status,
    ).toBe(409);
    const elses = await ask(
      "PUT",
      "/api/2.0/mlflow-artifacts/mpu/parts/01234567-89ab-4cde-8f01-23456789abcd/1",
      { body: new Uint8Array(5) },
    );
    expect(elses.status).toBe(404);
  });
});
