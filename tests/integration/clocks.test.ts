/** Servers whose clocks differ, or jump, lose nothing that they said is stored. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM } from "../../lib/access/actor.ts";
import { claimBlobs } from "../../lib/blobs/claim-blobs.ts";
import { collectBlobs } from "../../lib/blobs/maintenance/collect-blobs.ts";
import { composeServices, type Services } from "../../lib/compose.ts";
import { loadConfig } from "../../lib/config/load-config.ts";
import type { ModelCtx } from "../../lib/models/model-context.ts";
import { registerVersion } from "../../lib/models/register-version.ts";
import { tinyModel } from "../support/model-files.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const HOUR_MS = 60 * 60 * 1000;
const VERSIONS = 40;
const FILES = 8;
const PARALLEL = 4;

let folder: string;
let database: TestDatabase;
let server: RunningServer;
let services: Services;
let api: RegistryClient;
const setClock = (aheadMs: number) => writeFile(join(folder, "clock"), String(aheadMs));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-clocks-"));
  await setClock(0);
  database = await createTestDatabase("migrated");
  const shift = resolve(import.meta.dirname, "..", "support", "shift-clock.cjs");
  server = await startServer({
    env: {
      DATABASE_URL: database.url,
      NODE_OPTIONS: `--require ${shift}`,
      TEST_CLOCK_FILE: join(folder, "clock"),
    },
  });
  api = new RegistryClient(server.baseUrl);
  services = await composeServices(
    loadConfig({
      DATABASE_URL: database.url,
      MODEL_REGISTRY_STORAGE__BASE_PATH: server.dataFolder,
      MODEL_REGISTRY_LOG__LEVEL: "silent",
    }),
    { background: false },
  );
});
afterAll(async () => {
  await services?.close();
  await server?.stop();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The registry as a replica sees it whose clock is so much ahead. */
const replica = (aheadMs = 0): ModelCtx => ({
  ...services.createContext({ requestId: null, address: null, actor: SYSTEM }),
  now: () => new Date(Date.now() + aheadMs),
});
const collect = (ctx: ModelCtx) => collectBlobs(ctx, { signal: new AbortController().signal });

/** Registers versions, some of them with files of others, until all are answered with 201; gives where each file is. */
async function registerMany(model: string): Promise<Map<string, string>> {
  const shared = new Uint8Array(randomBytes(3000));
  const files = new Map<string, string>();
  const lane = async (first: number) => {
    for (let version = first; version < VERSIONS; version += PARALLEL) {
      const sent = Array.from({ length: FILES }, (_, index) => ({
        path: `part-${index}.bin`,
        bytes: index === 0 ? shared : new Uint8Array(randomBytes(2000)),
      }));
      sent.push({ path: "model.safetensors", bytes: tinyModel(version, 8) });
      const fields = { name: model, version: `1.0.${version}` };
      const answer = await api.register(fields, sent);
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      for (const { path, bytes } of sent)
        files.set(`/api/v1/models/${model}/versions/1.0.${version}/files/${path}`, sha256(bytes));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, (_, index) => lane(index)));
  return files;
}

/** Bytes themselves, whatever the scan says of them. */
async function findLost(files: ReadonlyMap<string, string>): Promise<string[]> {
  const lost: string[] = [];
  for (const [path, digest] of files) {
    const row = await services.db.blob.findUnique({ where: { digest } });
    const isThere = row !== null && (await services.blobs.has(digest));
    if (!isThere) lost.push(path);
  }
  return lost;
}

async function until<T>(work: Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
  let isRunning = true;
  const done = work.finally(() => {
    isRunning = false;
  });
  const beside = (async () => {
    while (isRunning) {
      await meanwhile();
      await sleep(1);
    }
  })();
  await Promise.all([done, beside]);
  return done;
}

it.each([2, -2])(
  "loses nothing to collections of a server whose clock is %i h off",
  async (hours) => {
    await setClock(Math.min(hours, 0) * HOUR_MS);
    const ahead = replica(Math.max(hours, 0) * HOUR_MS);
    const files = await until(registerMany(`skewed${hours}`), () => collect(ahead));
    expect(await findLost(files)).toEqual([]);
  },
);

it("loses nothing when the clock of the only server jumps back and forth", async () => {
  let jumps = 0;
  const files = await until(registerMany("jumping"), async () => {
    jumps += 1;
    await setClock(([0, 3, -3, 0.5][jumps % 4] as number) * HOUR_MS);
    await api.send("POST", "/api/v1/storage/collections", {});
    await sleep(40);
  });
  await setClock(0);
  expect(jumps).toBeGreaterThan(4);
  expect(await findLost(files)).toEqual([]);
});

describe("a registration whose bytes are freed before its commit", () => {
  const longAgo = (digest: string) =>
    services.db
      .$executeRaw`update blob set claimed_at = now() - interval '1 day' where digest = ${digest}`;

  /** Runs `freeing` between the publication of the bytes and the transaction, as a jump of the database's clock would. */
  async function register(name: string, freeing: (digest: string) => Promise<void>) {
    const ctx = replica();
    const bytes = new Uint8Array(randomBytes(4000));
    const writer = await ctx.storage.createWriter();
    await writer.write(bytes);
    const { sha256: digest, sizeBytes } = await writer.finish();
    const real = ctx.counts;
    const blobs = new Proxy(ctx.blobs, {
      get(target, key) {
        if (key !== "publish") {
          const value = Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        }
        return async (...given: Parameters<typeof target.publish>) => {
          const published = await target.publish(...given);
          await freeing(digest);
          return published;
        };
      },
    });
    const registered = registerVersion(
      { ...ctx, blobs, counts: real },
      {
        registration: { name, version: "1.0.0" },
        files: [{ path: "notes.bin", sha256: digest, sizeBytes, writer }],
        idempotencyKey: null,
      },
    );
    const outcome = await registered.then(
      () => "registered",
      (error: { code: string }) => error.code,
    );
    const isThere = await services.blobs.has(digest);
    return { outcome, isThere, digest };
  }

  it("is refused, and may be sent again", async () => {
    const { outcome, isThere } = await register("freed", async (digest) => {
      await longAgo(digest);
      await collect(replica());
    });
    expect({ outcome, isThere }).toEqual({ outcome: "unavailable", isThere: false });
    expect(await services.db.model.count({ where: { nameKey: "freed" } })).toBe(0);
    const again = await register("freed", async () => undefined);
    expect(again).toMatchObject({ outcome: "registered", isThere: true });
  });

  it("is refused when somebody else claims the same bytes and writes none", async () => {
    const { outcome } = await register("reclaimed", async (digest) => {
      await longAgo(digest);
      await collect(replica());
      await claimBlobs(replica(), [{ sha256: digest, sizeBytes: 4000 }]);
    });
    expect(outcome).toBe("unavailable");
  });

  it("is refused when the collection crashed between the bytes and the row", async () => {
    const { outcome, isThere } = await register("crashed", async (digest) => {
      await longAgo(digest);
      const ctx = replica();
      const storage = Object.assign(Object.create(ctx.storage), {
        list: (place: string) => ctx.storage.list(place),
        now: () => ctx.storage.now(),
        stat: (key: string) => ctx.storage.stat(key),
        remove: async (key: string) => {
          await ctx.storage.remove(key);
          throw new Error("the process died");
        },
      });
      await expect(collect({ ...ctx, storage })).rejects.toThrow("the process died");
      await claimBlobs(ctx, [{ sha256: digest, sizeBytes: 4000 }]);
    });
    expect({ outcome, isThere }).toEqual({ outcome: "unavailable", isThere: false });
  });

  it("succeeds when the bytes were claimed again before they went", async () => {
    const { outcome, isThere } = await register("kept", async (digest) => {
      await collect(replica());
      await claimBlobs(replica(), [{ sha256: digest, sizeBytes: 4000 }]);
    });
    expect({ outcome, isThere }).toEqual({ outcome: "registered", isThere: true });
  });
});
