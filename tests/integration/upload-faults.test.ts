/** Resumable uploads go on after a crash, an orderly stop, and on another server process. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/postgres.ts";
import { sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { partOf, stalling, type Upload, UploadsClient } from "../support/uploads.ts";

const PART = 5 * 1024 * 1024;
const SMALL_PARTS = { MODEL_REGISTRY_UPLOADS__PART_SIZE: "5MiB" };

const random = (size: number) => new Uint8Array(randomBytes(size));

describe("one server", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ env: SMALL_PARTS });
  });
  afterAll(() => server.stop());

  it("has every part that it acknowledged after kill -9, and the rest can be sent", async () => {
    const uploads = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const bytes = random(6 * PART + 77);
        const upload = await new UploadsClient(server.baseUrl).create(bytes.length);
        return { bytes, upload, acknowledged: new Set<number>() };
      }),
    );
    for (const rest of [35, 25, 15]) {
      const left = () => uploads.reduce((sum, { acknowledged }) => sum + 7 - acknowledged.size, 0);
      const client = new UploadsClient(server.baseUrl);
      const sending = uploads.map(async ({ bytes, upload, acknowledged }) => {
        for (let part = 0; part < upload.parts; part += 1) {
          if (acknowledged.has(part)) continue;
          const answer = await client
            .put(upload.id, part, partOf(bytes, upload, part))
            .catch(() => null);
          if (answer === null) return;
          expect(answer.status).toBe(204);
          acknowledged.add(part);
        }
      });
      await expect.poll(left, { timeout: 60_000, interval: 5 }).toBeLessThan(rest);
      await server.kill9();
      await Promise.all(sending);
      await server.restart();
      for (const { upload, acknowledged } of uploads) {
        const { body } = await new UploadsClient(server.baseUrl).get(upload.id);
        // A part may be stored and its answer lost; never the other way round.
        expect(body.received).toEqual(expect.arrayContaining([...acknowledged]));
      }
    }
    const client = new UploadsClient(server.baseUrl);
    for (const { bytes, upload } of uploads) {
      const now: Upload = (await client.get(upload.id)).body;
      await client.sendParts(now, bytes);
      expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
    }
    expect(await readdir(join(server.dataFolder, "uploads"))).toEqual([]);
  });

  it("stops in order with 50 uploads in the middle of a part, and all of them go on", async () => {
    const client = new UploadsClient(server.baseUrl);
    const bytes = random(PART + 1000);
    const uploads = await Promise.all(
      Array.from({ length: 50 }, () => client.create(bytes.length)),
    );
    for (const upload of uploads) await client.sendParts(upload, bytes, [1]);
    const silent = uploads.map(({ id }) =>
      client.put(id, 0, stalling(bytes, 500_000)).catch(() => null),
    );
    const begun = async () => {
      const folders = await readdir(join(server.dataFolder, "uploads"));
      return uploads.filter(({ id }) => folders.includes(id)).length;
    };
    await expect.poll(begun).toBe(50);
    expect(await server.terminate()).toBe(0);
    await Promise.all(silent);
    await server.restart();
    for (const upload of uploads) {
      const now: Upload = (await client.get(upload.id)).body;
      expect(now.received).toEqual([1]);
      await client.sendParts(now, bytes);
      expect((await client.complete(upload.id)).body.digest).toBe(`sha256:${sha256(bytes)}`);
    }
  });
});

describe("two servers on one database and one folder", () => {
  it("take parts of one upload in turn, and either completes it", async () => {
    const database = await createTestDatabase("migrated");
    const folder = await mkdtemp(join(tmpdir(), "registry-replicas-"));
    const env = {
      ...SMALL_PARTS,
      DATABASE_URL: database.url,
      MODEL_REGISTRY_STORAGE__BASE_PATH: folder,
    };
    const servers = await Promise.all([startServer({ env }), startServer({ env })]);
    try {
      const clients = servers.map(({ baseUrl }) => new UploadsClient(baseUrl));
      for (const [first, second] of [clients, [...clients].reverse()]) {
        if (!first || !second) throw new Error("there are two servers");
        const bytes = random(5 * PART + 9);
        const upload = await first.create(bytes.length);
        for (let part = 0; part < upload.parts; part += 1)
          await (part % 2 === 0 ? first : second).sendParts(upload, bytes, [part]);
        expect((await second.get(upload.id)).body.received).toHaveLength(6);
        const answers = await Promise.all([
          second.complete(upload.id),
          first.complete(upload.id),
          second.complete(upload.id),
        ]);
        for (const { body } of answers) expect(body.digest).toBe(`sha256:${sha256(bytes)}`);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await database.drop();
      await rm(folder, { recursive: true });
    }
  });
});
