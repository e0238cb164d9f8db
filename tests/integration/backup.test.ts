import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chainEntries } from "../../lib/audit/chain-entries.ts";
import { verifyChain } from "../../lib/audit/verify-chain.ts";
import { writeCheckpoint } from "../../lib/audit/write-checkpoint.ts";
import { collectBlobs } from "../../lib/blobs/maintenance/collect-blobs.ts";
import type { Services } from "../../lib/compose.ts";
import { applyMigrations } from "../../lib/db/migrate.ts";
import { assertNotLost } from "../../lib/models/assert-not-lost.ts";
import { moveAlias } from "../../lib/models/move-alias.ts";
import { purgeModel } from "../../lib/models/purge-model.ts";
import { writeRecords } from "../../lib/models/write-records.ts";
import { BackupScene } from "../support/backup-scene.ts";
import { tinyModel } from "../support/model-files.ts";

const contextOf = (services: Services) =>
  services.createContext({ requestId: null, address: null });
const PASSPHRASE = "correct horse battery staple";

describe.each([
  ["plain", {}],
  ["encrypted", { MODEL_REGISTRY_BACKUP__PASSPHRASE: PASSPHRASE }],
])("a registry whose backups are %s", (_name, settings) => {
  const scene = new BackupScene(settings);
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(async () => {
    await scene.clear();
    await scene.furnish();
  });

  it("comes back in an empty one with every row and every byte", async () => {
    const before = await scene.rows();
    const manifest = await scene.backUp();
    expect(manifest.blobs).toMatchObject({ rows: 5, new_blobs: 5 });
    await using restored = await scene.restore("latest");
    expect(await restored.rows()).toEqual(before);
    const downloads = await restored.downloads();
    expect(downloads).toHaveLength(6);
    for (const { actual, expected } of downloads) expect(actual).toBe(expected);
  });

  it("copies nothing twice, and each backup has its own moment", async () => {
    const first = await scene.backUp();
    await scene.registry.register("alpha", { "m.safetensors": tinyModel(9, 64) });
    const second = await scene.backUp();
    expect(second.blobs).toMatchObject({ rows: 6, new_blobs: 1 });
    await using older = await scene.restore(first.id);
    const { db } = await older.services();
    expect(await db.version.count()).toBe(4);
  });
});

describe("a restored registry", () => {
  const scene = new BackupScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(async () => {
    await scene.clear();
    await scene.furnish();
  });

  it("goes on with numbers that were never used, and with triggers on", async () => {
    await scene.backUp();
    await using restored = await scene.restore("latest");
    const { db } = await restored.services();
    const row = await db.model.create({
      data: { name: "new", nameKey: "new", owner: "test", createdBy: "test" },
    });
    const { id } = await scene.registry.ctx.db.model.findUniqueOrThrow({
      where: { nameKey: "binned" },
    });
    expect(row.id).toBeGreaterThan(id);
    expect(await db.modelCounter.count({ where: { modelId: row.id } })).toBe(1);
  });

  it("writes the records of all models from its queue", async () => {
    await scene.registry.writeRecords();
    const recordsOf = async (folder: string) =>
      Object.fromEntries(
        await Promise.all(
          (await readdir(join(folder, "metadata"), { recursive: true }))
            .filter((name) => name.endsWith(".json"))
            .sort()
            .map(async (name) => [name, await readFile(join(folder, "metadata", name), "utf8")]),
        ),
      );
    const before = await recordsOf(scene.registry.folder);
    await scene.backUp();
    await using restored = await scene.restore("latest");
    const services = await restored.services();
    const jobs = await services.db.$queryRaw<{ payload: never }[]>`
      select payload from graphile_worker._private_jobs as jobs
      join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
      where identifier = 'write-records'`;
    const ctx = services.createContext({ requestId: null, address: null });
    for (const { payload } of jobs) await writeRecords(ctx, payload);
    expect(await recordsOf(restored.folder)).toEqual(before);
  });

  it("has what was under way as failed, so that it can be asked for again, but removes purged models", async () => {
    const { ctx } = scene.registry;
    for (const [kind, state] of [
      ["scrub", "running"],
      ["purge", "running"],
      ["collection", "done"],
      ["reindex", "running"],
    ] as const)
      await ctx.db.operation.create({ data: { kind, state, actor: "x", actorId: "x" } });
    await scene.backUp();
    await using restored = await scene.restore("latest");
    const { db } = await restored.services();
    const rows = await db.operation.findMany({ orderBy: { id: "asc" } });
    expect(rows.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      "scrub failed",
      "purge queued",
      "collection done",
      "reindex failed",
      "restore done",
    ]);
  });
});

describe("a restored audit log", () => {
  const scene = new BackupScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());

  it("is whole, with its checkpoints in the new storage", async () => {
    const { ctx } = scene.registry;
    await scene.furnish();
    await chainEntries(ctx.db);
    await writeCheckpoint(ctx, { isLast: true });
    await moveAlias(ctx, { name: "alpha", alias: "champion", version: "1.0.1" });
    await scene.backUp();
    await using restored = await scene.restore("latest");
    const there = contextOf(await restored.services());
    const result = await verifyChain(there, { mayWait: true });
    expect(result, "the last entry waited").toMatchObject({
      ...{ problem: null, checkpoints: 1, waiting: 1 },
    });
  });
});

describe("a backup while the registry is in use", () => {
  const scene = new BackupScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(async () => {
    await scene.clear();
    await scene.furnish();
  });

  it("has the blobs of a model that is purged and collected after its snapshot", async () => {
    const { ctx } = scene.registry;
    let freed = -1;
    const manifest = await scene.backUp(async () => {
      await ctx.db.model.update({
        where: { nameKey: "binned" },
        data: { deletedAt: new Date(0) },
      });
      await purgeModel(ctx, { name: "binned" } as never);
      await ctx.db.$executeRaw`delete from file using version, model
        where file.version_id = version.id and version.model_id = model.id and model.purged_at is not null`;
      const { signal } = new AbortController();
      ({ blobs: freed } = await collectBlobs(ctx, { signal, graceMs: 0 }));
    });
    expect(freed, "the hold kept the collection away").toBe(0);
    expect(manifest.missing).toEqual([]);
    const { signal } = new AbortController();
    expect(await collectBlobs(ctx, { signal, graceMs: 0 })).toMatchObject({ blobs: 1 });
    await using restored = await scene.restore("latest");
    expect((await restored.downloads()).length).toBe(6);
  });

  it("tells of a blob that cannot be read, and restores everything else", async () => {
    const { ctx } = scene.registry;
    const { digest } = await ctx.db.file.findFirstOrThrow({ where: { path: "notes.txt" } });
    const path = join(
      scene.registry.folder,
      "blobs/sha256",
      digest.slice(0, 2),
      digest.slice(2, 4),
      digest,
    );
    await writeFile(path, "two");
    const manifest = await scene.backUp();
    expect(manifest.missing).toMatchObject([{ sha256: digest }]);
    await using restored = await scene.restore("latest");
    const { db } = await restored.services();
    const damaged = await db.blob.findMany({ where: { damagedAt: { not: null } } });
    expect(damaged.map((row) => row.digest)).toEqual([digest]);
  });
});

describe("a restore", () => {
  const scene = new BackupScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(async () => {
    await scene.clear();
    await scene.furnish();
  });

  const file = (name: string) => join(scene.folder, name);
  const filesOf = async (folder: string) =>
    (await readdir(scene.folder, { recursive: true })).filter((name) => name.startsWith(folder));
  const blobFiles = async () =>
    (await filesOf("blobs")).filter((name) => /[0-9a-f]{64}$/.test(name)).sort();

  const damages: [string, (id: string) => Promise<void>, RegExp][] = [
    [
      "a flipped byte of a blob",
      async () => {
        const [name = ""] = await blobFiles();
        const bytes = await readFile(file(name));
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        await writeFile(file(name), bytes);
      },
      /sha256:[0-9a-f]{64} is damaged/,
    ],
    [
      "a blob that is cut off",
      async () => {
        const [name = ""] = await blobFiles();
        await truncate(file(name), (await stat(file(name))).size - 1);
      },
      /is damaged/,
    ],
    [
      "a missing blob",
      async () => {
        const [name = ""] = await blobFiles();
        await rm(file(name));
      },
      /sha256:[0-9a-f]{64} is missing/,
    ],
    [
      "a cut manifest",
      (id) => truncate(file(`backups/${id}/manifest.json`), 500),
      /manifest of the backup .* is damaged/,
    ],
    [
      "a changed manifest",
      async (id) => {
        const path = file(`backups/${id}/manifest.json`);
        await writeFile(path, (await readFile(path, "utf8")).replace('"rows": 3', '"rows": 2'));
      },
      /manifest of the backup .* is damaged/,
    ],
    [
      "a flipped byte of a table",
      async (id) => {
        const path = file(`backups/${id}/tables/version.zst`);
        const bytes = await readFile(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        await writeFile(path, bytes);
      },
      /tables\/version.zst .* damaged/,
    ],
    [
      "a missing table",
      (id) => rm(file(`backups/${id}/tables/model.zst`)),
      /tables\/model.zst .* is missing/,
    ],
    ["a cut list of blobs", (id) => truncate(file(`backups/${id}/blobs.zst`), 20), /damaged/],
  ];

  it.each(damages)("finds %s before it touches anything", async (_name, damage, message) => {
    const { id } = await scene.backUp();
    await damage(id);
    await using registry = await scene.emptyRegistry();
    await expect(registry.restore(id)).rejects.toThrow(message);
    expect(await registry.rows()).toEqual({});
    const stored = await readdir(join(registry.folder, "blobs"), { recursive: true });
    expect(stored).toEqual([]);
    expect(await registry.isMarked()).toBe(false);
  });

  it("that was stopped, while it checked or later, lets no server begin until it has ended", async () => {
    const { id } = await scene.backUp();
    for (const step of ["check", "rows"] as const) {
      await using registry = await scene.emptyRegistry();
      const stop = new AbortController();
      const stopped = registry.restore(id, stop.signal, undefined, (progress) => {
        if (progress.step === step) stop.abort(new Error("stopped"));
      });
      await expect(stopped, step).rejects.toThrow("stopped");
      await applyMigrations(registry.url, process.cwd());
      const ctx = contextOf(await registry.services());
      await expect(assertNotLost(ctx), step).rejects.toThrow(
        `The restore of the backup ${id} was interrupted`,
      );
      await registry.restore(id);
      await assertNotLost(ctx);
      expect(await registry.rows()).toEqual(await scene.rows());
    }
  });

  it("overwrites neither rows nor records", async () => {
    await scene.backUp();
    await using restored = await scene.restore("latest");
    await expect(restored.restore("latest")).rejects.toThrow(/The database is not empty/);
    await using registry = await scene.emptyRegistry("migrated");
    const { storage } = await registry.services();
    await storage.putDocument("metadata/alpha/model.json", Buffer.from("{}"));
    await expect(registry.restore("latest")).rejects.toThrow(
      /The storage has records of a registry/,
    );
  });

  it("of a place without backups, or of one that is not there, says so", async () => {
    await using registry = await scene.emptyRegistry();
    await expect(registry.restore("latest")).rejects.toThrow(/There is no backup yet/);
    await expect(registry.restore("../../etc")).rejects.toThrow(/There is no backup ..\/..\/etc/);
    const { id } = await scene.backUp();
    await expect(registry.restore(id.replace(/......$/, "abcdef"))).rejects.toThrow(
      /There is no backup/,
    );
  });
});
