/** Metadata comes back in the order in which it was sent, everywhere that it is shown or kept. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { settleQueue } from "../support/settled-queue.ts";

/** Neither sorted nor by length, at any depth. */
const SENT = '{"zeta":1,"accuracy":0.95,"b":{"longer":1,"a":[{"y":1,"x":2}],"c":null},"Ärger":"ü"}';
const bytes = tinyModel(1);
const files = [{ path: "m.safetensors", bytes }];

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server.stop());

const textOf = ({ body }: { body: { metadata: unknown } }) => JSON.stringify(body.metadata);

describe("metadata", () => {
  it("is answered, listed and kept beside the blobs in the order of a form", async () => {
    expect(textOf(await api.register({ name: "form", metadata: SENT }, files))).toBe(SENT);
    expect(textOf(await api.get("/api/v1/models/form/versions/1.0.0"))).toBe(SENT);
    await api.send("PATCH", "/api/v1/models/form/versions/1.0.0", { tags: { a: "b" } });
    expect(textOf(await api.get("/api/v1/models/form/versions/latest"))).toBe(SENT);
    await settleQueue(server.baseUrl);
    const manifest = join(server.dataFolder, "metadata", "form", "1.0.0.json");
    const document = JSON.parse(await readFile(manifest, "utf8"));
    expect(JSON.stringify(document.manifest.metadata)).toBe(SENT);
    const page = await fetch(`${server.baseUrl}/models/form/versions/1.0.0?tab=metadata`, {
      headers: { Accept: "text/html" },
    });
    const html = await page.text();
    const places = ["zeta", "accuracy", "longer", "Ärger"].map((key) => html.indexOf(key));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it("is kept in the order of a JSON body", async () => {
    const body = `{"metadata":${SENT},"name":"json","files":[{"path":"m.safetensors","digest":"sha256:${sha256(bytes)}"}]}`;
    const response = await fetch(`${server.baseUrl}/api/v1/models`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    expect(response.status).toBe(201);
    expect(textOf(await api.get("/api/v1/models/json/versions/1.0.0"))).toBe(SENT);
  });

  it("makes no other version of the same content, whatever its order", async () => {
    const other =
      '{"b":{"c":null,"a":[{"x":2,"y":1}],"longer":1},"Ärger":"ü","accuracy":0.95,"zeta":1}';
    const again = await api.register({ name: "form", version: "1.0.0", metadata: other }, files);
    expect(again.status).toBe(200);
    expect(textOf(again)).toBe(SENT);
  });
});
