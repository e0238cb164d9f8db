/** Several processes behind one port are one registry. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
beforeAll(async () => {
  server = await startServer({ env: { MODEL_REGISTRY_API__WORKERS: "2" } });
  api = new RegistryClient(server.baseUrl);
});
afterAll(() => server?.stop());

function workers(): number[] {
  const all = execFileSync("ps", ["-eo", "pid=,ppid=,args="]).toString().split("\n");
  const lines = all.filter((line) => line.trim().split(/\s+/)[1] === String(server.pid));
  return lines.filter((line) => line.includes("serve.ts")).map((line) => Number.parseInt(line, 10));
}

/** On a connection of its own: the processes take connections in turn. */
async function get(path: string): Promise<{ status: number; text: string }> {
  const sent = request(server.baseUrl + path, { agent: false }).end();
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

it("answers alike, whichever process is asked", async () => {
  const bytes = tinyModel(7, 64);
  await api.register({ name: "shared" }, [{ path: "m.safetensors", bytes }]);
  for (let turn = 0; turn < 6; turn += 1) {
    expect(JSON.parse((await get("/api/v1/models/shared")).text).latest.version).toBe("1.0.0");
    const answer = await fetch(`${server.baseUrl}/api/v1/models/shared/versions/1.0.0/download`);
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(bytes));
  }
});

it("tells every process's open pages of a change", async () => {
  const streams = await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const sent = request(`${server.baseUrl}/api/v1/events`, { agent: false }).end();
      return (await once(sent, "response"))[0];
    }),
  );
  const heard = streams.map(async (stream) => {
    let text = "";
    for await (const chunk of stream) {
      text += chunk;
      if (text.includes('"heard"')) return true;
    }
    return false;
  });
  await api.register({ name: "heard" }, [{ path: "m.safetensors", bytes: tinyModel(8, 64) }]);
  expect(await Promise.all(heard)).toEqual([true, true, true, true]);
  for (const stream of streams) stream.destroy();
});

it("takes the parts of an upload at whichever process they come to", async () => {
  const part = 5 * 1024 * 1024;
  const bytes = Buffer.concat([tinyModel(9, 64), Buffer.alloc(2 * part, 7)]);
  const { body: upload } = await api.send("POST", "/api/v1/uploads", { size_bytes: bytes.length });
  const size = upload.part_size_bytes;
  const parts = Array.from({ length: upload.parts }, (_, index) => index);
  await Promise.all(
    parts.map(async (index) => {
      const sent = request(`${server.baseUrl}/api/v1/uploads/${upload.id}/parts/${index}`, {
        method: "PUT",
        agent: false,
      });
      sent.end(bytes.subarray(index * size, (index + 1) * size));
      const [response] = await once(sent, "response");
      response.resume();
      expect(response.statusCode).toBeLessThan(300);
    }),
  );
  const done = await api.send("POST", `/api/v1/uploads/${upload.id}/complete`);
  expect(done.body).toMatchObject({ digest: `sha256:${sha256(bytes)}`, size_bytes: bytes.length });
});

it("adds up the metrics of all processes", async () => {
  const count = (text: string) =>
    Number(/requests_total\{operation="get_model",status="404"\} (\d+)/.exec(text)?.[1] ?? 0);
  const before = count((await get("/metrics")).text);
  for (let turn = 0; turn < 10; turn += 1) await get("/api/v1/models/nobody");
  for (let turn = 0; turn < 4; turn += 1) {
    const { text } = await get("/metrics");
    expect(count(text)).toBe(before + 10);
    expect(/^model_registry_models (\d+)$/m.exec(text)?.[1]).toBe("2");
  }
});

it("goes on when a process dies, and starts it again", async () => {
  const before = workers();
  expect(before).toHaveLength(2);
  process.kill(before[0] ?? 0, "SIGKILL");
  for (let turn = 0; turn < 4; turn += 1)
    expect((await get("/api/v1/models/shared")).status).toBe(200);
  await expect.poll(() => workers().length, { timeout: 30_000 }).toBe(2);
  expect(server.logs()).toMatch(/Server {7}process [01] ended \(SIGKILL\); starting it again/);
});

it("stops whole, and starts again", async () => {
  expect(await server.terminate()).toBe(0);
  expect(workers()).toEqual([]);
  await server.restart();
  expect((await get("/api/v1/models/shared")).status).toBe(200);
});
