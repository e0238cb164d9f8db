/** After a fault: what was acknowledged is whole, nothing else is visible, temp files are reclaimed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { safetensors } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { expectNoTemporaryFiles } from "../support/temporary-files.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

function model(seed: number): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(300_000).fill(seed % 256);
  new DataView(values.buffer).setUint32(0, seed);
  return safetensors({ weight: { dtype: "U8", shape: [values.length], bytes: values } });
}

describe("kill -9 in the middle of registrations", () => {
  it("keeps every acknowledged version whole and shows nothing else", async () => {
    const acknowledged = new Map<string, string>();
    let seed = 0;
    for (const delayMs of [20, 90, 240]) {
      const before = acknowledged.size;
      const api = new RegistryClient(server.baseUrl);
      let isRunning = true;
      const clients = Array.from({ length: 8 }, async () => {
        while (isRunning) {
          seed += 1;
          const name = `m-${seed}`;
          const bytes = model(seed);
          const answer = await api
            .register({ name, version: "1.0.0" }, [{ path: "m.safetensors", bytes }])
            .catch(() => null);
          if (answer?.status === 201) acknowledged.set(name, sha256(bytes));
        }
      });
      await expect.poll(() => acknowledged.size - before, { timeout: 30_000 }).toBeGreaterThan(4);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await server.kill9();
      isRunning = false;
      await Promise.all(clients);
      await server.restart();
    }

    expect(acknowledged.size).toBeGreaterThan(10);
    const api = new RegistryClient(server.baseUrl);
    for (const [name, digest] of acknowledged) {
      const file = await api.download(`/api/v1/models/${name}/versions/1.0.0/download`);
      expect(sha256(file.bytes), name).toBe(digest);
    }
    // What was not acknowledged may exist only when the answer was lost after the commit: whole as well.
    let cursor = "";
    const visible: string[] = [];
    do {
      const { body } = await api.get(`/api/v1/models?limit=200&sort=name${cursor}`);
      visible.push(...body.items.map((item: { name: string }) => item.name));
      cursor = body.next_cursor === null ? "" : `&cursor=${body.next_cursor}`;
    } while (cursor !== "");
    for (const name of visible) {
      const { body } = await api.get(`/api/v1/models/${name}/versions/1.0.0`);
      const file = await api.download(`/api/v1/models/${name}/versions/1.0.0/download`);
      expect(sha256(file.bytes), name).toBe(body.sha256);
      const record = join(server.dataFolder, "metadata", name, "1.0.0.json");
      // The jobs of the dead process are found within a minute.
      await expect.poll(() => existsSync(record), { timeout: 150_000 }).toBe(true);
    }
    const audit = await api.get("/api/v1/audit?action=version.registered&limit=1");
    expect(audit.body.total).toBe(visible.length);
    await expectNoTemporaryFiles(server.dataFolder);
  });
});

describe("SIGTERM", () => {
  it("lets a registration that is under way end, then stops", async () => {
    const api = new RegistryClient(server.baseUrl);
    const registering = api.register({ name: "last" }, [
      { path: "m.safetensors", bytes: model(1) },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await server.terminate();
    const answer = await registering.catch(() => null);
    await server.restart();
    const found = await new RegistryClient(server.baseUrl).get("/api/v1/models/last");
    expect(found.status).toBe(answer?.status === 201 ? 200 : 404);
  });
});
