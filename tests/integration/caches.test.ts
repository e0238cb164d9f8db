/** No shared cache may keep an answer that depends on who asks; and no answer does anything in a browser. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { allRoutes } from "../../app/api/v1/manifest.ts";
import { routeTables } from "../../app/route-tables.ts";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

/** The same for everybody who may ask: what supervises the server, and the description of the API. */
const FOR_EVERYBODY = ["/healthz", "/readyz", "/metrics", "/api/openapi.json"];
const NAMES: Record<string, string> = {
  name: "cached",
  ref: "1.0.0",
  alias: "prod",
  path: "m.safetensors",
  id: "01234567-89ab-4cde-8f01-23456789abcd",
  part: "0",
};

let server: RunningServer;
let digest: string;
beforeAll(async () => {
  server = await startServer();
  const api = new RegistryClient(server.baseUrl);
  const bytes = new Uint8Array(tinyModel());
  const { body } = await api.register({ name: "cached" }, [{ path: "m.safetensors", bytes }]);
  digest = body.files[0].digest;
  await api.send("PUT", "/api/v1/models/cached/aliases/prod", { version: "1.0.0" });
});
afterAll(() => server.stop());

async function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const answer = await fetch(server.baseUrl + path, {
    method,
    headers,
    signal: controller.signal,
    redirect: "manual",
  });
  controller.abort();
  return answer;
}
/** Parameters that a route cannot do without. */
const QUERIES: Record<string, string> = {
  "/models/{name}/compare": "?from=1.0.0&to=latest",
  "/models/{name}/compare/tensors": "?from=1.0.0&to=latest",
};
const filled = (path: string) => fill(path) + (QUERIES[path] ?? "");
const fill = (path: string) =>
  `/api/v1${path.replace(/\{([^}]+)\}/g, (_, name) => (name === "digest" ? digest : (NAMES[name] ?? "x")))}`;

it.each(allRoutes.map(({ declaration: { method, path } }) => [method, path]))(
  "%s %s",
  async (method = "", path = "") => {
    // There is nothing under the id that is asked for.
    const isRead = method === "GET" && !path.includes("{id}");
    for (const headers of [{}, { accept: "text/csv" }, { range: "bytes=0-3" }] as Record<
      string,
      string
    >[]) {
      const answer = await ask(method, filled(path), headers);
      if (isRead) expect(answer.status, path).toBeLessThan(300);
      expect(answer.headers.get("cache-control"), path).toMatch(/^private, no-(store|cache)/);
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("script-src");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }
  },
);

it("and no route declares anything else", () => {
  for (const { declaration } of allRoutes)
    expect(declaration.cacheControl ?? "private").toMatch(/^private/);
});

it("pages, unknown paths and refusals too", async () => {
  for (const path of [
    "/",
    "/models",
    "/models/cached",
    "/models/nobody",
    "/nothing",
    "/api/v1/nothing",
  ]) {
    const answer = await ask("GET", path, { accept: "text/html" });
    expect(answer.headers.get("cache-control"), path).toMatch(/private.*no-store/);
  }
  // Next leads to the address that it wants for this.
  const rsc = await fetch(`${server.baseUrl}/models?_rsc=1`, {
    headers: { accept: "text/html", rsc: "1" },
  });
  expect(rsc.headers.get("content-type")).toContain("text/x-component");
  expect(rsc.headers.get("cache-control")).toMatch(/private.*no-store/);
});

it("what the other tables answer is the same for everybody", async () => {
  const others = routeTables.flatMap((table) => (table.prefix === "" ? [table] : []));
  expect(others).toHaveLength(1);
  for (const path of FOR_EVERYBODY) {
    expect(others[0]?.methodsAt(path)).not.toBeNull();
    expect((await ask("GET", path)).headers.get("cache-control")).toMatch(/no-store|^public/);
  }
});
