import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BlobCtx } from "../../lib/blobs/blob-context.ts";
import { emptyCacheStats } from "../../lib/blobs/cache/cache-stats.ts";
import { createDatabase, type Database } from "../../lib/db/client.ts";
import { inTransaction } from "../../lib/db/transaction.ts";
import { EventBus, MISSED_ACTION, publishEvent } from "../../lib/events/event-bus.ts";
import { createLogger } from "../../lib/log.ts";
import { getStats } from "../../lib/metrics/get-stats.ts";
import { clientOf, DownloadRecorder } from "../../lib/models/record-download.ts";
import { OPEN } from "../support/actors.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { tamper } from "../support/tamper.ts";

const log = createLogger("silent");
let postgres: TestDatabase;
let db: Database;

beforeAll(async () => {
  postgres = await createTestDatabase("migrated");
  db = createDatabase({ url: postgres.url, poolSize: 6 });
});
afterAll(async () => {
  await db?.$disconnect();
  await postgres?.drop();
});

/** A model with one version per number, as registration leaves it. */
async function seedModel(
  name: string,
  facts: {
    versions?: number;
    framework?: string;
    verdict?: string;
    stages?: string[];
    createdAt?: Date;
    deletedAt?: Date;
    trashedVersions?: number;
  } = {},
) {
  const count = facts.versions ?? 1;
  const createdAt = facts.createdAt ?? new Date();
  const framework = facts.framework ?? "pytorch";
  const verdict = facts.verdict ?? "clean";
  const model = await db.model.create({
    data: {
      name,
      nameKey: name.toLowerCase(),
      owner: "anonymous",
      createdBy: "anonymous",
      framework,
      verdict,
      sizeBytes: 100n,
      versionCount: count - (facts.trashedVersions ?? 0),
      stages: facts.stages ?? [],
      deletedAt: facts.deletedAt ?? null,
    },
  });
  const versions: { id: bigint }[] = [];
  for (let number = 1; number <= count; number += 1) {
    const isTrashed = number <= (facts.trashedVersions ?? 0);
    versions.push(
      await db.version.create({
        data: {
          modelId: model.id,
          number,
          version: `${number}.0.0`,
          precedence: String(number).padStart(8, "0"),
          isPrerelease: false,
          digest: "a".repeat(64),
          framework,
          format: "torch-zip",
          sizeBytes: 100n,
          storedBytes: 100n,
          verdict,
          createdBy: "anonymous",
          createdAt,
          deletedAt: isTrashed ? new Date() : null,
        },
      }),
    );
  }
  return { id: model.id, name, versions: versions.map(({ id }) => id) };
}

const forget = async () => {
  await tamper(postgres.url, "truncate audit, audit_unchained restart identity");
  await db.$executeRaw`truncate model, version, blob, file, download_count restart identity cascade`;
};

describe("counted downloads", () => {
  beforeEach(forget);

  it("reach the hour, the version and the model, by kind of client", async () => {
    const { id, name, versions } = await seedModel("counted");
    const recorder = new DownloadRecorder(db, log);
    const record = (userAgent: string | null) =>
      recorder.record({
        modelId: id,
        versionId: versions[0] ?? 0n,
        model: name,
        version: "1.0.0",
        bytes: 100,
        userAgent,
        actor: "anonymous",
      });
    for (let index = 0; index < 1_000; index += 1) record("curl/8.5.0");
    record("python-requests/2.32");
    record(null);
    await recorder.close();
    const rows = await db.downloadCount.findMany({ orderBy: { client: "asc" } });
    expect(rows.map(({ client, count, bytes }) => [client, count, bytes])).toEqual([
      ["curl", 1000n, 100_000n],
      ["other", 1n, 100n],
      ["python", 1n, 100n],
    ]);
    expect((await db.modelCounter.findFirstOrThrow()).downloads).toBe(1002n);
    expect((await db.versionCounter.findFirstOrThrow()).downloads).toBe(1002n);
  });

  it("are neither lost nor doubled by replicas that count the same versions at once", async () => {
    const models = await Promise.all(
      ["a", "b", "c"].map((name) => seedModel(name, { versions: 3 })),
    );
    const replicas = Array.from({ length: 4 }, () => new DownloadRecorder(db, log));
    for (let round = 0; round < 5; round += 1) {
      for (const [index, recorder] of replicas.entries()) {
        // Each replica in another order, which is what deadlocks are made of.
        const order = index % 2 === 0 ? models : [...models].reverse();
        for (const model of order) {
          for (const versionId of index % 2 === 0
            ? model.versions
            : [...model.versions].reverse()) {
            recorder.record({
              modelId: model.id,
              versionId,
              model: model.name,
              version: "1.0.0",
              bytes: 1,
              userAgent: "curl/8",
              actor: "anonymous",
            });
          }
        }
      }
      await Promise.all(replicas.map((recorder) => recorder.flush()));
    }
    await Promise.all(replicas.map((recorder) => recorder.close()));
    const counts = await db.modelCounter.findMany();
    expect(counts.map(({ downloads }) => downloads)).toEqual([60n, 60n, 60n]);
    const { _sum } = await db.downloadCount.aggregate({ _sum: { count: true } });
    expect(_sum.count).toBe(180n);
  });

  it("wait while they cannot be written", async () => {
    const { id, name, versions } = await seedModel("waiting");
    const recorder = new DownloadRecorder(db, log);
    const download = {
      modelId: id,
      versionId: versions[0] ?? 0n,
      model: name,
      version: "1.0.0",
      bytes: 1,
      userAgent: null,
      actor: "anonymous",
    };
    recorder.record(download);
    await db.$executeRaw`alter table download_count rename to away`;
    await recorder.flush();
    recorder.record(download);
    expect((await db.modelCounter.findFirstOrThrow()).downloads).toBe(0n);
    await db.$executeRaw`alter table away rename to download_count`;
    await recorder.close();
    expect((await db.modelCounter.findFirstOrThrow()).downloads).toBe(2n);
  });

  it("name their client from a bounded set", () => {
    expect(clientOf("Wget/1.21")).toBe("wget");
    expect(clientOf("Mozilla/5.0 (X11; Linux x86_64)")).toBe("browser");
    expect(clientOf(`x${"y".repeat(10_000)}`)).toBe("other");
  });
});

describe("events", () => {
  const event = (model: string) => ({
    action: "model.updated",
    model,
    version: null,
    actor: "anonymous",
    at: new Date().toISOString(),
  });

  it("arrive when their transaction commits, and not when it is rolled back", async () => {
    const bus = new EventBus(postgres.url, log);
    const subscription = bus.subscribe();
    // The connection stands: what came before it is not known.
    expect(await subscription.next(10_000)).toMatchObject({
      event: { event: { action: MISSED_ACTION } },
    });
    const failed = inTransaction(db, async (tx) => {
      await publishEvent(tx, event("rolled-back"));
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    await inTransaction(db, (tx) => publishEvent(tx, event("committed")));
    expect(await subscription.next(10_000)).toMatchObject({
      event: { event: { model: "committed" } },
    });
    await bus.close();
    expect(await subscription.next(10_000)).toEqual({ kind: "closed" });
  });

  it("go on after the connection was cut, and every subscriber is told to look again", async () => {
    const bus = new EventBus(postgres.url, log);
    const subscriptions = [bus.subscribe(), bus.subscribe()];
    for (const subscription of subscriptions) await subscription.next(10_000);
    await db.$executeRaw`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'model-registry-events' and datname = current_database()`;
    for (const subscription of subscriptions) {
      expect(await subscription.next(20_000)).toMatchObject({
        event: { event: { action: MISSED_ACTION } },
      });
    }
    await inTransaction(db, (tx) => publishEvent(tx, event("after")));
    for (const subscription of subscriptions) {
      expect(await subscription.next(10_000)).toMatchObject({
        event: { event: { model: "after" } },
      });
    }
    await bus.close();
  });

  it("ignore what is not an event", async () => {
    const bus = new EventBus(postgres.url, log);
    const subscription = bus.subscribe();
    await subscription.next(10_000);
    await db.$executeRaw`select pg_notify('registry_events', 'not JSON')`;
    await db.$executeRaw`select pg_notify('registry_events', '{"action":1}')`;
    await inTransaction(db, (tx) => publishEvent(tx, event("real")));
    expect(await subscription.next(10_000)).toMatchObject({ event: { event: { model: "real" } } });
    await bus.close();
  });

  it("fit a notification whatever the actor is called", async () => {
    const long = { ...event("m"), actor: "ä".repeat(9_000) };
    await inTransaction(db, (tx) => publishEvent(tx, long));
  });
});

describe("the statistics", () => {
  const now = new Date("2026-11-23T10:20:30Z");
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const ctx = () =>
    ({
      actor: OPEN,
      db,
      storage: { capacity: async () => ({ totalBytes: 1000, freeBytes: 400 }) },
      blobs: { cacheStats: () => ({ ...emptyCacheStats(1000), hits: 3, misses: 1 }) },
      now: () => now,
      log,
      requestId: null,
      address: null,
    }) as unknown as BlobCtx;

  beforeAll(async () => {
    await forget();
    await seedModel("live", {
      versions: 3,
      trashedVersions: 1,
      createdAt: hoursAgo(5),
      stages: ["production"],
    });
    await seedModel("odd", { framework: "onnx", verdict: "suspicious", createdAt: hoursAgo(1) });
    await seedModel("gone", {
      versions: 2,
      deletedAt: now,
      createdAt: hoursAgo(30),
      verdict: "malicious",
    });
    await db.blob.create({ data: { digest: "b".repeat(64), sizeBytes: 100n, storedBytes: 60n } });
    const { id } = await db.version.findFirstOrThrow({ where: { model: { name: "odd" } } });
    await db.downloadCount.create({
      data: {
        versionId: id,
        hour: new Date("2026-11-23T09:00:00Z"),
        client: "curl",
        count: 4n,
        bytes: 400n,
      },
    });
    await db.modelCounter.updateMany({
      where: { model: { nameKey: "odd" } },
      data: { downloads: 4n },
    });
  });

  it("count what the lists show", async () => {
    const stats = await getStats(ctx(), { range: "24h" });
    expect(stats).toMatchObject({
      models: 2,
      versions: 3,
      logical_bytes: 300,
      stored_bytes: 60,
      blobs: 1,
      downloads: 4,
      in_production: 1,
      not_clean: 1,
      versions_not_clean: 1,
      in_trash: 2,
      cache: { limit_bytes: 1000, bytes: 0, hits: 3, misses: 1, hit_rate: 0.75 },
      disk: { total_bytes: 1000, free_bytes: 400 },
    });
    expect(stats.by_framework).toEqual([
      { framework: "onnx", models: 1, size_bytes: 100 },
      { framework: "pytorch", models: 1, size_bytes: 100 },
    ]);
    expect(stats.newest.map(({ model }) => model)).toEqual(["odd", "live", "live"]);
    expect(stats.most_used.map(({ name }) => name)).toEqual(["odd"]);
  });

  it("put each registration and download into its bucket", async () => {
    const { series } = await getStats(ctx(), { range: "24h" });
    expect(series).toHaveLength(24);
    const busy = series.filter(({ registrations, downloads }) => registrations + downloads > 0);
    expect(busy).toEqual([
      { at: "2026-11-23T05:00:00.000Z", registrations: 3, downloads: 0, downloaded_bytes: 0 },
      { at: "2026-11-23T09:00:00.000Z", registrations: 1, downloads: 4, downloaded_bytes: 400 },
    ]);
  });

  it("begin the series with the registry's first activity", async () => {
    const { series } = await getStats(ctx(), { range: "90d" });
    expect(series.map(({ at }) => at)).toEqual([
      "2026-11-22T00:00:00.000Z",
      "2026-11-23T00:00:00.000Z",
    ]);
    expect(series.map(({ registrations }) => registrations)).toEqual([2, 4]);
  });

  it("show a change at once", async () => {
    await getStats(ctx(), { range: "30d" });
    await seedModel("new");
    await db.auditEntry.create({ data: { actor: "anonymous", action: "model.created" } });
    await expect
      .poll(async () => (await getStats(ctx(), { range: "30d" })).models, { timeout: 1_500 })
      .toBe(3);
  });
});
